//! Load: many customers who log in and approve at the same time, on the real device core. Used by `make bench` and `warifu-load`.

mod crowd;
mod pages;
mod run;
mod seed;

pub use crowd::{COMMON_NAME, Crowd};
pub use pages::Pages;
pub use run::{Front, Report, Waiting, run};
pub use seed::{Customers, SeededCustomer, seed};
