//! At the counter and on paper: the code for a customer's device, the comparison, the end; letters; withdrawals that wait.

use std::io;

use warifu_server::staff::views::{CodePage, ComparePage, EnrolledPage, HeldLine, HeldPage, LetterPage};

use super::super::{Folder, NOW};
use super::{CUSTOMER, EVERYTHING, OPERATOR, customers, frame, who};

const DEVICE: &str = "/proposals/pr_sample/device";

pub fn all(to: &Folder) -> io::Result<()> {
    counter(to)?;
    letter(to, "staff_letter_recovery", true)?;
    letter(to, "staff_letter_activation", false)?;
    held(to)
}

fn counter(to: &Folder) -> io::Result<()> {
    let code = CodePage {
        frame: frame(to, DEVICE),
        who: who(to, OPERATOR),
        url: DEVICE.to_owned(),
        customer: CUSTOMER.to_owned(),
        app_link: "warifu://enrol?o=https%3A%2F%2Fauth.hinode.example&c=7K2M9QXD4TVB8RHA".to_owned(),
        server_origin: "https://auth.hinode.example".to_owned(),
        short_code: "7K2M-9QXD-4TVB".to_owned(),
        created_at: NOW.plus_secs(-40),
        expires_at: NOW.plus_secs(560),
        now: NOW,
    };
    to.put("staff_enrol", &code)?;
    let compare = ComparePage {
        frame: frame(to, DEVICE),
        who: who(to, OPERATOR),
        url: DEVICE.to_owned(),
        fingerprint: "021619".to_owned(),
        device_name: to.pick(
            "とても長い名前をつけたリビングのノートパソコン",
            "The laptop in the living room with a very long name",
        ),
        model: "Pixel 8 / Android 16".to_owned(),
        expires_at: NOW.plus_secs(280),
        now: NOW,
    };
    to.put("staff_compare", &compare)?;
    let enrolled = EnrolledPage {
        frame: frame(to, DEVICE),
        who: who(to, OPERATOR),
        customer: CUSTOMER.to_owned(),
        device_name: to.pick("スマートフォン", "Phone"),
        cool_off_until: Some(NOW.plus_secs(86_400)),
    };
    to.put("staff_enrolled", &enrolled)
}

fn letter(to: &Folder, name: &str, recovery: bool) -> io::Result<()> {
    let view = LetterPage {
        frame: frame(to, "/proposals/pr_sample/letter"),
        letter: frame(to, "/proposals/pr_sample/letter"),
        who: who(to, OPERATOR),
        recovery,
        name: to.pick("高橋 健一", "Kenichi Takahashi"),
        number: if recovery { "••••011" } else { "1002011" }.to_owned(),
        code: "7K2M-9QXD-4TVB-8RHA".to_owned().into(),
        starts_at: recovery.then(|| NOW.plus_secs(86_400)),
        expires_at: NOW.plus_secs(1_209_600),
        made_at: NOW,
        site: "https://auth.hinode.example/recover".to_owned(),
        phone: "0120-000-000".to_owned(),
        customer: CUSTOMER.to_owned(),
    };
    to.put(name, &view)
}

fn held(to: &Folder) -> io::Result<()> {
    let found = customers::line(to)?;
    let line = |second: bool, proposal: Option<&str>, why| HeldLine {
        customer: CUSTOMER.to_owned(),
        number: found.number.clone(),
        name: found.name.clone(),
        reference: "W-261122-7KQ2MX9A".to_owned(),
        second,
        approved_at: Some(NOW.plus_secs(-7_000)),
        until: Some(NOW.plus_secs(79_400)),
        why,
        release: format!("{CUSTOMER}/withdrawals/wd_sample/release"),
        proposal: proposal.map(str::to_owned),
        locked: false,
    };
    let lines = vec![
        line(true, None, vec!["st_held.why_second"]),
        line(
            false,
            Some("/proposals/pr_sample"),
            vec!["st_held.why_account", "st_held.why_amount"],
        ),
        HeldLine {
            locked: true,
            ..line(false, None, vec!["st_held.why_locked"])
        },
    ];
    for (name, lines, first) in [
        ("staff_held", lines, true),
        ("staff_held_none", Vec::new(), true),
        ("staff_held_no_more", Vec::new(), false),
    ] {
        let view = HeldPage {
            frame: frame(to, "/held"),
            who: who(to, EVERYTHING),
            next: None,
            lines,
            first,
        };
        to.put(name, &view)?;
    }
    Ok(())
}
