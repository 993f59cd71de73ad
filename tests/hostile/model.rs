//! A simple model of one account: its devices, challenges with their attempts, and the counter of mistakes. It says what
//! each step must answer and leave behind.

/// One step of an interleaving; challenges and devices are counted from the oldest, modulo how many there are.
#[derive(Debug, Clone)]
pub enum Step {
    /// A browser asks.
    Create { known: bool },
    /// A device says yes, with the right number or a wrong one.
    Approve {
        challenge: usize,
        device: usize,
        right: bool,
    },
    /// A device says no.
    Deny { challenge: usize, device: usize },
    /// The decision that was recorded comes once more.
    Repeat { challenge: usize },
    /// The page gives up.
    Cancel { challenge: usize },
    /// The page goes on.
    Consume { challenge: usize },
    /// A device leaves.
    Revoke { device: usize },
    /// Time passes.
    Wait { secs: i64 },
}

/// What a challenge is, as anybody sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Approved,
    Denied,
    Expired,
    Cancelled,
    Consumed,
}

/// What a step answers: fine, or the number of a refusal.
pub type Expected = Result<&'static str, i64>;

/// The account.
#[derive(Debug, Default)]
pub struct Model {
    /// Seconds since the beginning.
    pub now: i64,
    /// Whether each device is active.
    pub active: Vec<bool>,
    /// The challenges, oldest first.
    pub challenges: Vec<Challenge>,
    /// Sessions that began and go on, by the device that approved.
    pub sessions: Vec<usize>,
    mistakes: u32,
    locks: u32,
    locked_until: i64,
}

/// A challenge with its attempt.
#[derive(Debug, Clone)]
pub struct Challenge {
    state: State,
    place: u8,
    wrong: u32,
    /// Who could decide it when it was made.
    holders: Vec<usize>,
    created: i64,
    decided_by: usize,
    attempt_open: bool,
}

/// Seconds that a challenge waits, and that an attempt may take.
const LIFE: i64 = 120;
const ATTEMPT_LIFE: i64 = 900;

impl Model {
    pub fn new(devices: usize) -> Self {
        Self {
            active: vec![true; devices],
            ..Self::default()
        }
    }

    /// The state of a challenge now.
    pub fn state(&self, at: usize) -> State {
        let challenge = &self.challenges[at];
        match challenge.state {
            State::Pending if self.now >= challenge.created + LIFE => State::Expired,
            state => state,
        }
    }

    pub fn create(&mut self, known: bool) -> Expected {
        let holders: Vec<usize> = (0..self.active.len()).filter(|it| self.active[*it]).collect();
        if holders.is_empty() {
            return Err(1206);
        }
        for at in 0..self.challenges.len() {
            // Who comes writes down what has expired.
            self.challenges[at].state = self.state(at);
        }
        let taken = |place| {
            let mut all = self.challenges.iter();
            all.any(|it| it.state == State::Pending && it.place == place)
        };
        let places: &[u8] = if known { &[2, 1, 0] } else { &[0, 1] };
        let place = places.iter().find(|place| !taken(**place)).ok_or(1503)?;
        self.challenges.push(Challenge {
            state: State::Pending,
            place: *place,
            wrong: 0,
            holders,
            created: self.now,
            decided_by: 0,
            attempt_open: true,
        });
        Ok("created")
    }

    pub fn approve(&mut self, at: usize, device: usize, right: bool) -> Expected {
        self.may_decide(at, device)?;
        if self.now < self.locked_until {
            return Err(1308);
        }
        if right {
            (self.mistakes, self.locks, self.locked_until) = (0, 0, 0);
            self.decided(at, device, State::Approved);
            return Ok("approved");
        }
        self.challenges[at].wrong += 1;
        self.mistakes += 1;
        if self.mistakes.is_multiple_of(5) {
            self.locked_until = self.now + (900 << self.locks).min(3600);
            self.locks += 1;
            self.challenges[at].state = State::Cancelled;
            return Err(1308);
        }
        if self.challenges[at].wrong == 3 {
            self.challenges[at].state = State::Cancelled;
            return Err(1306);
        }
        Err(1305)
    }

    pub fn deny(&mut self, at: usize, device: usize) -> Expected {
        self.may_decide(at, device)?;
        self.decided(at, device, State::Denied);
        Ok("denied")
    }

    /// What the recorded decision answers when it comes again; `None` when nothing was recorded.
    pub fn repeat(&self, at: usize) -> Option<(usize, Expected)> {
        let challenge = &self.challenges[at];
        let outcome = match challenge.state {
            State::Approved | State::Consumed => "approved",
            State::Denied => "denied",
            _ => return None,
        };
        let by = challenge.decided_by;
        Some((by, if self.active[by] { Ok(outcome) } else { Err(1207) }))
    }

    pub fn cancel(&mut self, at: usize) {
        if self.attempt_is_open(at) {
            let challenge = &mut self.challenges[at];
            challenge.attempt_open = false;
            if challenge.state == State::Pending {
                challenge.state = State::Cancelled;
            }
        }
    }

    pub fn consume(&mut self, at: usize) -> Expected {
        if !self.attempt_is_open(at) {
            return Err(1002);
        }
        let by = self.challenges[at].decided_by;
        if self.challenges[at].state != State::Approved || !self.active[by] {
            return Err(1303);
        }
        let challenge = &mut self.challenges[at];
        (challenge.state, challenge.attempt_open) = (State::Consumed, false);
        self.sessions.push(by);
        Ok("a session")
    }

    pub fn revoke(&mut self, device: usize) -> Expected {
        if !self.active[device] {
            return Err(1207);
        }
        self.active[device] = false;
        self.sessions.retain(|by| *by != device);
        for challenge in &mut self.challenges {
            let orphaned = challenge.holders.contains(&device)
                && !challenge.holders.iter().any(|holder| self.active[*holder]);
            if challenge.state == State::Pending && orphaned {
                challenge.state = State::Cancelled;
            }
        }
        Ok("gone")
    }

    fn may_decide(&self, at: usize, device: usize) -> Result<(), i64> {
        if !self.active[device] {
            return Err(1207);
        }
        if !self.challenges[at].holders.contains(&device) {
            return Err(1301);
        }
        match self.state(at) {
            State::Pending => Ok(()),
            State::Expired => Err(1302),
            _ => Err(1303),
        }
    }

    fn decided(&mut self, at: usize, device: usize, state: State) {
        let challenge = &mut self.challenges[at];
        (challenge.state, challenge.decided_by) = (state, device);
    }

    fn attempt_is_open(&self, at: usize) -> bool {
        let challenge = &self.challenges[at];
        challenge.attempt_open && self.now < challenge.created + ATTEMPT_LIFE
    }
}
