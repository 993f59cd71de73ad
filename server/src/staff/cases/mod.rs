//! The rooms of fraud analysts: cases, one case, and what is done about it (S4, decision 39).

pub mod list;
pub mod one;
pub mod work;
