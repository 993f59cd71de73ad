//! Reads every page as it is rendered, in both languages: what holds for one must hold for all.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside test functions")]

use std::fs;
use std::path::Path;

#[path = "../examples/samples/mod.rs"]
mod samples;

/// Name (`ja/login`) and markup of every page.
fn pages() -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    samples::render_all(folder.path()).unwrap();
    let mut all = Vec::new();
    for language in ["ja", "en"] {
        for entry in fs::read_dir(folder.path().join(language)).unwrap() {
            let path = entry.unwrap().path();
            let name = Path::new(language)
                .join(path.file_stem().unwrap())
                .display()
                .to_string();
            all.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    assert!(all.len() > 60, "only {} pages", all.len());
    all
}

/// The start tags of an element, as written.
fn tags<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let open = format!("<{element}");
    html.match_indices(&open)
        .map(|(at, _)| &html[at..at + html[at..].find('>').unwrap()])
        .filter(|tag| tag[open.len()..].is_empty() || tag[open.len()..].starts_with([' ', '\n']))
        .collect()
}

#[test]
fn web_01_nothing_needs_more_than_the_policy_allows() {
    for (name, html) in pages() {
        for script in tags(&html, "script").iter().chain(&tags(&html, "link")) {
            assert!(
                script.contains("nonce=\"") || script.contains("rel=\"icon\""),
                "{name}: {script}"
            );
        }
        for bad in [
            " style=\"",
            "<style",
            " onclick",
            " onload",
            " onsubmit",
            "javascript:",
            "data:",
            "<img",
            "<iframe",
        ] {
            assert!(!html.contains(bad), "{name} contains {bad}");
        }
        assert_eq!(
            html.matches("</script>").count(),
            html.matches("\"></script>").count(),
            "{name}: inline script"
        );
    }
}

#[test]
fn web_03_every_form_posts_to_this_site_with_its_token() {
    for (name, html) in pages() {
        for form in html
            .split("<form")
            .skip(1)
            .map(|rest| rest.split("</form>").next().unwrap())
        {
            assert!(
                form.contains("method=\"post\"") && form.contains("action=\"/"),
                "{name}: {form}"
            );
            assert!(
                form.contains("name=\"csrf\" value=\"csrf-of-the-sample\""),
                "{name}: {form}"
            );
        }
    }
}

#[test]
fn sess_05_whoever_is_logged_in_can_log_out_on_every_page() {
    let (mut inside, mut outside) = (0, 0);
    for (name, html) in pages() {
        let menu = html.contains("<nav");
        assert_eq!(menu, html.contains("action=\"/logout\""), "{name}");
        if menu { inside += 1 } else { outside += 1 }
    }
    assert!(inside >= 20 && outside >= 30, "{inside} {outside}");
}

#[test]
fn web_10_pages_have_one_heading_a_language_and_move_on_without_scripts() {
    for (name, html) in pages() {
        let language = name.split('/').next().unwrap();
        assert!(html.contains(&format!("<html lang=\"{language}\">")), "{name}");
        let hidden = usize::from(html.contains("data-approved-part hidden"));
        // What a template holds is on no page: it replaces the page when the session is over.
        let kept = html
            .split("</template>")
            .map(|part| part.split("<template").next().unwrap());
        let shown: String = kept.collect();
        assert_eq!(tags(&shown, "h1").len(), 1 + hidden, "{name}");
        for input in tags(&html, "input")
            .iter()
            .filter(|tag| !tag.contains("type=\"hidden\"") && !tag.ends_with(" hidden"))
        {
            let id = input
                .split("id=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let labelled = match id {
                Some(id) => html.contains(&format!("<label class=\"field__label\" for=\"{id}\"")),
                // A box stands inside its label.
                None => html
                    .split(input)
                    .next()
                    .is_some_and(|before| before.rfind("<label") > before.rfind("</label")),
            };
            assert!(labelled, "{name}: {input}");
        }
        for (page, seconds) in [("/wait", 5), ("/enrol", 15)] {
            if name.ends_with(page) {
                let refresh = format!(
                    "<noscript><meta http-equiv=\"refresh\" content=\"{seconds};url=?reload\"></noscript>"
                );
                assert!(html.contains(&refresh), "{name}");
            }
        }
        if name.ends_with("/wait_approved") {
            assert!(
                !html.contains("http-equiv") && html.contains("id=\"continue\" method=\"post\""),
                "{name}"
            );
            assert!(
                !html.contains("data-approved-part hidden"),
                "{name}: the button is hidden"
            );
        }
    }
}

#[test]
fn chal_03_the_number_is_on_the_waiting_page_only_and_not_after_the_approval() {
    for (name, html) in pages() {
        let waiting = [
            "wait",
            "wait_silent",
            "wait_test",
            "wait_withdrawal",
            "wait_second",
            "wait_payout",
            "wait_address",
        ]
        .iter()
        .any(|page| name.ends_with(&format!("/{page}")));
        let shown = html.contains("<span>493</span><span>817</span>");
        assert_eq!(shown, waiting, "{name}");
    }
}

#[test]
fn pass_06_code_14_password_managers_and_mail_codes_fill_the_fields() {
    for (name, html) in pages() {
        if name.ends_with("/login") {
            assert!(html.contains("autocomplete=\"username\""));
            assert!(html.contains("type=\"password\" autocomplete=\"current-password\""));
            assert!(!html.contains("onpaste"));
        }
        if name.ends_with("/code") {
            assert!(html.contains("inputmode=\"numeric\" autocomplete=\"one-time-code\""));
        }
    }
}

#[test]
fn web_05_no_address_of_another_site_is_loaded_or_linked() {
    for (name, html) in pages() {
        for attribute in ["href=\"", "src=\"", "action=\""] {
            for address in html
                .split(attribute)
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap())
            {
                let ours = ["/", "#", "warifu://", "../assets/"]
                    .iter()
                    .any(|start| address.starts_with(start));
                assert!(ours && !address.starts_with("//"), "{name}: {address}");
            }
        }
    }
}

/// Whether a text begins with the action of an entry, as `login.completed`.
fn is_action(text: &str) -> bool {
    let word = text
        .trim_start()
        .split(['<', ' ', '\n'])
        .next()
        .unwrap_or_default();
    word.starts_with("login.") || word.starts_with("code.")
}

#[test]
fn every_word_is_found_and_every_place_in_it_is_filled() {
    for (name, html) in pages() {
        // Scripts fill these as they go.
        let text = ["{time}", "{count}", "{key}"]
            .iter()
            .fold(html, |text, place| text.replace(place, ""));
        // An entry of the log is shown as it is hashed, which is JSON.
        assert!(
            !text.contains('{') || name.contains("/staff_entry"),
            "{name} has an unfilled place"
        );
        for table in [
            "frame.", "wait.", "code.", "ended.", "login.", "devices.", "enrol.", "done.", "account.",
        ] {
            // The console shows what the log calls an entry beside its words, as code.
            let shown = text.split('>').any(|rest| {
                rest.trim_start().starts_with(table) && !(name.contains("/staff_") && is_action(rest))
            });
            assert!(!shown, "{name} shows a key of {table}");
        }
    }
}
