//! The tables that `make bench` prints.

use std::time::Duration;

use warifu_tests::load::Report;

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
        let each = row.database.as_secs_f64() * 1e6 / (row.report.cycles.max(1) as f64);
        let millis = |share| row.report.percentile(share).as_secs_f64() * 1e3;
        println!(
            "{:<34} {:>8} {:>10.0} {:>7.2} {:>10.0} {:>9.0} {:>9.2} {:>9.2}",
            row.name,
            row.report.at_once,
            row.server_micros(),
            row.server_micros() / unit,
            each,
            row.report.rate(),
            millis(0.5),
            millis(0.99),
        );
        if let Some(why) = &row.report.first_failure {
            println!("    {} cycles failed; the first: {why}", row.report.failures);
        }
    }
    println!();
}
