//! CPU time (user and system together) and resident memory of processes, as Linux counts them.

use std::time::Duration;

/// Of this process.
pub fn of_this_process() -> Duration {
    of(std::process::id())
}

/// Of one process with all its threads; zero when there is none.
pub fn of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in parentheses may hold anything; fields are counted after it.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |place: usize| {
        fields
            .get(place)
            .and_then(|text| text.parse::<u64>().ok())
            .unwrap_or(0)
    };
    Duration::from_millis((ticks(11) + ticks(12)) * 1_000 / TICKS_A_SECOND)
}

/// Of all processes with this name.
pub fn of_all(name: &str) -> Duration {
    let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let named = numbers.filter(|number| {
        std::fs::read_to_string(format!("/proc/{number}/comm")).is_ok_and(|comm| comm.trim() == name)
    });
    named.map(of).sum()
}

/// Bytes of resident memory of a process; zero when there is none.
pub fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// What Linux has used since 2.6 for `/proc`.
const TICKS_A_SECOND: u64 = 100;
