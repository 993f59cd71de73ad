//! The demo firm's ledger behind a line that loses, repeats, delays and forgets, as a test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use warifu_server::core::{Answer, Balance, Core, CoreError, Order, OrderState};
use warifu_server::demo::ledger::Ledger;
use warifu_server::domain::account::AccountNumber;
use warifu_shared::ids::WithdrawalId;

/// What goes wrong with one call that places an order or asks for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nobody is there.
    Down,
    /// It says 500, before any work.
    Busy,
    /// The work is done, the answer is lost.
    Lost,
    /// The call arrives twice.
    Twice,
    /// The call arrives much later: when the test says so.
    Late,
    /// Whoever asks for the order hears that there is none.
    Unknown,
    /// The work is done, and whoever called dies before the answer comes.
    DiesAfter,
    /// Whoever called dies before anything is done.
    DiesBefore,
    /// It says that another order has this key.
    Conflict,
}

/// The line.
#[derive(Default)]
pub struct FlakyCore {
    ledger: Mutex<Option<Ledger>>,
    faults: Mutex<VecDeque<Fault>>,
    late: Mutex<Vec<Order>>,
    placed: Mutex<Vec<Order>>,
    /// No balance can be had.
    pub dark: std::sync::atomic::AtomicBool,
    /// Whoever called is dead now.
    pub died: Arc<Notify>,
}

impl FlakyCore {
    /// The ledger at the other end.
    pub fn connect(&self, ledger: Ledger) {
        *locked(&self.ledger) = Some(ledger);
    }

    /// The next calls meet these.
    pub fn next(&self, faults: &[Fault]) {
        locked(&self.faults).extend(faults.iter().copied());
    }

    /// Nothing more goes wrong.
    pub fn heal(&self) {
        locked(&self.faults).clear();
    }

    /// Every order that was sent, in order, also those whose call failed.
    pub fn sent(&self) -> Vec<Order> {
        locked(&self.placed).clone()
    }

    /// What was on its way arrives now.
    pub async fn deliver(&self) {
        let late = std::mem::take(&mut *locked(&self.late));
        for order in late {
            let _nobody_waits = self.ledger().place(&order).await;
        }
    }

    fn ledger(&self) -> Ledger {
        locked(&self.ledger).clone().expect("connected")
    }

    fn fault(&self) -> Option<Fault> {
        locked(&self.faults).pop_front()
    }

    async fn die<T>(&self) -> T {
        self.died.notify_one();
        std::future::pending().await
    }

    async fn take(&self, order: &Order) -> Result<OrderState, CoreError> {
        locked(&self.placed).push(order.clone());
        let ledger = self.ledger();
        match self.fault() {
            None | Some(Fault::Unknown) => ledger.place(order).await,
            Some(Fault::Down) => Err(CoreError::Unreachable),
            Some(Fault::Busy) => Err(CoreError::Busy { retry_after: None }),
            Some(Fault::Conflict) => Err(CoreError::Conflict),
            Some(Fault::Lost) => ledger.place(order).await.and(Err(CoreError::Unreachable)),
            Some(Fault::Twice) => {
                let first = ledger.place(order).await;
                let second = ledger.place(order).await;
                assert_eq!(first, second, "the same order again has no further effect");
                second
            }
            Some(Fault::Late) => {
                locked(&self.late).push(order.clone());
                Err(CoreError::Unreachable)
            }
            Some(Fault::DiesAfter) => {
                let _nobody_hears = ledger.place(order).await;
                self.die().await
            }
            Some(Fault::DiesBefore) => self.die().await,
        }
    }

    async fn look(&self, key: &WithdrawalId) -> Result<OrderState, CoreError> {
        let ledger = self.ledger();
        match self.fault() {
            None | Some(Fault::Twice) => ledger.state(key).await,
            Some(Fault::Unknown) => Ok(OrderState::Unknown),
            Some(Fault::Down | Fault::Late) => Err(CoreError::Unreachable),
            Some(Fault::Busy) => Err(CoreError::Busy { retry_after: None }),
            Some(Fault::Conflict) => Err(CoreError::Garbled),
            Some(Fault::Lost) => ledger.state(key).await.and(Err(CoreError::Unreachable)),
            Some(Fault::DiesAfter | Fault::DiesBefore) => self.die().await,
        }
    }
}

impl Core for FlakyCore {
    fn balance<'a>(&'a self, account: &'a AccountNumber) -> Answer<'a, Balance> {
        Box::pin(async move {
            if self.dark.load(std::sync::atomic::Ordering::Relaxed) {
                return Err(CoreError::Unreachable);
            }
            self.ledger().balance(account).await
        })
    }

    fn place<'a>(&'a self, order: &'a Order) -> Answer<'a, OrderState> {
        Box::pin(self.take(order))
    }

    fn state<'a>(&'a self, key: &'a WithdrawalId) -> Answer<'a, OrderState> {
        Box::pin(self.look(key))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
