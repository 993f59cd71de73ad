//! `warifu-demo-days`: the days before `make demo`. A real server on the demo's data with a clock that is moved: staff and
//! customers set up their devices, log in, fail and refuse through the real pages, and the log says so. It ends, and the demo
//! goes on from there. Data that exist already are left alone.

mod customers;
mod firm;
mod staff;

use std::path::PathBuf;

use clap::Parser;
use warifu_shared::clock::{Clock, ManualClock, SystemClock};

use firm::{Firm, Relay};

/// The same addresses and folder as `warifu-server demo`.
#[derive(Parser)]
#[command(name = "warifu-demo-days")]
struct Arguments {
    #[arg(long, default_value = "demo-data")]
    folder: PathBuf,
    #[arg(long, default_value_t = 8480)]
    port: u16,
    #[arg(long, default_value_t = 8481)]
    relay_port: u16,
    #[arg(long, default_value_t = 8482)]
    staff_port: u16,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    if arguments.folder.join("warifu.sqlite3").exists() {
        return;
    }
    let now = SystemClock.now();
    let begins = now.plus_secs(-DAYS * DAY_SECS);
    let plan = firm::Plan {
        folder: arguments.folder,
        ports: [arguments.port, arguments.relay_port, arguments.staff_port],
        clock: ManualClock::new(begins),
    };
    say("demo: some days are played, with staff and three customers; once, for about a minute");
    let firm = Firm::start(&plan, Relay::Up).await;
    let mut people = staff::everybody(&firm).await;
    let mut regulars = customers::begin(&firm).await;
    for day in 0..DAYS {
        customers::a_day(&firm, &mut regulars, begins.plus_secs(day * DAY_SECS), day).await;
    }
    firm.set(now.plus_secs(-5 * 3600)).await;
    customers::somebody_else(&firm, &mut regulars).await;
    staff::lock_and_propose(&firm, &mut people).await;
    firm.set(now.plus_secs(-3 * 3600)).await;
    firm.stop().await;
    // An hour in which the relay is out of reach: hints fail, approvals do not.
    let firm = Firm::start(&plan, Relay::Down).await;
    firm.set(now.plus_secs(-2 * 3600)).await;
    customers::without_pushes(&firm, &mut regulars).await;
    firm.set(now).await;
    firm.stop().await;
}

#[expect(clippy::print_stdout, reason = "the command line's own output")]
fn say(line: &str) {
    println!("{line}");
}

const DAYS: i64 = 4;
const DAY_SECS: i64 = 86_400;
