//! How long a mail waits before it is tried again.

/// 2 s doubling with each try up to 5 min, less up to a quarter of it by chance (`draw` of [`JITTER`]), so that mails do not
/// all come back at one moment.
pub fn wait_ms(tries: i64, draw: u32) -> i64 {
    let doublings = u32::try_from((tries - 1).clamp(0, 16)).unwrap_or(0);
    let full = (FIRST_MS << doublings).min(CAP_MS);
    full - full / 4 * i64::from(draw) / i64::from(JITTER)
}

/// Draws are below this.
pub const JITTER: u32 = 1_000;
const FIRST_MS: i64 = 2_000;
const CAP_MS: i64 = 300_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_17_retries_back_off_from_2_seconds_to_5_minutes() {
        let full: Vec<i64> = (1..=10).map(|tries| wait_ms(tries, 0) / 1000).collect();
        assert_eq!(full, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        for tries in [0, 1, 5, 9, 1_000, i64::MAX] {
            for draw in [0, 1, 500, JITTER - 1] {
                let (wait, most) = (wait_ms(tries, draw), wait_ms(tries, 0));
                assert!(wait <= most && wait >= most * 3 / 4, "{tries} {draw} {wait}");
            }
        }
    }
}
