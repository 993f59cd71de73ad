//! What is found in a log, in plain words; and what every answer may need.

use std::path::Path;

use warifu_shared::display::Language;
use warifu_shared::jws::is_hidden;
use warifu_shared::log::export::LineProblem;
use warifu_shared::log::prune::Prune;
use warifu_shared::log::verify::{LogReport, Problem, Pruned};

/// How to call this program.
pub fn usage(lang: Language) -> &'static str {
    lang.pick(
        "使い方:\n  warifu-verify log フォルダ --keys 公開鍵ファイル [--checkpoint 別に保管したチェックポイント]...\n  \
         warifu-verify log 書き出したファイル --keys 公開鍵ファイル\n  \
         warifu-verify receipt ファイル --keys 公開鍵ファイル\n--lang ja|en で表示の言語を選べます。\n\
         終了コード: 0 正しい、1 正しくない、2 確かめられなかった",
        "Usage:\n  warifu-verify log FOLDER --keys FILE [--checkpoint FILE]...\n  warifu-verify log EXPORTED-FILE --keys FILE\n  \
         warifu-verify receipt FILE --keys FILE\n\
         --lang ja|en chooses the language.\nExit codes: 0 it holds, 1 it does not, 2 it could not be checked",
    )
}

pub fn unreadable(path: &Path, error: &std::io::Error, lang: Language) -> String {
    let path = shown(path);
    match lang {
        Language::Ja => format!("{path} を読めません: {error}"),
        Language::En => format!("{path} cannot be read: {error}"),
    }
}

pub fn needs_folder(lang: Language) -> String {
    lang.pick(
        "--checkpoint は、記録のフォルダを確かめるときに使います。書き出したファイルだけでは比べられません。",
        "--checkpoint goes with the folder of a whole log: a part alone cannot be compared with it.",
    )
    .to_owned()
}

pub fn bad_keys(path: &Path, lang: Language) -> String {
    let path = shown(path);
    match lang {
        Language::Ja => format!("{path} は公開鍵のファイルではありません。"),
        Language::En => format!("{path} is not a file of published keys."),
    }
}

/// What was found in an exported log.
pub fn log(report: &LogReport, lang: Language) -> Vec<String> {
    let LogReport {
        entries,
        checkpoints,
        covered,
        pruned,
        problems,
    } = report;
    let mut lines: Vec<String> = problems.iter().map(|it| problem(it, lang)).collect();
    if problems.is_empty() {
        lines.push(match lang {
            Language::Ja => {
                format!("記録は署名されたとおりです。記録 {entries} 件、チェックポイント {checkpoints} 件。")
            }
            Language::En => {
                format!("The log is as it was signed: {entries} entries, {checkpoints} checkpoints.")
            }
        });
        lines.extend(pruned.iter().map(|it| removed(it, lang)));
        if covered < entries {
            let last = entries - 1;
            lines.push(match lang {
                Language::Ja => format!(
                    "{covered} 番から {last} 番までの記録は、まだチェックポイントで守られていません。"
                ),
                Language::En => format!("Entries {covered} to {last} are not covered by a checkpoint yet."),
            });
        }
    }
    lines
}

fn removed(it: &Pruned, lang: Language) -> String {
    let Prune { first, last, days } = it.prune;
    let record = it.record;
    match lang {
        Language::Ja => format!(
            "{first} 番から {last} 番までの記録は、保存期間 ({days} 日) が過ぎたため内容が削除され、ハッシュだけが残っています (削除の記録: {record} 番)。"
        ),
        Language::En => format!(
            "Entries {first} to {last} are past their retention of {days} days: their text was removed, their hashes are here (record: entry {record})."
        ),
    }
}

fn problem(problem: &Problem, lang: Language) -> String {
    match problem {
        Problem::Unreadable(path, error) => match lang {
            Language::Ja => format!("{} を読めません: {error}", shown(path)),
            Language::En => format!("{} cannot be read: {error}", shown(path)),
        },
        Problem::Stray(path) => match lang {
            Language::Ja => format!("{} は、ここにあるはずのファイルではありません。", shown(path)),
            Language::En => format!("{} is not the file that belongs here.", shown(path)),
        },
        Problem::Entry { position, what } => entry_problem(*position, *what, lang),
        Problem::Unfinished { position } => match lang {
            Language::Ja => format!("{position} 番の記録が途中で切れています。"),
            Language::En => format!("Entry {position} is cut off."),
        },
        Problem::Checkpoint(path, error) => match lang {
            Language::Ja => format!("チェックポイント {} は正しくありません: {error}", shown(path)),
            Language::En => format!("The checkpoint {} is not good: {error}", shown(path)),
        },
        Problem::Truncated { size, found } => match lang {
            Language::Ja => {
                format!(
                    "署名されたチェックポイントでは {size} 件ですが、{found} 件しかありません。終わりが切り取られています。"
                )
            }
            Language::En => {
                format!(
                    "A signed checkpoint says {size} entries, but there are {found}: the end was cut off."
                )
            }
        },
        Problem::Mismatch { from, to } => {
            let last = to.saturating_sub(1);
            match lang {
                Language::Ja => format!(
                    "{from} 番から {last} 番までの記録が、署名されたものと違います。この中で変更、削除、挿入または並べ替えがありました。"
                ),
                Language::En => format!(
                    "Entries {from} to {last} are not those that were signed: one of them was changed, removed, inserted or moved."
                ),
            }
        }
        Problem::NoCheckpoint => lang
            .pick(
                "チェックポイントがないため、何も確かめられません。",
                "There is no checkpoint, so nothing is shown.",
            )
            .to_owned(),
    }
}

fn entry_problem(position: u64, what: LineProblem, lang: Language) -> String {
    let told = match what {
        LineProblem::Malformed => lang.pick("形式が正しくありません", "is malformed"),
        LineProblem::Changed => lang.pick("変更されています", "was changed"),
        LineProblem::TakenOut => lang.pick("内容が取り除かれています", "was taken out"),
        LineProblem::Position(found) => {
            return match lang {
                Language::Ja => format!(
                    "{position} 番の記録があるはずの所に {found} 番があります。削除、挿入または並べ替えがありました。"
                ),
                Language::En => format!(
                    "Where entry {position} belongs stands entry {found}: entries were removed, inserted or moved."
                ),
            };
        }
    };
    match lang {
        Language::Ja => format!("{position} 番の記録は{told}。"),
        Language::En => format!("Entry {position} {told}."),
    }
}

/// Text in which nothing can move the cursor or hide.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if is_hidden(c) { '\u{fffd}' } else { c })
        .collect()
}

fn shown(path: &Path) -> String {
    plain(&path.display().to_string())
}
