//! QR codes as inline SVG: no image file, no data URL, dark on white in both themes (WEB-01).

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around the code that readers need (ISO/IEC 18004).
const QUIET: usize = 4;

/// SVG markup made here from a QR code and an escaped label: safe to print as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrSvg(String);

impl QrSvg {
    /// The markup.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Draws `text` as a QR code with `label` for those who cannot see it. Text too long for a code gives no drawing:
/// the pages always offer another way.
#[must_use]
pub fn qr_svg(text: &str, label: &str) -> QrSvg {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return QrSvg(String::new());
    };
    let width = code.width();
    let side = width + 2 * QUIET;
    let path = dark_runs(&code.to_colors(), width);
    let label = escape(label);
    QrSvg(format!(
        "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
         aria-label=\"{label}\" shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" \
         fill=\"#fff\"/><path fill=\"#14171c\" d=\"{path}\"/></svg>"
    ))
}

/// One path of horizontal bars: a tenth of the size of a rectangle per module, and no seams between them.
fn dark_runs(colors: &[Color], width: usize) -> String {
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            }
            x += run.max(1);
        }
    }
    path
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_04_the_label_cannot_leave_its_attribute() {
        let svg = qr_svg("warifu://x", "\"><script>alert(1)</script>");
        assert!(!svg.as_str().contains("<script"));
        assert!(svg.as_str().contains("aria-label=\"&quot;&gt;&lt;script"));
    }

    #[test]
    fn chal_03_the_drawing_has_its_quiet_zone_and_every_dark_module() {
        let text = "warifu://challenge?o=https%3A%2F%2Fauth.example&i=ch_1&n=493817";
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let svg = qr_svg(text, "label");
        let side = code.width() + 8;
        assert!(svg.as_str().contains(&format!("viewBox=\"0 0 {side} {side}\"")));
        let path = svg
            .as_str()
            .split("d=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap()
            .to_owned();
        let mut drawn = 0;
        for run in path.split('M').filter(|run| !run.is_empty()) {
            let (at, rest) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            assert!(x >= 4 && y >= 4 && x + length <= side - 4 && y < side - 4);
            drawn += length;
        }
        assert_eq!(
            drawn,
            code.to_colors().iter().filter(|c| **c == Color::Dark).count()
        );
    }

    #[test]
    fn a_text_beyond_every_code_gives_no_drawing() {
        assert_eq!(qr_svg(&"x".repeat(4000), "label").as_str(), "");
    }
}
