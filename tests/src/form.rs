//! Reads the forms of a page without a browser, as far as our own pages need it.

/// A form with the values its fields have now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it goes, as written.
    pub action: String,
    /// `id` of the element, empty when it has none.
    pub id: String,
    /// Names and values of its inputs, and of buttons that have a name.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// All forms of a page, in order.
    #[must_use]
    pub fn all(html: &str) -> Vec<Self> {
        html.split("<form")
            .skip(1)
            .map(|rest| Self::read(rest.split("</form").next().unwrap_or(rest)))
            .collect()
    }

    /// The value of the field `name`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// Fills in a field, whether or not the page has it.
    pub fn fill(&mut self, name: &str, value: &str) {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    fn read(form: &str) -> Self {
        let (head, body) = form.split_once('>').unwrap_or((form, ""));
        let mut fields = Vec::new();
        for kind in ["<input", "<button"] {
            for tag in body
                .split(kind)
                .skip(1)
                .map(|rest| rest.split('>').next().unwrap_or(rest))
            {
                let choice = attribute(tag, "type").is_some_and(|it| it == "radio" || it == "checkbox");
                if choice && !tag.split_whitespace().any(|word| word == "checked") {
                    continue;
                }
                if let Some(name) = attribute(tag, "name") {
                    fields.push((name, attribute(tag, "value").unwrap_or_default()));
                }
            }
        }
        Self {
            action: attribute(head, "action").unwrap_or_default(),
            id: attribute(head, "id").unwrap_or_default(),
            fields,
        }
    }
}

/// The value of an attribute in the inside of a tag; `Some("")` for one without a value is not told from none.
#[must_use]
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    let at = tag
        .match_indices(&start)
        .find(|(at, _)| tag[..*at].ends_with(char::is_whitespace))?
        .0;
    let value = tag[at + start.len()..].split('"').next()?;
    Some(unescape(value))
}

/// The text of the element that is `what`, tags taken out, blanks as a browser shows them. `#number` is an element by
/// its `id`, a bare word one by its `data-testid`.
#[must_use]
pub fn text_of(html: &str, what: &str) -> Option<String> {
    let mark = match what.strip_prefix('#') {
        Some(id) => format!(" id=\"{id}\""),
        None => format!(" data-testid=\"{what}\""),
    };
    let at = html.find(&mark)?;
    let name = html[..at].rsplit('<').next()?.split_whitespace().next()?;
    let body = html[at..].split_once('>')?.1;
    let body = inside(body, name);
    let mut text = String::new();
    for (number, piece) in body.split('<').enumerate() {
        text.push_str(if number == 0 {
            piece
        } else {
            piece.split_once('>').map_or("", |(_, after)| after)
        });
    }
    Some(unescape(&text).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `body` up to the end of the element it is inside of.
fn inside<'a>(body: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}"), format!("</{name}"));
    let (mut depth, mut at) = (1_u32, 0);
    while let Some(next) = body[at..].find('<').map(|offset| at + offset) {
        if body[next..].starts_with(&close) {
            depth -= 1;
            if depth == 0 {
                return &body[..next];
            }
        } else if body[next..].starts_with(&open) {
            depth += 1;
        }
        at = next + 1;
    }
    body
}

fn unescape(text: &str) -> String {
    const NAMED: [(&str, &str); 9] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&amp;"),
    ];
    let text = NAMED.iter().fold(text.to_owned(), |text, (escaped, plain)| {
        text.replace(escaped, plain)
    });
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form method="post" action="/login" id="login"><input type="hidden" name="csrf" value="a&#38;b">
        <input data-name="no" name="account" autocomplete="username"><button name="go" value="1">Log in</button></form>
        <form action="/logout" method="post"></form>
        <div data-testid="number"><div><b>493</b> <i>817</i></div> &lt;x&gt;</div><div id="other">other</div>"#;

    #[test]
    fn forms_are_read_with_their_hidden_values() {
        let forms = Form::all(PAGE);
        assert_eq!(
            forms.iter().map(|form| form.action.as_str()).collect::<Vec<_>>(),
            ["/login", "/logout"]
        );
        assert_eq!(forms[0].id, "login");
        assert_eq!(forms[0].value("csrf"), Some("a&b"));
        assert_eq!(forms[0].value("account"), Some(""));
        assert_eq!(forms[0].value("go"), Some("1"));
        assert_eq!(forms[0].value("no"), None);
    }

    #[test]
    fn text_is_read_by_test_id_or_id() {
        assert_eq!(text_of(PAGE, "number").as_deref(), Some("493 817 <x>"));
        assert_eq!(text_of(PAGE, "#other").as_deref(), Some("other"));
        assert_eq!(text_of(PAGE, "absent"), None);
    }
}
