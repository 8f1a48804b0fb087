//! Bars, as parts of a page: its style colours them.

use std::fmt::Write;

use super::fit;
use crate::text::safe::{for_markup as escape, is_right_to_left};

/// A chart of bars.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    /// What it is called; also how its parts are named in the page: letters and `-` alone.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// What it shows, for who cannot see it.
    pub(super) told: String,
    pub(super) bars: Vec<Bar>,
}

/// A bar.
#[derive(Debug)]
pub(super) struct Bar {
    /// What stands under it or beside it; a column may have none.
    pub(super) label: Option<String>,
    pub(super) value: f64,
    /// What is said of it when it is pointed at.
    pub(super) told: String,
}

const WIDTH: usize = 600;
const LEFT: usize = 44;
const RIGHT: usize = 592;
const HEIGHT: usize = 200;
const TOP: usize = 12;
const BASE: usize = 170;

impl Chart<'_> {
    /// Upright bars along an axis. Labels must be few enough to have room.
    pub(super) fn columns(&self) -> String {
        let most = nice(self.bars.iter().map(|bar| bar.value).fold(0.0, f64::max));
        let step = (RIGHT - LEFT) as f64 / self.bars.len().max(1) as f64;
        let room = (BASE - TOP) as f64;
        let mut out = self.head(HEIGHT);
        for part in [0.0, 0.5, 1.0] {
            let y = BASE as f64 - part * room;
            let _ = writeln!(out, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>");
            let value = most * part;
            if value.fract() == 0.0 {
                let _ = writeln!(out, "<text class=\"end\" x=\"{}\" y=\"{:.1}\">{value}</text>", LEFT - 6, y + 4.0);
            }
        }
        for (at, bar) in self.bars.iter().enumerate() {
            let x = LEFT as f64 + at as f64 * step;
            if let Some(label) = &bar.label {
                let middle = x + step / 2.0;
                let _ =
                    writeln!(out, "<text class=\"mid\" x=\"{middle:.1}\" y=\"{}\">{}</text>", BASE + 18, escape(label));
            }
            if bar.value > 0.0 {
                let height = (bar.value / most * room).max(1.0);
                let _ = writeln!(
                    out,
                    "<rect class=\"bar\" x=\"{x:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{height:.1}\"><title>{}</title></rect>",
                    BASE as f64 - height,
                    (step * 0.86).min(60.0),
                    escape(&bar.told)
                );
            }
        }
        out.push_str("</svg>\n");
        out
    }

    /// Bars beside their labels, one below the other.
    pub(super) fn rows(&self) -> String {
        const ROW: usize = 24;
        const BARS: usize = 196;
        let most = self.bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
        let mut out = self.head(ROW * self.bars.len() + 8);
        for (at, bar) in self.bars.iter().enumerate() {
            let y = ROW * at + 4;
            let label = fit(bar.label.as_deref().unwrap_or_default(), 26);
            // The text stands before the bar, whichever way it is written.
            let anchor = if is_right_to_left(&label) == Some(true) {
                " direction=\"rtl\" class=\"start\""
            } else {
                " class=\"end\""
            };
            let _ = writeln!(out, "<text{anchor} x=\"{}\" y=\"{}\">{}</text>", BARS - 8, y + 15, escape(&label));
            let width = if most > 0.0 { bar.value / most * (RIGHT - BARS - 176) as f64 } else { 0.0 };
            let _ =
                writeln!(out, "<rect class=\"bar\" x=\"{BARS}\" y=\"{}\" width=\"{width:.1}\" height=\"16\"/>", y + 2);
            let _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{}\">{}</text>",
                BARS as f64 + width + 8.0,
                y + 15,
                escape(&bar.told)
            );
        }
        out.push_str("</svg>\n");
        out
    }

    fn head(&self, height: usize) -> String {
        let Self { id, title, told, .. } = self;
        format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
            escape(title),
            escape(told)
        )
    }
}

/// The least of 1, 2, 4, 5, 10, 20, 40, 50 and so on that is not less.
fn nice(value: f64) -> f64 {
    let mut unit = 1.0;
    loop {
        for factor in [1.0, 2.0, 4.0] {
            if factor * unit >= value {
                return factor * unit;
            }
        }
        if 5.0 * unit >= value && unit > 1.0 {
            return 5.0 * unit;
        }
        unit *= 10.0;
        if !unit.is_finite() {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_with_a_whole_half() {
        let ends = [0.0, 1.0, 3.0, 5.0, 11.0, 41.0, 73.0, 1_001.0].map(nice);
        assert_eq!(ends, [1.0, 1.0, 4.0, 10.0, 20.0, 50.0, 100.0, 2_000.0]);
    }
}
