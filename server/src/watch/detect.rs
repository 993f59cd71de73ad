//! From entries to signals and cases: what one entry or several mean, and which accounts one address was used for (decision 39).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{EntryId, RequestId};
use warifu_shared::log::Entry;

use crate::app::App;
use crate::audit::{self, Details, Event};
use crate::config::WatchRules;
use crate::domain::context::client_prefix;
use crate::domain::signal::{Cue, Signal, WINDOW_SECS, counts, cue};
use crate::store::cases::{self, Finding, Mark};
use crate::store::signals::{self, Stretch};
use crate::store::{Conn, StoreError};

/// What a round found, before it is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    findings: Vec<Finding>,
    marks: Vec<(Mark, Timestamp)>,
    /// The last entry from each address.
    last: BTreeMap<String, (String, Timestamp)>,
}

/// Reads what the entries mean. `from` and `to` are their positions.
pub(super) async fn find(
    c: &mut Conn,
    app: &App,
    entries: &[Entry],
    staff: &HashSet<String>,
    (from, to): (u64, u64),
) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let new_devices = new_devices(c, app, entries).await?;
    let mut grouped: BTreeMap<(String, Signal), Finding> = BTreeMap::new();
    for entry in entries.iter().filter(|it| !staff.contains(&it.subject)) {
        let is_account = entry.subject.starts_with(warifu_shared::ids::AccountId::PREFIX);
        let Some(asked) = cue(entry, &app.config.watch).filter(|_| is_account) else {
            continue;
        };
        let key = |signal| (entry.subject.clone(), signal);
        let known = |signal| grouped.contains_key(&key(signal));
        if let Some((signal, begins)) = weigh(c, entry, &asked, known, &new_devices).await? {
            let new = || Finding {
                account: Some(entry.subject.clone()),
                slot: entry.subject.clone(),
                signal,
                begins,
                adds: 0,
                at: (entry.at, entry.at),
                entries: (entry.id.clone(), entry.id.clone()),
            };
            let it = grouped.entry(key(signal)).or_insert_with(new);
            it.begins += i64::from(it.adds > 0);
            it.adds += 1;
            it.at = (it.at.0.min(entry.at), it.at.1.max(entry.at));
            it.entries.1.clone_from(&entry.id);
        }
    }
    found.findings = grouped.into_values().collect();
    if entries.iter().any(|it| it.action == PASSWORD) {
        mark(c, app, entries, staff, (from, to), &mut found).await?;
    }
    Ok(found)
}

/// Whether a cue holds, and how often it counts when it is new. What holds once in a round is not looked up again.
async fn weigh(
    c: &mut Conn,
    entry: &Entry,
    asked: &Cue,
    known: impl Fn(Signal) -> bool,
    new_devices: &HashSet<Stretch>,
) -> Result<Option<(Signal, i64)>, StoreError> {
    Ok(match asked {
        Cue::Alone(signal) => Some((*signal, 1)),
        Cue::Denied(signal) => {
            let test = signals::is_test(c, &entry.object).await?;
            (!test).then_some((*signal, 1))
        }
        Cue::Many { signal, .. } if known(*signal) => Some((*signal, 1)),
        Cue::Many {
            signal,
            counted,
            least,
        } => {
            let (subject, from, end) = stretch(entry, WINDOW_SECS);
            let earlier = signals::earlier(c, &subject, (&from, &end), LOOKED_AT).await?;
            let fits = earlier.iter().filter_map(|it| Entry::read(it).ok());
            let n = fits.filter(|it| counts(counted, &it.action, &it.outcome)).count() as i64;
            (n >= *least).then_some((*signal, n))
        }
        Cue::NewDevice(signal, hours) => {
            let new = new_devices.contains(&stretch(entry, hours * 3600));
            (*hours > 0 && new).then_some((*signal, 1))
        }
    })
}

/// The account of an entry, from so many seconds before it until it happened. Ids of one millisecond are in no order: all of them
/// belong to it.
fn stretch(entry: &Entry, secs: i64) -> Stretch {
    let from = EntryId::from_moment(entry.at.plus_secs(-secs));
    let end = EntryId::from_moment(Timestamp(entry.at.0 + 1));
    (entry.subject.clone(), from, end)
}

/// Where entries ask for a new device, and there is one: a withdrawal asks each time, so all are looked up at once.
async fn new_devices(c: &mut Conn, app: &App, entries: &[Entry]) -> Result<HashSet<Stretch>, StoreError> {
    let asking = entries.iter().filter_map(|it| match cue(it, &app.config.watch)? {
        Cue::NewDevice(_, hours) if hours > 0 => Some(stretch(it, hours * 3600)),
        _ => None,
    });
    let asking: Vec<Stretch> = asking.collect();
    signals::are_there(c, "device.confirmed", &asking).await
}

/// Notes which accounts were tried from which address. Only a keyed hash of it is kept (RISK-09).
async fn mark(
    c: &mut Conn,
    app: &App,
    entries: &[Entry],
    staff: &HashSet<String>,
    (from, to): (u64, u64),
    found: &mut Found,
) -> Result<(), StoreError> {
    let details = signals::details(c, PASSWORD, from, to).await?;
    let mut marks: BTreeMap<Mark, Timestamp> = BTreeMap::new();
    for entry in entries {
        let customer = entry.subject.starts_with(warifu_shared::ids::AccountId::PREFIX)
            && !staff.contains(&entry.subject);
        let Some(address) = details
            .get(&entry.id)
            .and_then(|it| address_of(it))
            .filter(|_| customer)
        else {
            continue;
        };
        let key = &app.secrets.csrf_key;
        let address = key.mac("watch.address", &[client_prefix(address).as_bytes()]);
        let last = (entry.id.clone(), entry.at);
        found.last.insert(address.clone(), last);
        let mark = Mark {
            address,
            failed: entry.outcome != "ok",
            account: entry.subject.clone(),
        };
        let at = marks.entry(mark).or_insert(entry.at);
        *at = entry.at.max(*at);
    }
    found.marks = marks.into_iter().collect();
    Ok(())
}

fn address_of(details: &str) -> Option<IpAddr> {
    let details: serde_json::Value = serde_json::from_str(details).ok()?;
    details.get("address")?.as_str()?.parse().ok()
}

/// Writes what was found, in the transaction that moves the cursor.
pub(super) async fn write(
    c: &mut Conn,
    found: &Found,
    rules: &WatchRules,
    now: Timestamp,
) -> Result<(), StoreError> {
    cases::mark(c, &found.marks).await?;
    for finding in &found.findings {
        let case = put(c, finding, now).await?;
        let since = finding.at.1.plus_secs(-WINDOW_SECS);
        cases::list_neighbours(c, &case, &finding.slot, since).await?;
    }
    let addresses: BTreeSet<&str> = found.marks.iter().map(|(it, _)| it.address.as_str()).collect();
    for address in addresses {
        if let Some((entry, at)) = found.last.get(address) {
            many_accounts(c, address, (entry, *at), rules, now).await?;
        }
    }
    Ok(())
}

async fn many_accounts(
    c: &mut Conn,
    address: &str,
    (entry, at): (&str, Timestamp),
    rules: &WatchRules,
    now: Timestamp,
) -> Result<(), StoreError> {
    let since = at.plus_secs(-WINDOW_SECS);
    let failed = cases::accounts_from(c, address, true, since, rules.accounts).await?;
    let tried = cases::accounts_from(c, address, false, since, rules.accounts).await?;
    if failed < rules.failed_accounts && tried < rules.accounts {
        return Ok(());
    }
    let finding = Finding {
        account: None,
        slot: format!("address:{address}"),
        signal: Signal::ManyAccounts,
        begins: 1,
        adds: 1,
        at: (at, at),
        entries: (entry.to_owned(), entry.to_owned()),
    };
    let case = put(c, &finding, now).await?;
    cases::list_accounts(c, &case, address, since).await
}

/// Puts a finding into its case. A new case is an entry of the log: about itself, so that no customer's history tells of it.
async fn put(
    c: &mut Conn,
    finding: &Finding,
    now: Timestamp,
) -> Result<warifu_shared::ids::CaseId, StoreError> {
    let (case, new) = cases::put(c, finding, now).await?;
    if new {
        let event = Event {
            action: "case.opened",
            actor: "server",
            subject: case.as_str(),
            outcome: finding.signal.name(),
            object: finding.account.as_deref().unwrap_or("-"),
            request: &RequestId::random(),
            details: Details::default(),
        };
        audit::write(c, &event, now).await?;
    }
    Ok(case)
}

const PASSWORD: &str = "login.password";
/// Entries of one account that are looked back at.
const LOOKED_AT: i64 = 300;
