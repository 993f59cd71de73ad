//! What the room with the charts shows.

use askama::Template;
use warifu_shared::clock::Timestamp;

use super::{CaseLine, Chart, ReasonLine, Who};
use crate::domain::activity::Range;
use crate::pages::layout::Frame;

/// A number in a box.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Its name in the locales.
    pub key: &'static str,
    /// The number in words.
    pub value: String,
    /// Whether it deserves a look.
    pub unusual: bool,
}

impl Tile {
    /// A number.
    #[must_use]
    pub const fn new(key: &'static str, value: String, unusual: bool) -> Self {
        Self { key, value, unusual }
    }
}

/// `GET /watch`.
#[derive(Template)]
#[template(path = "staff/watch.html")]
pub struct WatchPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The time that is shown.
    pub range: Range,
    /// When it was read.
    pub now: Timestamp,
    /// Numbers of now and rates of the time.
    pub tiles: Vec<Tile>,
    /// The newest signals; none for whoever may not see cases.
    pub feed: Option<Vec<FeedLine>>,
    /// The charts.
    pub charts: Vec<Chart>,
}

/// A signal in the feed, and its case.
#[derive(Debug, Clone)]
pub struct FeedLine {
    /// The case.
    pub case: CaseLine,
    /// The signal.
    pub reason: ReasonLine,
}

impl WatchPage {
    /// Each range: its address, its words, whether it is this one.
    #[must_use]
    pub fn ranges(&self) -> Vec<(String, String, bool)> {
        Range::ALL
            .into_iter()
            .map(|range| {
                (
                    format!("/watch?range={}", range.name()),
                    self.frame.t(&format!("st_watch.range_{}", range.name())),
                    range == self.range,
                )
            })
            .collect()
    }

    /// The steps of a table, newest first: only those in which anything was counted.
    #[must_use]
    pub fn rows(&self, chart: &Chart) -> Vec<usize> {
        let mut steps: Vec<usize> = (0..chart.times.len())
            .filter(|step| chart.sum(*step) > 0)
            .collect();
        steps.reverse();
        steps
    }
}
