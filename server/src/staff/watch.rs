//! `/watch`: what goes on at the customers' side, in charts that are tables too (S4, S11). Numbers
//! only, no customer; whoever may see cases also sees the newest signals.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::ChallengeId;

use super::cases::list::lines;
use super::gate::At;
use super::views::{Chart, FeedLine, ReasonLine, Series, Tile, WatchPage};
use crate::app::App;
use crate::domain::activity::{Band, Kind, Range, median};
use crate::domain::staff::Act;
use crate::operations::Refusal;
use crate::pages::error::PageError;
use crate::pages::layout::{Frame, page};
use crate::pages::text;
use crate::relay::Relay;
use crate::store::activity::{self, Count, MOST, Standing};
use crate::store::case_list;

/// Which time.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    range: String,
}

/// Shows it.
pub async fn get(State(app): State<App>, at: At, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    let range = Range::read(&asked.range);
    let read = read(&app, range)
        .await
        .map_err(|refusal| at.refuse(&app, refusal))?;
    let frame = at.frame(&app);
    let charts = charts(&frame, range, &read);
    let feed = feed(&app, &at).await;
    let feed = feed.map_err(|refusal| at.refuse(&app, refusal))?;
    let view = WatchPage {
        now: app.now(),
        tiles: tiles(&frame, &read),
        feed,
        frame,
        who: at.who(),
        range,
        charts,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The newest signals, for whoever may see cases: these concern customers, the numbers do not.
async fn feed(app: &App, at: &At) -> Result<Option<Vec<FeedLine>>, Refusal> {
    if !at.member().roles.may(Act::SeeCases) {
        return Ok(None);
    }
    let mut c = app.store.read().await?;
    let mut feed = Vec::new();
    for reason in case_list::newest(&mut c, NEWEST).await? {
        let found = case_list::by_id(&mut c, &reason.case).await?;
        let case = lines(&mut c, found.into_iter().collect()).await?.pop();
        feed.extend(case.map(|case| FeedLine {
            case,
            reason: ReasonLine(reason),
        }));
    }
    Ok(Some(feed))
}

struct Read {
    begin: i64,
    /// Steps of the range, and of as many as four weeks before it at the same time of the week: the newest first.
    weeks: Vec<Vec<Count>>,
    standing: Standing,
    /// Open cases, in the order of the levels.
    cases: [i64; 3],
    /// The newest answers, in milliseconds, sorted.
    answers: Vec<i64>,
    sockets: Option<usize>,
}

async fn read(app: &App, range: Range) -> Result<Read, Refusal> {
    let now = app.now();
    let (begin, step) = (range.begin(now), range.step_ms());
    let length = range.steps() as i64 * step;
    let mut c = app.store.read().await?;
    let mut weeks = Vec::new();
    for back in 0..=EARLIER_WEEKS {
        let from = begin - back * WEEK_MS;
        weeks.push(activity::between(&mut c, from, from + length, step).await?);
    }
    let standing = activity::standing(&mut c, now).await?;
    let cases = case_list::open(&mut c, MOST).await?;
    // An id of a moment sorts by it: its first part is where the range begins.
    let since = ChallengeId::at(Timestamp(begin)).to_string();
    let since: String = since.chars().take(ChallengeId::PREFIX.len() + 9).collect();
    let mut answers = activity::answer_times(&mut c, &since, MOST).await?;
    answers.sort_unstable();
    Ok(Read {
        begin,
        weeks,
        standing,
        cases,
        answers,
        sockets: app.relay.get().map(Relay::sockets),
    })
}

impl Read {
    fn values(&self, range: Range, week: usize, kinds: &[Kind]) -> Vec<i64> {
        let mut values = vec![0; range.steps()];
        let from = self.begin - i64::try_from(week).unwrap_or_default() * WEEK_MS;
        for count in self.weeks.get(week).into_iter().flatten() {
            let place = usize::try_from((count.at - from) / range.step_ms()).unwrap_or(usize::MAX);
            if kinds.contains(&count.kind)
                && let Some(value) = values.get_mut(place)
            {
                *value += count.amount;
            }
        }
        values
    }

    fn total(&self, kinds: &[Kind]) -> i64 {
        let all = self.weeks.first().into_iter().flatten();
        all.filter(|it| kinds.contains(&it.kind))
            .map(|it| it.amount)
            .sum()
    }

    /// What is usual in each step, from the weeks before in which anything at all was counted.
    fn usual(&self, range: Range, kinds: &[Kind]) -> Vec<Option<Band>> {
        let weeks: Vec<Vec<i64>> = (1..self.weeks.len())
            .filter(|week| !self.weeks[*week].is_empty())
            .map(|week| self.values(range, week, kinds))
            .collect();
        (0..range.steps())
            .map(|step| Band::of(&weeks.iter().map(|values| values[step]).collect::<Vec<_>>()))
            .collect()
    }
}

/// A chart: its name, its series with their colours, and whether it has a band.
type Plan = (&'static str, &'static [(Kind, &'static str)], bool);

const CHARTS: [Plan; 5] = [
    (
        "st_watch.logins",
        &[
            (Kind::LoginApp, "a"),
            (Kind::LoginCode, "b"),
            (Kind::PasswordWrong, "d"),
            (Kind::PasswordLocked, "e"),
        ],
        false,
    ),
    (
        "st_watch.failures",
        &[(Kind::PasswordWrong, "d"), (Kind::PasswordLocked, "e")],
        true,
    ),
    ("st_watch.unknown", &[(Kind::PasswordUnknown, "d")], true),
    (
        "st_watch.approvals",
        &[
            (Kind::Approved, "a"),
            (Kind::Cancelled, "c"),
            (Kind::Expired, "b"),
            (Kind::WrongNumber, "d"),
            (Kind::NotMe, "e"),
            (Kind::Phone, "e"),
            (Kind::WrongDetails, "e"),
        ],
        false,
    ),
    (
        "st_watch.money",
        &[(Kind::WithdrawalPaid, "a"), (Kind::WithdrawalRecalled, "e")],
        false,
    ),
];

fn charts(frame: &Frame, range: Range, read: &Read) -> Vec<Chart> {
    let language = frame.request.language;
    let time = |step: usize| Timestamp(read.begin + step as i64 * range.step_ms());
    let times: Vec<String> = (0..range.steps())
        .map(|step| frame.date_time(&time(step)))
        .collect();
    let every = range.steps() / 4;
    let marks: Vec<(usize, String)> = (0..4)
        .map(|part| {
            let at = time(part * every);
            let words = match range {
                Range::Hours | Range::Day => frame.time_of_day(&at),
                Range::Week | Range::Month => text::day_month(at, language),
            };
            (part * every, words)
        })
        .collect();
    CHARTS
        .iter()
        .enumerate()
        .map(|(place, (title, series, banded))| {
            let kinds: Vec<Kind> = series.iter().map(|(kind, _)| *kind).collect();
            Chart {
                title: frame.t(title),
                series: series
                    .iter()
                    .map(|(kind, tone)| Series {
                        label: frame.t(&format!("activity.{}", kind.name())),
                        tone,
                        values: read.values(range, 0, &[*kind]),
                    })
                    .collect(),
                wide: place == 0,
                times: times.clone(),
                marks: marks.clone(),
                usual: if *banded {
                    read.usual(range, &kinds)
                } else {
                    vec![None; range.steps()]
                },
            }
        })
        .collect()
}

/// A number that was counted up to [`MOST`].
fn up_to(frame: &Frame, count: i64) -> String {
    if count >= MOST {
        frame.t1("st_watch.more_than", "count", MOST)
    } else {
        count.to_string()
    }
}

/// Open cases by level.
fn of_cases(frame: &Frame, [high, medium, low]: [i64; 3]) -> [Tile; 3] {
    [
        Tile::new("st_case.open_high", up_to(frame, high), high > 0),
        Tile::new("st_case.open_medium", up_to(frame, medium), medium > 0),
        Tile::new("st_case.open_low", up_to(frame, low), false),
    ]
}

/// What stands now, and rates of the range.
fn tiles(frame: &Frame, read: &Read) -> Vec<Tile> {
    let asked = read.total(&[Kind::Asked]);
    let refused = read.total(&[Kind::NotMe, Kind::Phone, Kind::WrongDetails]);
    let right = read.total(&[Kind::PasswordRight]);
    let stepped = read.total(&[Kind::CodeSent]) + asked;
    let tile = Tile::new;
    let up_to = |count| up_to(frame, count);
    let seconds = |ms: i64| match read.answers.as_slice() {
        [] => "-".to_owned(),
        _ => frame.t1("st_watch.seconds", "count", ms / 1000),
    };
    let slow = read.answers.get(read.answers.len() * 95 / 100);
    let slow = slow.copied().unwrap_or_default();
    let standing = &read.standing;
    let mut tiles = of_cases(frame, read.cases).to_vec();
    tiles.extend([
        tile("st_watch.asked", asked.to_string(), false),
        tile(
            "st_watch.answered",
            percent(read.total(&[Kind::Approved]), asked),
            false,
        ),
        tile("st_watch.refused", percent(refused, asked), refused > 0),
        tile(
            "st_watch.expired",
            percent(read.total(&[Kind::Expired]), asked),
            false,
        ),
        tile(
            "st_watch.withdrawals",
            read.total(&[Kind::WithdrawalAsked]).to_string(),
            false,
        ),
        tile("st_watch.step_up", percent(stepped.min(right), right), false),
        tile("st_watch.answer_median", seconds(median(&read.answers)), false),
        tile("st_watch.answer_slow", seconds(slow), false),
        tile("st_watch.locked", up_to(standing.locked), standing.locked > 0),
        tile("st_watch.open", up_to(standing.challenges_open), false),
        tile("st_watch.mails", up_to(standing.mails_waiting), false),
        tile(
            "st_watch.mails_late",
            up_to(standing.mails_late),
            standing.mails_late > 0,
        ),
        tile(
            "st_watch.pushes_failing",
            up_to(standing.pushes_failing),
            standing.pushes_failing > 0,
        ),
    ]);
    if let Some(sockets) = read.sockets {
        tiles.push(tile("st_watch.sockets", sockets.to_string(), false));
    }
    tiles
}

/// A share in per cent; `-` of nothing.
fn percent(part: i64, all: i64) -> String {
    if all == 0 {
        return "-".to_owned();
    }
    let tenths = part * 1000 / all;
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Signals in the feed.
const NEWEST: i64 = 10;
const WEEK_MS: i64 = 7 * 86_400_000;
const EARLIER_WEEKS: i64 = 4;
