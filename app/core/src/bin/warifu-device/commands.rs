//! The commands.

use std::time::Duration;

use warifu_device_core::{
    ChallengeCard, CoreError, DeviceCore, EnrolInput, LinkTarget, LocalCode, NumberInput, ServiceState,
};

use crate::args::Command;
use crate::output::Output;
use crate::{prompt, watch};

/// Runs one command.
pub async fn run(core: &DeviceCore, command: Command, output: &Output) -> Result<(), CoreError> {
    match command {
        Command::Enrol {
            link,
            server,
            account,
            code,
            name,
            wait,
        } => {
            let input = match link {
                Some(text) => EnrolInput::Link { text },
                None => EnrolInput::Typed {
                    server: server.unwrap_or_default(),
                    account_number: account.unwrap_or_default(),
                    code: code.unwrap_or_default(),
                },
            };
            enrol(core, input, &name, wait, output).await
        }
        Command::List => {
            core.refresh().await?;
            output.list(&core.view().challenges);
            Ok(())
        }
        Command::Show { id } => {
            core.refresh().await?;
            let handle = find(core, Some(&id))?;
            output.challenge(&core.challenge(&handle)?);
            Ok(())
        }
        Command::Approve {
            id,
            number,
            scan,
            link,
            pin_stdin,
        } => {
            let (handle, number) = match link {
                Some(link) => (open_link(core, &link).await?, NumberInput::Link),
                None => {
                    core.refresh().await?;
                    let scanned = scan.map(NumberInput::Scanned);
                    (
                        find(core, id.as_deref())?,
                        scanned.unwrap_or(NumberInput::Typed(number.unwrap_or_default())),
                    )
                }
            };
            let pin = if pin_stdin {
                prompt::line()
            } else {
                prompt::pin(output.language())
            };
            output.result(&core.approve(&handle, &number, &pin).await?);
            Ok(())
        }
        Command::Deny { id, reason } => {
            core.refresh().await?;
            let handle = find(core, id.as_deref())?;
            output.result(&core.deny(&handle, reason.into()).await?);
            Ok(())
        }
        Command::Watch { once, poll } => watch::run(core, once, Duration::from_secs(poll), output).await,
        Command::Status => {
            let asked = core.refresh().await;
            output.status(&core.view());
            asked
        }
        Command::Rename { service, name } => {
            core.rename(&service, &name).await?;
            output.status(&core.view());
            Ok(())
        }
        Command::Remove { service } => {
            let removed = core.remove_service(&service).await?;
            output.print(&removed, &removed.message);
            Ok(())
        }
    }
}

async fn enrol(
    core: &DeviceCore,
    input: EnrolInput,
    name: &str,
    wait: bool,
    output: &Output,
) -> Result<(), CoreError> {
    let preview = core.begin_enrolment(input).await?;
    output.preview(&preview);
    let (pin, again) = prompt::new_pin(output.language());
    let fingerprint = core.finish_enrolment(&pin, &again, name).await?;
    output.fingerprint(&fingerprint);
    while wait {
        core.poll().await?;
        let view = core.view();
        let pending = view
            .services
            .iter()
            .any(|service| service.handle == fingerprint.service && service.state == ServiceState::Pending);
        if !pending {
            output.status(&view);
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// The one open request whose id begins so.
fn find(core: &DeviceCore, id: Option<&str>) -> Result<String, CoreError> {
    let cards: Vec<ChallengeCard> = core.view().challenges;
    let mut found = cards
        .into_iter()
        .filter(|card| id.is_none_or(|id| card.handle.starts_with(id)));
    match (found.next(), found.next()) {
        (Some(card), None) => Ok(card.handle),
        _ => Err(LocalCode::RequestGone.into()),
    }
}

async fn open_link(core: &DeviceCore, link: &str) -> Result<String, CoreError> {
    core.refresh().await?;
    match core.open_link(link).await? {
        LinkTarget::Challenge { handle, .. } => Ok(handle),
        LinkTarget::Enrol { .. } => {
            core.cancel_enrolment();
            Err(LocalCode::LinkUnreadable.into())
        }
    }
}
