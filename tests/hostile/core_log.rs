//! What the port to the core system tells the log: neither secrets nor anything about money (KEY-14, TXN-04).

use std::io::Write;
use std::sync::{Arc, Mutex};

use warifu_server::core::{Core, CoreError};
use warifu_tests::core_bank::Fault;

use crate::core_scene::{ACCOUNT, SECRET, Scene, account, order};

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("one writer at a time")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn key_14_txn_04_neither_secrets_nor_money_reach_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let collector = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For this thread, on which the whole test runs.
    let listening = tracing::subscriber::set_default(collector);
    let Scene { mut bank, core, .. } =
        Scene::with(&[SECRET], &[SECRET], |config| config.timeout_ms = 500).await;
    let order = order(765_432);
    let headers = vec![("location", "https://elsewhere.example/?secret".to_owned())];
    for fault in [
        Fault::Status(500, Vec::new()),
        Fault::Status(409, Vec::new()),
        Fault::Status(302, headers),
        Fault::Answers(b"{\"account\":\"1002001\",\"available\":765432.5}".to_vec()),
        Fault::BreaksOff,
        Fault::NeverAnswers,
    ] {
        bank.next(fault);
        assert!(core.place(&order).await.is_err());
    }
    core.place(&order).await.unwrap();
    core.balance(&account(ACCOUNT)).await.unwrap();
    bank.close().await;
    assert_eq!(core.place(&order).await, Err(CoreError::Unreachable));
    drop(listening);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for event in [
        "core.busy",
        "core.conflict",
        "core.refused",
        "core.garbled",
        "core.unreachable",
    ] {
        assert!(text.contains(event), "{event}");
    }
    let shown = format!("{core:?}");
    let secret = SECRET.trim_start_matches("whsec_");
    for kept in [secret, "secret-of-the-core", "whsec_"] {
        assert!(!text.contains(kept) && !shown.contains(kept), "{kept}");
    }
    // The names of events are ours; a library that talks about bytes has no place in a production log.
    let own: String = text
        .lines()
        .filter(|line| line.contains("warifu_server"))
        .collect();
    for private in [
        "765432",
        "7654321",
        ACCOUNT,
        "ヤマダ",
        "あおば",
        "elsewhere.example",
        bank.url().as_str(),
    ] {
        assert!(!own.contains(private), "{private}");
    }
}
