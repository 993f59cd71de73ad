//! What the fuzz targets reach of the device: its readers of files, frames, pushes, answers and typed text.

use std::sync::Arc;

use warifu_shared::clock::{ManualClock, Timestamp};

pub use crate::push::fuzzing::{decrypt, frame, frames, journal};
pub use crate::vault::fuzzing::service_file;

/// Whether a text is a PIN.
#[must_use]
pub fn is_pin(text: &str) -> bool {
    crate::vault::Pin::read(text).is_ok()
}

/// The origin that a person typed.
#[must_use]
pub fn typed_origin(text: &str) -> Option<String> {
    crate::enrolment::typed_origin(text).ok()
}

/// The time that a device whose clock stands at `clock` takes for the server's after a `Date` header.
#[must_use]
pub fn now_after_date(clock: Timestamp, date: &str) -> Timestamp {
    crate::http::now_after_date(Arc::new(ManualClock::new(clock)), date)
}
