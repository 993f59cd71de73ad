//! The commands.

use std::time::Duration;

use warifu_device_core::{
    ChallengeCard, CoreError, DeviceCore, EnrolInput, LinkTarget, LocalCode, NumberInput, ServiceState,
};

use crate::args::{ApproveArgs, Command, EnrolArgs};
use crate::output::Output;
use crate::{notices, prompt, watch, withdrawals};

/// Runs one command.
pub async fn run(core: &DeviceCore, command: Command, output: &Output) -> Result<(), CoreError> {
    match command {
        Command::Enrol(args) => enrol(core, args, output).await,
        Command::List => {
            let asked = core.refresh().await;
            output.list(&core.view().challenges);
            asked
        }
        Command::Show { id } => {
            let handle = find(core, Some(&id)).await?;
            output.challenge(&core.challenge(&handle)?);
            Ok(())
        }
        Command::Approve(args) => approve(core, args, output).await,
        Command::Deny { id, reason } => {
            let handle = find(core, id.as_deref()).await?;
            output.result(&core.deny(&handle, reason.into()).await?);
            Ok(())
        }
        Command::Watch { once, poll } => watch::run(core, once, Duration::from_secs(poll), output).await,
        Command::Withdrawals { service, all } => withdrawals::list(core, service, all, output).await,
        Command::Recall { id, service } => withdrawals::recall(core, service, &id, output).await,
        Command::Notices { service } => notices::list(core, service, output).await,
        Command::Veto { id, service } => notices::veto(core, service, &id, output).await,
        Command::ResetPassword { service, pin_stdin } => {
            reset_password(core, service, pin_stdin, output).await
        }
        Command::Receipt { id, out, service } => withdrawals::receipt(core, service, &id, &out, output).await,
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

async fn enrol(core: &DeviceCore, args: EnrolArgs, output: &Output) -> Result<(), CoreError> {
    let input = match args.link {
        Some(text) => EnrolInput::Link { text },
        None => EnrolInput::Typed {
            server: args.server.unwrap_or_default(),
            account_number: args.account.unwrap_or_default(),
            code: args.code.unwrap_or_default(),
        },
    };
    let preview = core.begin_enrolment(input).await?;
    output.preview(&preview);
    let (pin, again) = prompt::new_pin(output.language());
    let fingerprint = core.finish_enrolment(&pin, &again, &args.name).await?;
    output.fingerprint(&fingerprint);
    if !args.wait {
        return Ok(());
    }
    loop {
        core.poll().await?;
        let view = core.view();
        let waits = |state: ServiceState| state == ServiceState::Pending;
        let mut services = view.services.iter();
        if !services.any(|service| service.handle == fingerprint.service && waits(service.state)) {
            output.status(&view);
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn approve(core: &DeviceCore, args: ApproveArgs, output: &Output) -> Result<(), CoreError> {
    let (handle, number) = match (args.link, args.scan, args.number) {
        (Some(link), ..) => (open_link(core, &link).await?, NumberInput::Link),
        (None, Some(text), _) => (find(core, args.id.as_deref()).await?, NumberInput::Scanned(text)),
        (None, None, number) => {
            let number = NumberInput::Typed(number.unwrap_or_default());
            (find(core, args.id.as_deref()).await?, number)
        }
    };
    let pin = read_pin(args.pin_stdin, output);
    output.result(&core.approve(&handle, &number, &pin).await?);
    Ok(())
}

async fn reset_password(
    core: &DeviceCore,
    service: Option<String>,
    pin_stdin: bool,
    output: &Output,
) -> Result<(), CoreError> {
    let service = withdrawals::one_service(core, service)?;
    let pin = read_pin(pin_stdin, output);
    // What the request says of its time is by the service's clock, which the first answer tells (APPR-11).
    core.refresh().await?;
    let given = core.reset_password(&service, &pin).await?;
    let words = format!(
        "{}\n\n  {}\n\n{}\n{}",
        given.service, given.code, given.until, given.message
    );
    output.print(&given, &words);
    Ok(())
}

fn read_pin(from_stdin: bool, output: &Output) -> String {
    if from_stdin {
        prompt::line()
    } else {
        prompt::pin(output.language())
    }
}

/// Asks the servers; the one open request whose id begins so. A failure elsewhere matters only when it is not found.
async fn find(core: &DeviceCore, id: Option<&str>) -> Result<String, CoreError> {
    let asked = core.refresh().await;
    let cards: Vec<ChallengeCard> = core.view().challenges;
    let mut found = cards
        .into_iter()
        .filter(|card| id.is_none_or(|id| card.handle.starts_with(id)));
    match (found.next(), found.next()) {
        (Some(card), None) => Ok(card.handle),
        (Some(_), Some(_)) => Err(LocalCode::SeveralOpen.into()),
        _ => asked.and(Err(LocalCode::RequestGone.into())),
    }
}

async fn open_link(core: &DeviceCore, link: &str) -> Result<String, CoreError> {
    match core.open_link(link).await? {
        LinkTarget::Challenge { handle, .. } => Ok(handle),
        LinkTarget::Enrol { .. } => {
            core.cancel_enrolment();
            Err(LocalCode::LinkUnreadable.into())
        }
    }
}
