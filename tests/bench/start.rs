//! The real programs as an operator installs them: how fast the server answers after its start, what it holds in memory when
//! nothing happens, and how large the files are.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use warifu_server::store::sqlite_url;
use warifu_tests::process::{Program, Running, free_port};

use super::cpu;

/// What was measured.
pub struct Start {
    /// Start to first answer on an empty folder: the schema is made.
    pub first: Duration,
    /// The same later, sorted.
    pub later: Vec<Duration>,
    /// Resident memory some seconds after the first page, bytes.
    pub resident: u64,
    /// Size of each program, bytes.
    pub programs: Vec<(&'static str, u64)>,
}

/// Measures with a new database in `folder`.
///
/// # Panics
/// When the programs are not built beside this one, or the server does not answer.
pub async fn measure(folder: &Path) -> Start {
    std::fs::create_dir_all(folder).expect("a folder");
    let (web, config) = write_config(folder);
    let command = |name: &str| {
        Program::at(beside_us("warifu-server"))
            .args([name, "--config"])
            .arg(&config)
    };
    let (drawn, log) = command("secrets-init").start().output(LIMIT).await;
    assert!(drawn.success(), "{log}");
    let (first, running) = start(command("serve"), web).await;
    end(running).await;
    let mut later = Vec::with_capacity(STARTS);
    for _ in 1..STARTS {
        let (took, running) = start(command("serve"), web).await;
        later.push(took);
        end(running).await;
    }
    let (took, running) = start(command("serve"), web).await;
    later.push(took);
    later.sort_unstable();
    tokio::time::sleep(QUIET).await;
    let resident = cpu::resident(running.id());
    end(running).await;
    Start {
        first,
        later,
        resident,
        programs: PROGRAMS.map(|name| (name, size(name))).to_vec(),
    }
}

async fn start(program: Program, web: u16) -> (Duration, Running) {
    let client = warifu_tests::plain_http::client().build().expect("a client");
    let start = now();
    let running = program.start();
    let mut beat = tokio::time::interval(Duration::from_millis(1));
    while TcpStream::connect(("127.0.0.1", web)).await.is_err() {
        assert!(
            start.elapsed() < LIMIT && running.try_exit().is_none(),
            "{}",
            running.log()
        );
        beat.tick().await;
    }
    // The socket listens before the server is ready, and the request waits in it.
    let answer = client.get(format!("http://127.0.0.1:{web}/login")).send().await;
    let page = answer.expect("an answer").error_for_status().expect("a page");
    page.text().await.expect("a page");
    (start.elapsed(), running)
}

async fn end(running: Running) {
    assert!(running.terminate(LIMIT).await.success(), "{}", running.log());
}

fn size(program: &str) -> u64 {
    std::fs::metadata(beside_us(program)).map_or(0, |file| file.len())
}

/// A program that was built together with this one.
fn beside_us(program: &str) -> PathBuf {
    let path = std::env::current_exe()
        .expect("our own path")
        .with_file_name(program);
    assert!(path.exists(), "{} is not built", path.display());
    path
}

/// Everything in one process with the default limits and hashing.
fn write_config(folder: &Path) -> (u16, PathBuf) {
    let (web, relay) = (free_port(), free_port());
    let url = sqlite_url(&folder.join("warifu.sqlite3"));
    let path = folder.join("warifu.toml");
    let folder = folder.display();
    let text = format!(
        "[service]\nname_ja = \"ひので証券\"\nname_en = \"Hinode Securities\"\nphone = \"0120-000-000\"\n\
         device_origin = \"http://127.0.0.1:{web}\"\n[[origins]]\nurl = \"http://127.0.0.1:{web}\"\nsite = \"browser\"\nmain = true\n\
         [listen]\nweb = \"127.0.0.1:{web}\"\nrelay = \"127.0.0.1:{relay}\"\n[database]\nurl = \"{url}\"\n\
         [secrets]\nfolder = \"{folder}/secrets\"\n[push]\ncontact = \"mailto:operations@hinode.example\"\n\
         [relay]\npublic_url = \"ws://127.0.0.1:{relay}/\"\ninsecure_loopback = true\n\
         [mail]\noutbox = \"{folder}/outbox\"\nfrom = \"authentication@hinode.example\"\n"
    );
    std::fs::write(&path, text).expect("the configuration is written");
    (web, path)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
fn now() -> Instant {
    Instant::now()
}

const PROGRAMS: [&str; 2] = ["warifu-server", "warifu-device"];
const STARTS: usize = 11;
const QUIET: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(30);
