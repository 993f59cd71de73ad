//! Real processes: their lines, their end, and that nothing of them stays.

use std::process::Command;
use std::time::Duration;

use warifu_tests::process::Program;

const LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn lines_and_exit_are_seen() {
    let shell = Program::system("sh")
        .args(["-c", "read name; echo ready $name; echo oops >&2; exit 3"])
        .start();
    shell.write_line("hanako");
    assert_eq!(shell.line_with("ready", LIMIT).await, "ready hanako");
    assert_eq!(shell.exit(LIMIT).await.code(), Some(3));
    shell.line_with("oops", LIMIT).await;
}

#[tokio::test]
async fn dropping_a_process_kills_its_children_too() {
    let shell = Program::system("sh")
        .args(["-c", "sleep 300 & echo $!; wait"])
        .start();
    let child = shell.line_of_digits(LIMIT).await;
    assert!(is_alive(&child));
    drop(shell);
    assert!(!is_alive(&child));
}

#[tokio::test]
async fn terminating_lets_a_program_say_goodbye() {
    let script = "trap 'echo goodbye; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    let shell = Program::system("sh").args(["-c", script]).start();
    shell.line_with("ready", LIMIT).await;
    assert!(shell.terminate(LIMIT).await.success());
    shell.line_with("goodbye", LIMIT).await;
}

#[tokio::test]
#[should_panic(expected = "ended without printing \"ready\"")]
async fn a_program_that_ends_early_fails_the_test_with_its_log() {
    let shell = Program::system("sh").args(["-c", "echo cannot bind"]).start();
    shell.line_with("ready", LIMIT).await;
}

#[tokio::test]
async fn nothing_of_the_developers_environment_leaks_in() {
    let env = Program::system("env").env("WARIFU_X", "1").start();
    env.exit(LIMIT).await;
    env.line_with("WARIFU_X=1", LIMIT).await;
    let log = env.log();
    let mut names: Vec<&str> = log.lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["LANG", "PATH", "RUST_BACKTRACE", "WARIFU_X"]);
}

fn is_alive(id: &str) -> bool {
    let status = Command::new("ps")
        .args(["-o", "stat=", "-p", id])
        .output()
        .expect("ps runs")
        .stdout;
    let status = String::from_utf8_lossy(&status);
    !status.trim().is_empty() && !status.trim().starts_with('Z')
}
