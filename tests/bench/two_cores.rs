//! The core system of the benchmark: the demo's ledger, or one that answers from memory. The second shows what a withdrawal costs
//! the product itself: the books of a firm are kept elsewhere.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use warifu_server::app::App;
use warifu_server::core::{Answer, Balance, Core, CoreError, Order, OrderState, Own};
use warifu_server::demo::SETTLE_SECS;
use warifu_server::demo::ledger::Ledger;
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::yen::Yen;
use warifu_shared::clock::SharedClock;
use warifu_shared::ids::WithdrawalId;

/// Both of them. New orders go to the one that is chosen; each answers for what it took.
#[derive(Default)]
pub struct TwoCores {
    ledger: OnceLock<(Ledger, SharedClock)>,
    in_memory: AtomicBool,
    taken: Mutex<HashSet<WithdrawalId>>,
}

impl TwoCores {
    /// As the server's own core system.
    pub fn own(self: &Arc<Self>) -> Own {
        Own(Arc::<Self>::clone(self))
    }

    /// Opens the ledger on the server's database.
    pub fn open(&self, app: &App, clock: SharedClock) {
        let ledger = Ledger::new(app.store.clone(), Arc::clone(&clock), SETTLE_SECS);
        self.ledger.set((ledger, clock)).ok().expect("opened once");
    }

    /// Whether new orders go to the one in memory.
    pub fn choose(&self, in_memory: bool) {
        self.in_memory.store(in_memory, Ordering::Relaxed);
    }

    fn ledger(&self) -> Result<&(Ledger, SharedClock), CoreError> {
        self.ledger.get().ok_or(CoreError::Unreachable)
    }

    fn chosen(&self) -> bool {
        self.in_memory.load(Ordering::Relaxed)
    }
}

impl Core for TwoCores {
    fn balance<'a>(&'a self, account: &'a AccountNumber) -> Answer<'a, Balance> {
        Box::pin(async move {
            if self.chosen() {
                let available = Yen::new(1_000_000_000).expect("yen");
                return Ok(Balance { available });
            }
            self.ledger()?.0.balance(account).await
        })
    }

    fn place<'a>(&'a self, order: &'a Order) -> Answer<'a, OrderState> {
        Box::pin(async move {
            if self.chosen() {
                let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
                taken.insert(order.key.clone());
                return Ok(OrderState::Accepted);
            }
            self.ledger()?.0.place(order).await
        })
    }

    /// The one in memory has paid whatever it is asked about.
    fn state<'a>(&'a self, key: &'a WithdrawalId) -> Answer<'a, OrderState> {
        Box::pin(async move {
            let (ledger, clock) = self.ledger()?;
            let mine = {
                let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
                taken.remove(key)
            };
            if mine {
                return Ok(OrderState::Paid { at: clock.now() });
            }
            ledger.state(key).await
        })
    }
}
