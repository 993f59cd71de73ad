//! Imports: the list, a file to bring, a file that was checked or is being opened, the questions before each deed.

use std::io;

use warifu_server::domain::customer_file::Problem;
use warifu_server::pages::layout::ErrorNote;
use warifu_server::staff::views::imports::{
    ImportAskPage, ImportLine, ImportPage, ImportsPage, LettersAsked, UploadPage,
};
use warifu_server::store::imports::rows::Wrong;
use warifu_server::store::imports::{Import, State};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

use super::super::{Folder, NOW};
use super::customers::broken;
use super::{EVERYTHING, frame, who};

fn import(state: State) -> io::Result<Import> {
    let opened = matches!(state, State::Opening | State::Done);
    Ok(Import {
        id: "im_0000000000000000000001".parse().map_err(|_| broken())?,
        state,
        file_name: "customers-of-the-shinjuku-branch-2026-11.csv".to_owned(),
        file_hash: "d".repeat(43),
        characters: "Shift_JIS".to_owned(),
        bytes: 9_000_000,
        bytes_read: 9_000_000,
        lines_read: 100_001,
        rows_read: 100_000,
        rows_good: 99_997,
        rows_bad: 3,
        opened: if opened { 42_000 } else { 0 },
        failed: 0,
        uploaded_by: "sf_0000000000000000000001".parse().map_err(|_| broken())?,
        proposed_by: opened.then(|| "sf_0000000000000000000001".to_owned()),
        approved_by: opened.then(|| "sf_0000000000000000000002".to_owned()),
        letters_by: None,
        letters_asked_at: Timestamp(0),
        letters_until: Timestamp(0),
        created_at: NOW.plus_secs(-9_000),
        changed_at: NOW.plus_secs(-60),
    })
}

pub fn all(to: &Folder) -> io::Result<()> {
    list(to)?;
    for (name, error) in [
        ("staff_import_new", None),
        (
            "staff_import_new_refused",
            Some(ErrorNote::of(ErrorCode::TooManyRequests)),
        ),
    ] {
        let view = UploadPage {
            frame: frame(to, "/imports/new"),
            who: who(to, EVERYTHING),
            error,
        };
        to.put(name, &view)?;
    }
    one(to, "staff_import", State::Checked, vec!["propose", "cancel"])?;
    one(to, "staff_import_opening", State::Opening, vec!["pause"])?;
    one(to, "staff_import_done", State::Done, vec!["ask_letters"])?;
    for deed in [
        "propose",
        "approve",
        "refuse",
        "pause",
        "resume",
        "cancel",
        "ask_letters",
        "allow_letters",
        "letters",
    ] {
        ask(to, deed)?;
    }
    Ok(())
}

fn list(to: &Folder) -> io::Result<()> {
    let some = [State::Checking, State::Proposed, State::Done]
        .into_iter()
        .map(|state| Ok(ImportLine::of(&import(state)?)))
        .collect::<io::Result<Vec<_>>>()?;
    for (name, lines) in [("staff_imports", some), ("staff_imports_none", Vec::new())] {
        let view = ImportsPage {
            frame: frame(to, "/imports"),
            who: who(to, EVERYTHING),
            older: (!lines.is_empty()).then(|| "im_sample".to_owned()),
            lines,
            can_import: true,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn one(to: &Folder, name: &str, state: State, deeds: Vec<&'static str>) -> io::Result<()> {
    let wrong = |line, problem| Wrong {
        line,
        problem,
        other_line: None,
    };
    let view = ImportPage {
        frame: frame(to, "/imports/im_sample"),
        who: who(to, EVERYTHING),
        it: import(state)?,
        wrong: vec![wrong(17, Problem::Columns), wrong(512, Problem::NumberUnfit)],
        letters: 0,
        people: vec![to.pick("森 春", "Haru Mori"), String::new(), String::new()],
        deeds,
        can_collect: state == State::Done,
    };
    to.put(name, &view)
}

fn ask(to: &Folder, deed: &str) -> io::Result<()> {
    let view = ImportAskPage {
        frame: frame(to, "/imports/im_sample/ask"),
        who: who(to, EVERYTHING),
        url: format!("/imports/im_sample/{deed}"),
        deed: deed.to_owned(),
        it: import(State::Checked)?,
        reason: String::new(),
        letters: (deed == "letters").then(|| LettersAsked {
            from: "1".to_owned(),
            to: "500".to_owned(),
            table: false,
        }),
        error: None,
    };
    to.put(&format!("staff_import_ask_{deed}"), &view)
}
