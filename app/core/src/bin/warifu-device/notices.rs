//! The commands about notices.

use warifu_device_core::{CoreError, DeviceCore, LocalCode, NoticeCard, NoticeView};

use crate::output::Output;
use crate::withdrawals::one_service;

/// Lists what happened to the account.
pub async fn list(core: &DeviceCore, service: Option<String>, output: &Output) -> Result<(), CoreError> {
    let service = one_service(core, service)?;
    let asked = core.refresh().await;
    let found = core.notices(&service)?;
    let words = if found.notices.is_empty() {
        let none = output
            .language()
            .pick("お知らせはありません。", "There are no notices.");
        none.to_owned()
    } else {
        let lines: Vec<String> = found.notices.iter().map(|card| line(card, output)).collect();
        lines.join("\n")
    };
    output.print(&found, &words);
    asked
}

/// Objects to what a notice tells.
pub async fn veto(
    core: &DeviceCore,
    service: Option<String>,
    id: &str,
    output: &Output,
) -> Result<(), CoreError> {
    let service = one_service(core, service)?;
    let asked = core.refresh().await;
    let listed = core.notices(&service)?.notices;
    let mut found = listed.iter().filter(|card| card.handle.starts_with(id));
    let (Some(card), None) = (found.next(), found.next()) else {
        return asked.and(Err(LocalCode::NoticeUnknown.into()));
    };
    let after = core.veto(&service, &card.handle).await?;
    output.print(&after, &in_full(&after));
    Ok(())
}

fn line(card: &NoticeCard, output: &Output) -> String {
    let unread = if card.unread {
        output.language().pick(" [未読]", " [unread]")
    } else {
        ""
    };
    format!("{}  {}{unread}\n    {}", card.at, card.heading, card.handle)
}

fn in_full(view: &NoticeView) -> String {
    let rows = view
        .screen
        .rows
        .iter()
        .map(|row| format!("\n  {}: {}", row.label, row.value));
    let rows: String = rows.collect();
    let then = view.vetoed.as_deref().unwrap_or(&view.screen.advice);
    format!("{}{rows}\n{then}", view.screen.heading)
}
