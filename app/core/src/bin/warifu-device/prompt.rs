//! Asking for the PIN without showing it.

use std::io::{BufRead, IsTerminal, Write};
use std::process::{Command, Stdio};

use warifu_device_core::Language;

/// The PIN: from `WARIFU_PIN`, or asked for on the terminal.
pub fn pin(language: Language) -> String {
    ask(language.pick("PIN(6桁): ", "PIN (6 digits): "))
}

/// A new PIN, asked for twice.
pub fn new_pin(language: Language) -> (String, String) {
    let first = ask(language.pick("新しいPIN(6桁): ", "New PIN (6 digits): "));
    (first, ask(language.pick("もう一度: ", "Again: ")))
}

/// One line of standard input.
pub fn line() -> String {
    let mut text = String::new();
    // An empty answer is refused as a PIN with its own sentence.
    let _ = std::io::stdin().lock().read_line(&mut text);
    text.trim_end_matches(['\r', '\n']).to_owned()
}

fn ask(words: &str) -> String {
    if let Ok(pin) = std::env::var("WARIFU_PIN") {
        return pin;
    }
    let _ = write!(std::io::stderr(), "{words}");
    let _ = std::io::stderr().flush();
    let _hidden = Hidden::start();
    let text = line();
    let _ = writeln!(std::io::stderr());
    text
}

/// The terminal does not echo while this lives.
struct Hidden(bool);

impl Hidden {
    fn start() -> Self {
        Self(std::io::stdin().is_terminal() && stty("-echo"))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if self.0 {
            stty("echo");
        }
    }
}

fn stty(setting: &str) -> bool {
    let status = Command::new("stty")
        .arg(setting)
        .stdin(Stdio::inherit())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
