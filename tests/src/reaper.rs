//! Ends what a test process started when that process ends, however it ends: passed, failed, aborted or killed.
//!
//! Statics are never dropped and a killed process drops nothing, so a shell of our own holds the reading end of a
//! pipe. It learns of every process group and folder, and clears them away at the end of the file.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{LazyLock, Mutex};

/// Has the process group `group` ended with `signal` (`KILL`, or `QUIT` where that shuts down cleanly) when this
/// process ends.
pub fn watch_group(group: u32, signal: &str) {
    tell(&format!("group {group} {signal}"));
}

/// The group has ended: its number may belong to somebody else from now on.
pub fn forget_group(group: u32) {
    tell(&format!("gone {group}"));
}

/// Has `folder` deleted when this process ends, after the groups have ended.
pub fn watch_folder(folder: &Path) {
    let text = folder.to_str().expect("the folder's path is UTF-8");
    assert!(
        !text.contains(char::is_whitespace),
        "no blanks in a folder's path: {text}"
    );
    tell(&format!("folder {text}"));
}

fn tell(line: &str) {
    let mut pipe = REAPER.lock().expect("the reaper's pipe");
    writeln!(pipe, "{line}").expect("the reaper runs as long as this process");
}

#[expect(
    clippy::zombie_processes,
    reason = "it ends after this process, which can therefore not wait for it"
)]
fn start() -> Mutex<ChildStdin> {
    let mut child = Command::new("sh")
        .args(["-c", SCRIPT])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell starts");
    Mutex::new(child.stdin.take().expect("its input is a pipe"))
}

static REAPER: LazyLock<Mutex<ChildStdin>> = LazyLock::new(start);

// Five seconds for a clean end, then KILL for what is left.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups= folders=
while read -r verb what how; do
  case $verb in
    group) groups="$groups $what:$how" ;;
    gone) kept=; for g in $groups; do [ "${g%%:*}" = "$what" ] || kept="$kept $g"; done; groups=$kept ;;
    folder) folders="$folders $what" ;;
  esac
done
for g in $groups; do kill -s "${g#*:}" -- "-${g%%:*}"; done
for g in $groups; do
  tries=0
  while kill -s 0 -- "-${g%%:*}" && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
  kill -s KILL -- "-${g%%:*}"
done
[ -z "$folders" ] || rm -rf -- $folders
"#;
