//! Withdrawals under attack: random interleavings, changed rows, crossed approvals, races, a core system that fails.

mod amounts;
mod change_payout;
mod clerks;
mod codes;
mod core_down;
mod crossings;
mod ends;
mod flaky;
mod interleavings;
mod limits;
mod mutations;
mod owners;
mod passwords;
mod races;
mod rules;
mod scene;
mod second;
mod taking_back;
mod told;
