//! Every page of the staff console has a sample, which tests look at in all sizes, colours and languages (WEB-10).

use crate::files::{assert_none, below, shown, text};

/// Parts of the file of letters that is downloaded and printed; no page of the console (decision 42).
const ON_PAPER: [&str; 2] = ["staff/import_letter.html", "staff/import_letters_head.html"];

#[test]
fn web_10_every_template_of_the_console_has_a_sample() {
    let views: String = below("server/src/staff", &[".rs"])
        .iter()
        .map(|it| text(it))
        .collect();
    let samples: String = below("server/examples/samples/staff", &[".rs"])
        .iter()
        .map(|it| text(it))
        .collect();
    let templates = below("server/templates/staff", &[".html"]);
    assert!(templates.len() > 15, "the templates of the console have moved");
    let others: Vec<(String, String)> = templates.iter().map(|it| (shown(it), text(it))).collect();
    let missing: Vec<String> = others
        .iter()
        .filter(|(name, _)| {
            let path = name.trim_start_matches("server/templates/");
            // What others are built from is looked at with them.
            let built_from = others
                .iter()
                .any(|(_, body)| body.contains(&format!("\"{path}\"")));
            !built_from
                && !ON_PAPER.contains(&path)
                && !view_of(&views, path).is_some_and(|view| samples.contains(&view))
        })
        .map(|(name, _)| name.clone())
        .collect();
    assert_none(
        "templates without a sample in server/examples/samples/staff",
        &missing,
    );
}

/// The struct that a template belongs to.
fn view_of(views: &str, path: &str) -> Option<String> {
    let (_, after) = views.split_once(&format!("template(path = \"{path}\")"))?;
    let (_, name) = after.split_once("struct ")?;
    let end = name.find(|c: char| !c.is_alphanumeric())?;
    Some(name[..end].to_owned())
}

#[test]
fn web_10_a_view_is_found_by_its_template() {
    let views = "#[derive(Template)]\n#[template(path = \"staff/a.html\")]\npub struct APage {\n";
    assert_eq!(view_of(views, "staff/a.html").as_deref(), Some("APage"));
    assert_eq!(view_of(views, "staff/b.html"), None);
}
