//! The rooms of auditors: search, an entry with its proof, export, checkpoints.

use std::io;

use warifu_server::domain::staff::{Role, Roles};
use warifu_server::pages::layout::ErrorNote;
use warifu_server::staff::views::{
    CheckpointLine, CheckpointsPage, EntryPage, ExportPage, LogLine, LogPage, Opened, Proven, Query,
};
use warifu_shared::error::ErrorCode;
use warifu_shared::log::Entry;
use warifu_shared::log::entry::Words;

use super::super::{Folder, NOW};
use super::{frame, who};

const AUDITOR: &[Role] = &[Role::Auditor];
const ENTRY: &str = "au_01jd7r9x23Vq0mA8cS2mX6kQbJd1r";

pub fn all(to: &Folder) -> io::Result<()> {
    search(to)?;
    entries(to)?;
    export(to)?;
    checkpoints(to)
}

fn query() -> Query {
    Query {
        account: "ac_sample".to_owned(),
        action: "challenge.deny".to_owned(),
        from: "2026-11-20T09:00".to_owned(),
        to: "2026-11-22T18:00".to_owned(),
        ..Query::default()
    }
}

fn line(to: &Folder, position: Option<u64>) -> LogLine {
    LogLine {
        url: format!("/log/entries/{ENTRY}"),
        position,
        at: Some(NOW.plus_secs(-3_000)),
        what: to.pick("承認が断られました", "An approval was refused"),
        action: "challenge.deny".to_owned(),
        outcome: Some(to.pick("私ではありません", "This is not me")),
        by: to.pick("端末", "a device"),
        whom: "••••011".to_owned(),
    }
}

fn search(to: &Folder) -> io::Result<()> {
    let begin = |query| LogPage {
        size: 1_048_576,
        kept: (3_650, 365),
        ..LogPage::new(frame(to, "/log"), who(to, AUDITOR), query)
    };
    let pruned = LogLine {
        at: None,
        what: String::new(),
        outcome: None,
        action: String::new(),
        by: String::new(),
        whom: String::new(),
        ..line(to, Some(17))
    };
    let full = LogPage {
        lines: vec![line(to, None), line(to, Some(1_048_511)), pruned],
        older: Some(format!("/log?before={ENTRY}")),
        ..begin(Query::default())
    };
    let asked = LogPage {
        account: "••••011".to_owned(),
        lines: vec![line(to, Some(1_048_511))],
        cut: true,
        older: Some(format!("/log?before={ENTRY}")),
        ..begin(query())
    };
    let refused = LogPage {
        error: Some(ErrorNote::of(ErrorCode::LogTimeUnfit)),
        ..begin(query())
    };
    to.put("staff_log", &full)?;
    to.put("staff_log_asked", &asked)?;
    to.put("staff_log_nothing", &begin(query()))?;
    to.put("staff_log_refused", &refused)
}

fn proven() -> Proven {
    Proven {
            position: 1_048_511,
            hash: [7; 32],
            proof: vec![[1; 32], [2; 32], [3; 32]],
            checkpoint: "auth.hinode.example/audit\n1048576\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— auth.hinode.example/audit Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n".to_owned(),
            size: 1_048_576,
            holds: true,
        }
}

fn entries(to: &Folder) -> io::Result<()> {
    let words = Words {
        actor: "staff:sf_0000000000000000000001",
        subject: "ac_sample",
        action: "staff.device_removed",
        outcome: "ok",
        object: "dv_0000000000000000000001",
        request: "rq_8f2K0mA8cS2mX6kQ",
    };
    let entry = Entry::new(ENTRY, NOW.plus_secs(-3_000), words, &"d".repeat(43), "-");
    let json = String::from_utf8(entry.encode().map_err(io::Error::other)?).map_err(io::Error::other)?;
    let begin = || {
        EntryPage::new(
            frame(to, "/log/entries/au_sample"),
            who(to, AUDITOR),
            ENTRY.to_owned(),
        )
    };
    let full = || EntryPage {
        roles: Roles::of(AUDITOR),
        entry: Some(entry.clone()),
        what: to.pick("社員が端末を解除しました", "Staff removed a device"),
        outcome: Some(to.pick("完了", "Done")),
        by: to.pick("森 春", "Haru Mori"),
        whom: "••••011".to_owned(),
        json: json.clone(),
        proven: Some(proven()),
        record: r#"{"reason":"お客さまから電話がありました。","before":"active","after":"revoked"}"#
            .to_owned(),
        has_details: true,
        ..begin()
    };
    let opened = EntryPage {
        opened: Some(Opened {
            address: "203.0.113.9".to_owned(),
            place: to.pick("東京都", "Tokyo"),
            browser: "Firefox 145 / Windows".to_owned(),
            fits: true,
        }),
        ..full()
    };
    let new = EntryPage {
        proven: None,
        has_details: false,
        ..full()
    };
    let changed = EntryPage {
        changed: true,
        proven: full().proven.map(|it| Proven { holds: false, ..it }),
        ..full()
    };
    let pruned = EntryPage {
        proven: full().proven,
        ..begin()
    };
    to.put("staff_entry", &full())?;
    to.put("staff_entry_opened", &opened)?;
    to.put("staff_entry_new", &new)?;
    to.put("staff_entry_changed", &changed)?;
    to.put("staff_entry_pruned", &pruned)
}

fn export(to: &Folder) -> io::Result<()> {
    let begin = |query| ExportPage {
        keys: "https://auth.hinode.example/.well-known/warifu-keys".to_owned(),
        ..ExportPage::new(frame(to, "/log/export"), who(to, AUDITOR), query)
    };
    let asked = ExportPage {
        account: "••••011".to_owned(),
        table: true,
        error: Some(ErrorNote::of(ErrorCode::StaffReasonMissing)),
        ..begin(query())
    };
    let one = ExportPage {
        entry: ENTRY.to_owned(),
        ..begin(Query::default())
    };
    to.put("staff_export", &begin(Query::default()))?;
    to.put("staff_export_refused", &asked)?;
    to.put("staff_export_entry", &one)
}

fn checkpoints(to: &Folder) -> io::Result<()> {
    let line = |n: u64| CheckpointLine {
        size: 1_048_576 - 1000 * n,
        at: NOW.plus_secs(-3_600 * n as i64),
    };
    for (name, lines) in [
        ("staff_checkpoints", (0..8).map(line).collect()),
        ("staff_checkpoints_none", Vec::new()),
    ] {
        let view = CheckpointsPage {
            frame: frame(to, "/log/checkpoints"),
            who: who(to, AUDITOR),
            older: (name == "staff_checkpoints").then_some(1_040_576),
            lines,
            keys: "https://auth.hinode.example/.well-known/warifu-keys".to_owned(),
        };
        to.put(name, &view)?;
    }
    Ok(())
}
