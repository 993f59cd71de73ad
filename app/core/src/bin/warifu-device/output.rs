//! Printing: plain words, or one JSON value a line.

use std::io::Write;

use serde::Serialize;
use serde_json::json;
use warifu_device_core::{
    AppView, ChallengeCard, ChallengeView, Connection, CoreError, EnrolPreview, FingerprintView, Language,
    ResultView, ServiceState, ServiceView,
};

/// Where results go: standard output. Prompts and logs go to standard error.
pub struct Output {
    json: bool,
    language: Language,
}

impl Output {
    /// In words or in JSON.
    pub fn new(json: bool, language: Language) -> Self {
        Self { json, language }
    }

    /// The language of the words.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Changes it.
    pub fn set_language(&mut self, language: Language) {
        self.language = language;
    }

    /// A value, or its words.
    pub fn print(&self, value: &impl Serialize, words: &str) {
        let text = if self.json {
            serde_json::to_string(value).unwrap_or_default()
        } else {
            words.to_owned()
        };
        // A closed pipe means that nobody reads on.
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// A refusal: the sentence, and small after it the number.
    pub fn error(&self, error: &CoreError) {
        let view = error.view(self.language);
        if self.json {
            self.print(&json!({ "error": view }), "");
        } else {
            let _ = writeln!(std::io::stderr(), "{} ({})", view.message, view.code);
        }
    }

    /// What is about to be registered.
    pub fn preview(&self, preview: &EnrolPreview) {
        let mut words = format!(
            "{}\n{}\n{} {}",
            preview.service, preview.origin, preview.customer, preview.account_hint
        );
        if preview.needs_fingerprint_first {
            words.push('\n');
            words.push_str(self.language.pick(
                "コードを手で入力したため、次の6桁を必ず画面と比べてください。",
                "The code was typed, so be sure to compare the next six digits with the page.",
            ));
        }
        if !self.json {
            self.print(&(), &words);
        }
    }

    /// The fingerprint to compare.
    pub fn fingerprint(&self, view: &FingerprintView) {
        let words = self.language.pick(
            "画面に出ている6桁と同じことを確かめ、画面で確認してください:",
            "Check that the page shows the same six digits, and confirm there:",
        );
        self.print(view, &format!("{words} {}", spaced(&view.fingerprint)));
    }

    /// The open requests.
    pub fn list(&self, cards: &[ChallengeCard]) {
        if self.json {
            return self.print(&cards, "");
        }
        if cards.is_empty() {
            return self.print(
                &(),
                self.language
                    .pick("開いている依頼はありません。", "No requests are open."),
            );
        }
        for card in cards {
            let left = self.left(card.seconds_left);
            self.print(
                &(),
                &format!(
                    "{}  {} {}  {left}\n    {}",
                    card.handle, card.service, card.heading, card.summary
                ),
            );
        }
    }

    /// One request in full.
    pub fn challenge(&self, view: &ChallengeView) {
        let mut words = format!("{}\n{}", view.screen.heading, view.screen.question);
        if let Some(amount) = &view.screen.amount {
            words.push_str(&format!("\n  {amount}"));
        }
        for row in &view.screen.rows {
            let note = row
                .note
                .as_ref()
                .map(|note| format!("  ! {}", note.text))
                .unwrap_or_default();
            words.push_str(&format!("\n  {}: {}{note}", row.label, row.value));
        }
        words.push_str(&format!(
            "\n  {}  [{}]",
            self.left(view.seconds_left),
            view.handle
        ));
        self.print(view, &words);
    }

    /// What the server recorded.
    pub fn result(&self, view: &ResultView) {
        self.print(
            view,
            &format!("{}: {}\n{}", view.service, view.heading, view.message),
        );
    }

    /// Services and state.
    pub fn status(&self, view: &AppView) {
        if self.json {
            return self.print(view, "");
        }
        if view.services.is_empty() {
            self.print(
                &(),
                self.language
                    .pick("登録されたサービスはありません。", "No service is registered."),
            );
        }
        for service in &view.services {
            self.print(&(), &self.service(service));
        }
        if let Some(note) = &view.keystore_note {
            self.print(&(), note);
        }
    }

    fn service(&self, service: &ServiceView) -> String {
        let ServiceView {
            handle,
            name,
            customer,
            account_hint,
            origin,
            device_name,
            ..
        } = service;
        let state = self.state(service.state);
        let mut words = format!(
            "{name}  {customer} {account_hint}  [{state}]\n    {origin}  {device_name}  {}\n    {handle}",
            service.key_thumbprint_short
        );
        if let Some(note) = &service.note {
            words.push_str(&format!("\n    {note}"));
        }
        words
    }

    /// The connection of the relays, in `watch`.
    pub fn connection(&self, connection: Connection) {
        let words = match connection {
            Connection::Online => self.language.pick("接続しました。", "Connected."),
            Connection::Connecting => self.language.pick("接続しています…", "Connecting…"),
            Connection::Offline => self
                .language
                .pick("通知の接続がありません。", "Not connected for notifications."),
        };
        self.print(&json!({ "event": "connection", "connection": connection }), words);
    }

    fn state(&self, state: ServiceState) -> &'static str {
        match state {
            ServiceState::Pending => self.language.pick("確認待ち", "waiting for confirmation"),
            ServiceState::Active => self.language.pick("利用できます", "active"),
            ServiceState::Suspended => self.language.pick("一時停止", "suspended"),
            ServiceState::Revoked => self.language.pick("解除済み", "removed"),
            ServiceState::Unreachable => self.language.pick("つながりません", "unreachable"),
            ServiceState::Locked => self.language.pick("ロック中", "locked"),
            ServiceState::KeyLost => self.language.pick("鍵がありません", "keys lost"),
        }
    }

    fn left(&self, seconds: i64) -> String {
        match self.language {
            Language::Ja => format!("残り{seconds}秒"),
            Language::En => format!("{seconds} s left"),
        }
    }
}

/// Six digits with a gap in the middle.
fn spaced(digits: &str) -> String {
    match digits.split_at_checked(3) {
        Some((left, right)) => format!("{left} {right}"),
        None => digits.to_owned(),
    }
}
