//! The room with the charts: a busy day with an attack, and a server that has just been set up.

use std::io;

use warifu_server::domain::activity::{Band, Range};
use warifu_server::staff::views::{Chart, Series, Tile, WatchPage};
use warifu_shared::clock::Timestamp;

use super::super::{Folder, NOW};
use super::{OPERATOR, cases, frame, who};

pub fn all(to: &Folder) -> io::Result<()> {
    for (name, range, busy) in [
        ("staff_watch", Range::Day, true),
        ("staff_watch_month", Range::Month, true),
        ("staff_watch_empty", Range::Hours, false),
    ] {
        let frame = frame(to, "/watch");
        let value = |full: &str| if busy { full } else { "0" }.to_owned();
        let tiles = vec![
            Tile::new("st_watch.asked", value("4,812"), false),
            Tile::new("st_watch.answered", value("93.1%"), false),
            Tile::new("st_watch.refused", value("0.4%"), busy),
            Tile::new("st_watch.answer_median", value("14"), false),
            Tile::new("st_watch.locked", value("37"), busy),
            Tile::new("st_watch.pushes_failing", value("1000"), busy),
        ];
        let view = WatchPage {
            charts: charts(to, range, busy),
            frame,
            who: who(to, OPERATOR),
            range,
            now: NOW,
            tiles,
            feed: Some(if busy { cases::feed(to)? } else { Vec::new() }),
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn charts(to: &Folder, range: Range, busy: bool) -> Vec<Chart> {
    let frame = frame(to, "/watch");
    let steps = range.steps();
    let at = |step: usize| Timestamp(range.begin(NOW) + step as i64 * range.step_ms());
    let values = |height: i64| -> Vec<i64> {
        let wave = |step: usize| height + (step as i64 * 7) % (height + 1);
        let attack = |step: usize| if step + 6 > steps { height * 4 } else { 0 };
        (0..steps)
            .map(|step| if busy { wave(step) + attack(step) } else { 0 })
            .collect()
    };
    let series = |kind: &str, tone, height| Series {
        label: frame.t(&format!("activity.{kind}")),
        tone,
        values: values(height),
    };
    let chart = |title: &str, series, wide, usual| Chart {
        title: frame.t(title),
        series,
        times: (0..steps).map(|step| frame.date_time(&at(step))).collect(),
        marks: (0..4)
            .map(|part| part * steps / 4)
            .map(|step| (step, frame.time_of_day(&at(step))))
            .collect(),
        usual: vec![usual; steps],
        wide,
    };
    let band = busy.then_some(Band { usual: 9, high: 26 });
    vec![
        chart(
            "st_watch.logins",
            vec![series("login_app", "a", 40), series("login_code", "b", 9)],
            true,
            None,
        ),
        chart(
            "st_watch.failures",
            vec![series("password_wrong", "d", 8)],
            false,
            band,
        ),
    ]
}
