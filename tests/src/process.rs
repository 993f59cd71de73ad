//! Real processes: start one, wait for the line it prints when it is ready, read its log, kill its whole group.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::log::Log;
use crate::reaper;

/// A program to start. It inherits nothing but `PATH`, so no proxy, locale or display of the developer leaks in.
#[derive(Clone)]
pub struct Program {
    path: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    input: Option<String>,
    end_signal: &'static str,
}

/// A process that runs, with all it prints. Dropping it kills its group and, in a failing test, shows the log.
pub struct Running {
    name: String,
    leader: Mutex<Leader>,
    group: u32,
    log: Log,
    input: Mutex<Option<ChildStdin>>,
}

struct Leader {
    child: Child,
    status: Option<ExitStatus>,
}

impl Program {
    /// A program of this workspace, e.g. `warifu-server`, as cargo built it beside the tests.
    ///
    /// # Panics
    /// When it is not built.
    #[must_use]
    pub fn ours(name: &str) -> Self {
        let path = our_binary(name);
        assert!(
            path.exists(),
            "{} is not built; `make test` builds every program before the tests",
            path.display()
        );
        Self::at(path)
    }

    /// A program of the system, from `PATH`.
    ///
    /// # Panics
    /// When it is not installed.
    #[must_use]
    pub fn system(name: &str) -> Self {
        let found = find(name)
            .unwrap_or_else(|| panic!("{name} is not installed; `make test` installs what is missing"));
        Self::at(found)
    }

    /// The program in the file `path`.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        let env = vec![
            (
                OsString::from("PATH"),
                std::env::var_os("PATH").unwrap_or_default(),
            ),
            (OsString::from("LANG"), OsString::from("C.UTF-8")),
            (OsString::from("RUST_BACKTRACE"), OsString::from("1")),
        ];
        Self {
            path,
            args: Vec::new(),
            env,
            input: None,
            end_signal: "KILL",
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets environment variables.
    #[must_use]
    pub fn envs<K: AsRef<OsStr>, V: AsRef<OsStr>>(self, all: impl IntoIterator<Item = (K, V)>) -> Self {
        all.into_iter()
            .fold(self, |program, (name, value)| program.env(name, value))
    }

    /// Writes `text` to its standard input and closes it. Without this the input stays open for
    /// [`Running::write_line`].
    #[must_use]
    pub fn input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    /// The signal that ends it cleanly when the test process has gone (`KILL` unless told).
    #[must_use]
    pub fn ended_by(mut self, signal: &'static str) -> Self {
        self.end_signal = signal;
        self
    }

    /// Starts it as the leader of a process group of its own.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(self) -> Running {
        let name = self
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut child = Command::new(&self.path)
            .args(&self.args)
            .env_clear()
            .envs(self.env)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.path.display()));
        let group = child.id();
        reaper::watch_group(group, self.end_signal);
        let log = Log::new();
        log.follow(child.stdout.take().expect("its output is a pipe"));
        log.follow(child.stderr.take().expect("its error output is a pipe"));
        let mut input = child.stdin.take();
        if let Some(text) = &self.input {
            let mut pipe = input.take().expect("its input is a pipe");
            pipe.write_all(text.as_bytes()).expect("it reads its input");
        }
        let leader = Mutex::new(Leader { child, status: None });
        Running {
            name,
            leader,
            group,
            log,
            input: Mutex::new(input),
        }
    }
}

impl Running {
    /// Waits for a line, printed before or from now on, that contains `part`, and returns the line.
    ///
    /// # Panics
    /// When no such line comes within `limit`, or its output closes without one. The message holds the log.
    pub async fn line_with(&self, part: &str, limit: Duration) -> String {
        self.line(part, |line| line.contains(part), limit).await
    }

    /// Waits for a line that is a number alone, as programs print a port or a display.
    ///
    /// # Panics
    /// As [`Self::line_with`].
    pub async fn line_of_digits(&self, limit: Duration) -> String {
        let is_number = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
        self.line("a number", is_number, limit).await
    }

    async fn line(&self, wanted: &str, is_it: impl Fn(&str) -> bool, limit: Duration) -> String {
        match tokio::time::timeout(limit, self.log.line(is_it)).await {
            Ok(Some(line)) => line,
            Ok(None) => panic!("{} ended without printing {wanted:?}:\n{}", self.name, self.log()),
            Err(_) => panic!(
                "{} did not print {wanted:?} within {limit:?}:\n{}",
                self.name,
                self.log()
            ),
        }
    }

    /// All it printed so far, both outputs in the order of arrival.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Its process id, which is also the id of its group.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.group
    }

    /// Writes a line to its standard input.
    ///
    /// # Panics
    /// When the input is closed.
    pub fn write_line(&self, text: &str) {
        let mut input = self.input.lock().expect("the input");
        writeln!(input.as_mut().expect("the input is open"), "{text}").expect("it reads its input");
    }

    /// Cuts it off in the middle of whatever it does: `SIGKILL` for the whole group.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        let mut leader = self.leader.lock().expect("the leader");
        self.clear_away(&mut leader);
    }

    /// Asks it to end (`SIGTERM`) and waits for its exit.
    ///
    /// # Panics
    /// When it is still there after `limit`.
    pub async fn terminate(&self, limit: Duration) -> ExitStatus {
        self.signal(Signal::TERM);
        self.exit(limit).await
    }

    /// Tells it to look at its files again (`SIGHUP`).
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Waits for its exit.
    ///
    /// # Panics
    /// When it is still there after `limit`.
    pub async fn exit(&self, limit: Duration) -> ExitStatus {
        let status = tokio::time::timeout(limit, async {
            let mut beat = tokio::time::interval(Duration::from_millis(10));
            loop {
                beat.tick().await;
                if let Some(status) = self.try_exit() {
                    return status;
                }
            }
        });
        status
            .await
            .unwrap_or_else(|_| panic!("{} still runs after {limit:?}:\n{}", self.name, self.log()))
    }

    /// Waits for its exit and for the end of its output; gives both.
    ///
    /// # Panics
    /// As [`Self::exit`].
    pub async fn output(&self, limit: Duration) -> (ExitStatus, String) {
        let status = self.exit(limit).await;
        // The readers end with the pipes, a moment after the process.
        let _closed = tokio::time::timeout(limit, self.log.line(|_| false)).await;
        (status, self.log())
    }

    /// Whether it has ended, and how. What it left behind in its group is killed then.
    ///
    /// # Panics
    /// Never while this handle is the only one that waits for it.
    pub fn try_exit(&self) -> Option<ExitStatus> {
        let mut leader = self.leader.lock().expect("the leader");
        if leader.status.is_none() && has_ended(self.group) {
            self.clear_away(&mut leader);
        }
        leader.status
    }

    /// Kills the group before its leader is waited for: until then nobody else can have the number.
    fn clear_away(&self, leader: &mut Leader) {
        if leader.status.is_none() {
            signal_group(self.group, Signal::KILL);
            reaper::forget_group(self.group);
            leader.status = Some(leader.child.wait().expect("a child can be waited for"));
        }
    }

    fn signal(&self, signal: Signal) {
        let leader = self.leader.lock().expect("the leader");
        if leader.status.is_none() {
            signal_group(self.group, signal);
        }
    }
}

/// Whether our child has ended, leaving it to be waited for.
fn has_ended(id: u32) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    pid(id).is_some_and(|id| matches!(waitid(WaitId::Pid(id), options), Ok(Some(_))))
}

fn signal_group(id: u32, signal: Signal) {
    if let Some(group) = pid(id) {
        // All that can fail is that everybody in it has ended.
        let _ended = kill_process_group(group, signal);
    }
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let from = log.lines().count().saturating_sub(LINES_SHOWN);
            let tail: Vec<&str> = log.lines().skip(from).collect();
            let _unseen = writeln!(std::io::stderr(), "--- {} said:\n{}", self.name, tail.join("\n"));
        }
        self.kill();
    }
}

/// Where cargo puts the program `name` of this workspace: beside the folder that holds the running test.
///
/// # Panics
/// When the running test is no file in a folder of cargo's.
#[must_use]
pub fn our_binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let profile = test
        .parent()
        .and_then(std::path::Path::parent)
        .expect("cargo runs tests from PROFILE/deps");
    profile.join(name)
}

/// The file of a program in `PATH`.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// A port of the loopback address that nobody uses at this moment, for programs that cannot take port 0.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}

const LINES_SHOWN: usize = 60;
