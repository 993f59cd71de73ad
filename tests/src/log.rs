//! What a process printed, line by line, and waiting for a line.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use tokio::sync::watch;

/// What a process printed. Threads read it, since it outlives the runtime of the test that started it.
#[derive(Clone)]
pub struct Log(Arc<watch::Sender<Printed>>);

#[derive(Default)]
pub struct Printed {
    lines: Vec<String>,
    open: usize,
}

impl Log {
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Printed::default())))
    }

    pub fn follow(&self, pipe: impl Read + Send + 'static) {
        let log = self.clone();
        log.0.send_modify(|printed| printed.open += 1);
        std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut bytes = Vec::new();
            while matches!(pipe.read_until(b'\n', &mut bytes), Ok(read) if read > 0) {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                bytes.clear();
                log.0.send_modify(|printed| printed.lines.push(line));
            }
            log.0.send_modify(|printed| printed.open -= 1);
        });
    }

    pub async fn line(&self, is_it: impl Fn(&str) -> bool) -> Option<String> {
        let mut changes = self.0.subscribe();
        let found = |printed: &Printed| printed.lines.iter().find(|line| is_it(line)).cloned();
        let printed = changes
            .wait_for(|printed| printed.open == 0 || found(printed).is_some())
            .await
            .ok()?;
        found(&printed)
    }

    pub fn text(&self) -> String {
        self.0.borrow().lines.join("\n")
    }
}
