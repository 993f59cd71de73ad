//! Charts as SVG made here: bars stacked by series, or one line with the band of what is usual. Each also stands as a table.

use std::fmt::Write as _;

use crate::domain::activity::Band;

/// A series of a chart.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is called.
    pub label: String,
    /// The class of its colour: `a` to `e`.
    pub tone: &'static str,
    /// A value for each step.
    pub values: Vec<i64>,
}

impl Series {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.values.iter().sum()
    }
}

/// A chart: its series on one axis.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Names it for screen readers and on the page.
    pub title: String,
    /// The series, the lowest of the stack first.
    pub series: Vec<Series>,
    /// The time of each step in words.
    pub times: Vec<String>,
    /// What stands below some of the steps: the number of the step, and the words.
    pub marks: Vec<(usize, String)>,
    /// What is usual for the sum of the series, where that is known.
    pub usual: Vec<Option<Band>>,
    /// Whether it has the room of two.
    pub wide: bool,
}

impl Chart {
    /// The sum of the series in a step.
    #[must_use]
    pub fn sum(&self, step: usize) -> i64 {
        self.series.iter().filter_map(|it| it.values.get(step)).sum()
    }

    /// Steps whose sum lies above what is expected.
    #[must_use]
    pub fn unusual(&self) -> Vec<usize> {
        let above = |step: &usize| {
            let band = self.usual.get(*step).copied().flatten();
            band.is_some_and(|band| self.sum(*step) > band.high)
        };
        (0..self.times.len()).filter(above).collect()
    }

    /// Whether anything is known of what is usual.
    #[must_use]
    pub fn has_band(&self) -> bool {
        self.usual.iter().any(Option::is_some)
    }

    /// The highest value of the axis: a round number.
    #[must_use]
    pub fn top(&self) -> i64 {
        let sums = (0..self.times.len()).map(|step| self.sum(step));
        let bands = self.usual.iter().flatten().map(|band| band.high);
        round_up(sums.chain(bands).max().unwrap_or_default().max(4))
    }

    /// The picture. Numbers and the names of classes only: nothing from outside gets into it but through `escape`.
    #[must_use]
    pub fn svg(&self) -> String {
        let (steps, top) = (self.times.len().max(1), self.top());
        let width = if self.wide { WIDE } else { WIDTH };
        let right = width - 8.0;
        let x = |step: usize| LEFT + (right - LEFT) * step as f64 / steps as f64;
        let y = |value: i64| BOTTOM - (BOTTOM - TOP) * value as f64 / top as f64;
        let mut svg = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {width} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(&self.title)
        );
        for part in 0..=4 {
            let value = top * part / 4;
            let at = y(value);
            // Writing to a string never fails.
            let _ = write!(
                svg,
                "<line class=\"chart__grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text class=\"chart__label chart__label--end\" x=\"{:.1}\" y=\"{:.1}\">{value}</text>",
                LEFT - 6.0,
                at + 4.0
            );
        }
        self.band(&mut svg, &x, &y);
        let gap = if steps > 40 { 1.0 } else { 2.0 };
        for step in 0..self.times.len() {
            let mut below = 0;
            for series in &self.series {
                let value = series.values.get(step).copied().unwrap_or_default();
                if value > 0 {
                    let (low, high) = (y(below), y(below + value));
                    let _ = write!(
                        svg,
                        "<rect class=\"chart__{}\" x=\"{:.1}\" y=\"{high:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                        series.tone,
                        x(step) + gap / 2.0,
                        x(step + 1) - x(step) - gap,
                        low - high
                    );
                }
                below += value;
            }
        }
        for (step, words) in &self.marks {
            let _ = write!(
                svg,
                "<text class=\"chart__label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x(*step),
                HEIGHT - 8.0,
                escape(words)
            );
        }
        for step in self.unusual() {
            let _ = write!(
                svg,
                "<path class=\"chart__mark\" d=\"M{:.1} {:.1}l-5 -8h10z\"/>",
                f64::midpoint(x(step), x(step + 1)),
                y(self.sum(step)) - 2.0
            );
        }
        svg.push_str("</svg>");
        svg
    }

    fn band(&self, svg: &mut String, x: &impl Fn(usize) -> f64, y: &impl Fn(i64) -> f64) {
        for (step, band) in self.usual.iter().enumerate() {
            if let Some(band) = band {
                let (high, usual, zero) = (y(band.high), y(band.usual), y(0));
                let _ = write!(
                    svg,
                    "<rect class=\"chart__band\" x=\"{0:.1}\" y=\"{high:.1}\" width=\"{1:.1}\" height=\"{2:.1}\"/>\
                     <line class=\"chart__usual\" x1=\"{0:.1}\" x2=\"{3:.1}\" y1=\"{usual:.1}\" y2=\"{usual:.1}\"/>",
                    x(step),
                    x(step + 1) - x(step),
                    zero - high,
                    x(step + 1)
                );
            }
        }
    }
}

/// The next number that reads well on an axis of four parts: 4, 8, 12, 16, 20, 40, 60, 80, 100, 200 and so on.
fn round_up(value: i64) -> i64 {
    if value <= 20 {
        return (value.max(1) + 3) / 4 * 4;
    }
    let mut unit = 10;
    loop {
        for times in [2, 4, 6, 8, 10] {
            if value <= times * unit {
                return times * unit;
            }
        }
        unit *= 10;
    }
}

fn escape(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const WIDTH: f64 = 520.0;
const WIDE: f64 = 1080.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 190.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<i64>) -> Chart {
        Chart {
            title: "<\"&".to_owned(),
            times: values.iter().map(ToString::to_string).collect(),
            marks: vec![(0, "<b>".to_owned())],
            usual: values.iter().map(|_| None).collect(),
            wide: false,
            series: vec![Series {
                label: "one".to_owned(),
                tone: "a",
                values,
            }],
        }
    }

    #[test]
    fn axes_end_at_round_numbers_above_every_value() {
        for (value, top) in [(0, 4), (4, 4), (5, 8), (13, 16), (21, 40), (101, 200), (430, 600)] {
            assert_eq!(round_up(value), top, "{value}");
        }
        assert_eq!(chart(vec![0, 7]).top(), 8);
    }

    #[test]
    fn words_in_a_picture_are_escaped_and_every_bar_is_drawn_once() {
        let svg = chart(vec![1, 0, 3]).svg();
        assert!(!svg.contains("<b>") && svg.contains("aria-label=\"&lt;&quot;&amp;\""));
        assert_eq!(svg.matches("<rect class=\"chart__a\"").count(), 2);
    }

    #[test]
    fn a_step_above_its_band_is_marked() {
        let mut chart = chart(vec![3, 31, 3]);
        chart.usual = vec![Some(Band { usual: 10, high: 30 }); 3];
        assert_eq!(chart.unusual(), [1]);
        assert_eq!(chart.svg().matches("chart__mark").count(), 1);
    }
}
