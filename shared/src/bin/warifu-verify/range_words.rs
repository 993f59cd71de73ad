//! What a part of the log shows, as auditors download it, or what of it does not hold.

use warifu_shared::display::Language;
use warifu_shared::log::export::LineProblem;
use warifu_shared::log::range::{RangeProblem, RangeReport};

use crate::words::plain;

/// What was found in the file.
pub fn range(report: &RangeReport, lang: Language) -> Vec<String> {
    if let Some(problem) = &report.problem {
        return vec![told(problem, lang)];
    }
    let RangeReport {
        entries,
        size,
        pruned,
        ..
    } = report;
    let Some((first, last)) = report.span else {
        return vec![
            lang.pick(
                "正しいファイルです。該当する記録はありません。",
                "The file holds. It has no entries.",
            )
            .to_owned(),
        ];
    };
    let mut lines = vec![match lang {
        Language::Ja => {
            format!("{entries} 件の記録は、署名された記録 ({size} 件) に、このとおり含まれています。")
        }
        Language::En => format!("{entries} entries are in the signed log of {size} as they stand here."),
    }];
    lines.push(match (report.is_gapless(), lang) {
        (true, Language::Ja) => format!("{first} 番から {last} 番まで、抜けはありません。"),
        (true, Language::En) => format!("From entry {first} to entry {last} nothing is left out."),
        (false, Language::Ja) => format!(
            "{first} 番から {last} 番までから選び出した記録です。ほかに記録がないことは、このファイルでは示せません。"
        ),
        (false, Language::En) => format!(
            "They are a selection from entries {first} to {last}: this file does not show that nothing was left out."
        ),
    });
    if *pruned > 0 {
        lines.push(match lang {
            Language::Ja => format!("うち {pruned} 件は保存期間が過ぎ、ハッシュだけが残っています。"),
            Language::En => {
                format!("Of {pruned} of them only the hash is left: they are past their retention.")
            }
        });
    }
    lines
}

fn told(problem: &RangeProblem, lang: Language) -> String {
    match (problem, lang) {
        (RangeProblem::Unreadable(error), Language::Ja) => format!("読めません: {}", plain(error)),
        (RangeProblem::Unreadable(error), Language::En) => format!("It cannot be read: {}", plain(error)),
        (RangeProblem::Head, _) => lang
            .pick(
                "書き出した記録のファイルではありません。",
                "This is not a file of exported entries.",
            )
            .to_owned(),
        (RangeProblem::Checkpoint(error), Language::Ja) => {
            format!("チェックポイントが正しくありません: {error}")
        }
        (RangeProblem::Checkpoint(error), Language::En) => format!("The checkpoint is not good: {error}"),
        (RangeProblem::Line(at, LineProblem::Changed), Language::Ja) => {
            format!("{at} 行目の記録は変更されています。")
        }
        (RangeProblem::Line(at, LineProblem::Changed), Language::En) => {
            format!("The entry in line {at} was changed.")
        }
        (RangeProblem::Line(at, _), Language::Ja) => format!("{at} 行目の形式が正しくありません。"),
        (RangeProblem::Line(at, _), Language::En) => format!("Line {at} is malformed."),
        (RangeProblem::Proof(position), Language::Ja) => {
            format!("{position} 番の記録の証明が成り立ちません。署名された記録には、これは含まれていません。")
        }
        (RangeProblem::Proof(position), Language::En) => {
            format!("The proof of entry {position} does not hold: it is not in the log that was signed.")
        }
        (RangeProblem::Order(at), Language::Ja) => {
            format!("{at} 行目で、記録の番号の順が正しくありません。")
        }
        (RangeProblem::Order(at), Language::En) => format!("In line {at} the entries are out of order."),
        (RangeProblem::Truncated { said, found }, Language::Ja) => {
            format!("{said} 件のはずが {found} 件です。ファイルが途中で切れているか、行が抜けています。")
        }
        (RangeProblem::Truncated { said, found }, Language::En) => {
            format!(
                "There should be {said} entries, but there are {found}: the file was cut off, or lines are missing."
            )
        }
    }
}
