//! The tables that `make bench` prints.

use std::time::Duration;

use warifu_tests::load::Report;

use super::idle::Idle;
use super::start::Start;

/// Rows with their cost in microseconds; ratios are to the first row.
#[derive(Default)]
pub struct Parts(Vec<(String, f64)>);

impl Parts {
    /// A row: `took` for all `rounds`.
    pub fn add(&mut self, what: &str, rounds: u32, took: Duration) {
        self.0
            .push((what.to_owned(), took.as_secs_f64() * 1e6 / f64::from(rounds)));
    }

    /// A row that was measured elsewhere.
    pub fn add_micros(&mut self, what: String, micros: f64) {
        self.0.push((what, micros));
    }

    /// Microseconds of a row.
    pub fn of(&self, what: &str) -> f64 {
        self.0
            .iter()
            .find(|row| row.0 == what)
            .map_or(f64::NAN, |row| row.1)
    }

    /// Prints the rows.
    #[expect(clippy::print_stdout, reason = "the table is what this program is for")]
    pub fn print(&self) {
        let unit = self.0.first().map_or(1.0, |row| row.1);
        println!("{:<62} {:>12} {:>8}", "part", "microseconds", "ratio");
        for (what, micros) in &self.0 {
            println!("{what:<62} {micros:>12.1} {:>8.2}", micros / unit);
        }
        println!();
    }
}

/// A run of whole cycles.
pub struct Cycles {
    /// What ran: database, variant.
    pub name: String,
    /// What the customers saw.
    pub report: Report,
    /// CPU of the server's process.
    pub server: Duration,
    /// CPU of the database's processes.
    pub database: Duration,
}

impl Cycles {
    /// Microseconds of the server's CPU for each cycle.
    pub fn server_micros(&self) -> f64 {
        self.server.as_secs_f64() * 1e6 / (self.report.cycles.max(1) as f64)
    }

    /// The same of the database.
    pub fn database_micros(&self) -> f64 {
        self.database.as_secs_f64() * 1e6 / (self.report.cycles.max(1) as f64)
    }

    /// Counts another run in.
    pub fn add(&mut self, other: Self) {
        self.server += other.server;
        self.database += other.database;
        self.report.add(other.report);
    }

    #[expect(clippy::print_stdout, reason = "the table is what this program is for")]
    fn print_failure(&self) {
        if let Some(why) = &self.report.first_failure {
            println!("    {} cycles failed; the first: {why}", self.report.failures);
        }
    }
}

/// Cycles with more and more accounts stored.
pub struct Crowded {
    /// Accounts stored.
    pub stored: u32,
    /// How long it took to write them.
    pub seeding: Duration,
    /// All runs together.
    pub cycles: Cycles,
}

/// Prints them; ratios are to the first row of the same database.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub fn print_crowded(rows: &[Crowded]) {
    println!(
        "{:<12} {:>10} {:>10} {:>7} {:>12} {:>7} {:>9} {:>9} {:>9} {:>9}",
        "accounts",
        "stored",
        "server us",
        "ratio",
        "database us",
        "ratio",
        "cycles/s",
        "p50 ms",
        "p99 ms",
        "seeded s"
    );
    for row in rows {
        let few = rows
            .iter()
            .find(|it| it.cycles.name == row.cycles.name)
            .unwrap_or(row);
        let ratio = |of: fn(&Cycles) -> f64| of(&row.cycles) / of(&few.cycles).max(1.0);
        let millis = |share| row.cycles.report.percentile(share).as_secs_f64() * 1e3;
        println!(
            "{:<12} {:>10} {:>10.0} {:>7.2} {:>12.0} {:>7.2} {:>9.0} {:>9.2} {:>9.2} {:>9.1}",
            row.cycles.name,
            row.stored,
            row.cycles.server_micros(),
            ratio(Cycles::server_micros),
            row.cycles.database_micros(),
            ratio(Cycles::database_micros),
            row.cycles.report.rate(),
            millis(0.5),
            millis(0.99),
            row.seeding.as_secs_f64(),
        );
        row.cycles.print_failure();
    }
    println!();
}

/// Prints whole cycles; the ratio is to `unit` microseconds.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub fn print_cycles(rows: &[Cycles], unit: f64) {
    println!(
        "{:<34} {:>8} {:>10} {:>7} {:>10} {:>9} {:>9} {:>9}",
        "whole approval cycle",
        "at once",
        "server us",
        "ratio",
        "database us",
        "cycles/s",
        "p50 ms",
        "p99 ms"
    );
    for row in rows {
        let millis = |share| row.report.percentile(share).as_secs_f64() * 1e3;
        println!(
            "{:<34} {:>8} {:>10.0} {:>7.2} {:>10.0} {:>9.0} {:>9.2} {:>9.2}",
            row.name,
            row.report.at_once,
            row.server_micros(),
            row.server_micros() / unit,
            row.database_micros(),
            row.report.rate(),
            millis(0.5),
            millis(0.99),
        );
        row.print_failure();
    }
    println!();
}

/// Prints what waiting devices cost.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub fn print_idle(idle: &Idle) {
    let each = idle.after.saturating_sub(idle.before) as f64 / 1024.0 / (idle.devices.max(1) as f64);
    println!(
        "{} idle devices on the relay ({} files allowed): {each:.2} KiB each; server {:.1} MiB before, {:.1} MiB with them",
        idle.devices,
        idle.files,
        mib(idle.before),
        mib(idle.after)
    );
    for (at_once, took) in &idle.pushes {
        let millis = |share: f64| {
            let place = (took.len().saturating_sub(1) as f64 * share).round() as usize;
            took.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3
        };
        println!(
            "  push, POST to socket, {at_once} at once, {} of them: p50 {:.2} ms, p99 {:.2} ms",
            took.len(),
            millis(0.5),
            millis(0.99)
        );
    }
    println!();
}

/// Prints what the programs are like when they start and rest.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub fn print_start(start: &Start) {
    let millis = |took: Option<&Duration>| took.copied().unwrap_or_default().as_secs_f64() * 1e3;
    println!(
        "start to first page: {:.0} ms (median of {}, slowest {:.0} ms); {:.0} ms on an empty folder",
        millis(start.later.get(start.later.len() / 2)),
        start.later.len(),
        millis(start.later.last()),
        millis(Some(&start.first))
    );
    println!("resident memory when idle: {:.1} MiB", mib(start.resident));
    for (program, size) in &start.programs {
        println!("size of {program}: {:.1} MiB", mib(*size));
    }
    println!();
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
