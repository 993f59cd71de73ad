//! Rules without input or output: what the product decides, apart from where it is stored.

pub mod account;
pub mod activity;
pub mod admission;
pub mod case;
pub mod challenge;
pub mod code;
pub mod context;
pub mod counter;
pub mod customer_file;
pub mod device_life;
pub mod enrolment;
pub mod factor;
pub mod kana;
pub mod paper_code;
pub mod password_rules;
pub mod recovery;
pub mod session;
pub mod signal;
pub mod staff;
pub mod withdrawal;
pub mod yen;
