//! The commands about withdrawals.

use std::path::Path;

use warifu_device_core::{CoreError, DeviceCore, LocalCode, WithdrawalCard, WithdrawalView, WithdrawalsView};

use crate::output::Output;

/// Lists the account's withdrawals.
pub async fn list(
    core: &DeviceCore,
    service: Option<String>,
    all: bool,
    output: &Output,
) -> Result<(), CoreError> {
    let service = one_service(core, service)?;
    let mut found = core.withdrawals(&service).await?;
    while all && found.more {
        found = core.older_withdrawals(&service).await?;
    }
    output.print(&found, &words(&found, output));
    Ok(())
}

/// Takes one back.
pub async fn recall(
    core: &DeviceCore,
    service: Option<String>,
    id: &str,
    output: &Output,
) -> Result<(), CoreError> {
    let service = one_service(core, service)?;
    let handle = find(core, &service, id).await?;
    let after = core.recall(&service, &handle).await?;
    output.print(&after, &in_full(&after));
    Ok(())
}

/// Saves a receipt.
pub async fn receipt(
    core: &DeviceCore,
    service: Option<String>,
    id: &str,
    out: &Path,
    output: &Output,
) -> Result<(), CoreError> {
    let service = one_service(core, service)?;
    let handle = find(core, &service, id).await?;
    let receipt = core.receipt(&service, &handle).await?;
    let saved = core.save_receipt(receipt, out).await?;
    output.print(&saved, &format!("{}\n{}", saved.message, saved.file));
    Ok(())
}

/// The service that is meant: the one that was named, or the only one.
pub fn one_service(core: &DeviceCore, named: Option<String>) -> Result<String, CoreError> {
    let services = core.view().services;
    match (named, services.as_slice()) {
        (Some(named), _) => Ok(named),
        (None, [only]) => Ok(only.handle.clone()),
        (None, []) => Err(LocalCode::ServiceUnknown.into()),
        (None, _) => Err(LocalCode::SeveralServices.into()),
    }
}

/// The one withdrawal whose id or reference begins so, among the older ones too.
async fn find(core: &DeviceCore, service: &str, id: &str) -> Result<String, CoreError> {
    let mut listed = core.withdrawals(service).await?;
    loop {
        let fits = |card: &&WithdrawalCard| card.handle.starts_with(id) || card.reference.starts_with(id);
        let mut found = listed.withdrawals.iter().filter(fits);
        match (found.next(), found.next()) {
            (Some(card), None) => return Ok(card.handle.clone()),
            (None, _) if listed.more => listed = core.older_withdrawals(service).await?,
            _ => return Err(LocalCode::WithdrawalUnknown.into()),
        }
    }
}

fn words(found: &WithdrawalsView, output: &Output) -> String {
    if found.withdrawals.is_empty() {
        let none = output
            .language()
            .pick("まだ出金はありません。", "There are no withdrawals yet.");
        return none.to_owned();
    }
    let mut lines: Vec<String> = found.withdrawals.iter().map(line).collect();
    if found.more || found.rest_elsewhere {
        let older = output
            .language()
            .pick("もっと前の出金もあります。", "There are older ones.");
        lines.push(older.to_owned());
    }
    lines.join("\n")
}

fn line(card: &WithdrawalCard) -> String {
    let until = card
        .until
        .as_deref()
        .map(|until| format!(" {until}"))
        .unwrap_or_default();
    format!(
        "{}  {}  [{}{until}]\n    {}  {}\n    {}",
        card.reference, card.amount, card.state_label, card.created_at, card.payee, card.handle
    )
}

fn in_full(view: &WithdrawalView) -> String {
    let rows = view
        .rows
        .iter()
        .map(|row| format!("\n  {}: {}", row.label, row.value));
    let rows: String = rows.collect();
    format!("[{}] {}\n{}{rows}", view.state_label, view.amount, view.message)
}
