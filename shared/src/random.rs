//! Randomness from the operating system (KEY-15). Nothing else in the project draws random bytes.

/// Draws `N` random bytes from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give: nothing safe can be done without it.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the operating system"
)]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0u8; N];
    getrandom::fill(&mut out).expect("the operating system gives random bytes");
    out
}

/// Draws a uniform number in `0..bound` by rejection sampling (no modulo bias, KEY-15).
///
/// # Panics
/// When `bound` is zero.
#[must_use]
pub fn below(bound: u32) -> u32 {
    assert!(bound > 0, "an empty range has no member");
    let zone = u32::MAX - (u32::MAX % bound);
    loop {
        let draw = u32::from_le_bytes(bytes());
        if draw < zone {
            return draw % bound;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_15_draws_stay_in_range_and_reach_every_value() {
        let mut seen = [false; 10];
        for _ in 0..2_000 {
            seen[below(10) as usize] = true;
        }
        assert_eq!(seen, [true; 10]);
    }
}
