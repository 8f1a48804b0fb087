//! Columns of text on a terminal.

use std::borrow::Cow;
use std::io::{self, Write};

use textwrap::core::display_width;

use super::output::Paint;

/// Returns the text cut to `columns` of the terminal, with an ellipsis where something went.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if display_width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        let width = display_width(character.encode_utf8(&mut [0; 4]));
        if used + width + 1 > columns {
            break;
        }
        used += width;
        kept.push(character);
    }
    if columns > 0 {
        kept.push('\u{2026}');
    }
    Cow::Owned(kept)
}

/// Returns the text with spaces after it up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(display_width(text))))
}

/// Returns the lines of a paragraph, each with an indent.
///
/// An empty paragraph has none.
pub(crate) fn wrap(text: &str, columns: usize, indent: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let options = textwrap::Options::new(columns.max(10))
        .initial_indent(indent)
        .subsequent_indent(indent)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Cow::into_owned).collect()
}

/// A table with a name in front of each row, and numbers behind it.
#[derive(Debug)]
pub(crate) struct Grid<'a> {
    heads: &'a [&'a str],
    rows: Vec<Vec<String>>,
}

impl<'a> Grid<'a> {
    pub(crate) const fn new(heads: &'a [&'a str]) -> Self {
        Self { heads, rows: Vec::new() }
    }

    /// Adds a row; its cells must be fit for a terminal.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Prints columns where they fit, else each row as a paragraph.
    pub(crate) fn print(&self, out: &mut dyn Write, paint: Paint, width: usize) -> io::Result<()> {
        let heads: Vec<String> = self.heads.iter().map(|head| (*head).to_owned()).collect();
        let widest = |at: usize| {
            let cells = std::iter::once(&heads).chain(&self.rows).filter_map(|row| row.get(at));
            cells.map(|cell| display_width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..heads.len()).map(widest).collect();
        if widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1) > width {
            return self.rows.iter().try_for_each(|row| paragraph(&heads, row, out, paint, width));
        }
        writeln!(out, "{}", paint.faint(line(&heads, &widths)))?;
        self.rows.iter().try_for_each(|row| writeln!(out, "{}", line(row, &widths)))
    }
}

/// The first cell at the left, the others at the right of their columns.
fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let gap = " ".repeat(width.saturating_sub(display_width(cell)));
        line.push_str(&if at == 0 { format!("{cell}{gap}") } else { format!("  {gap}{cell}") });
    }
    line.trim_end().to_owned()
}

fn paragraph(heads: &[String], row: &[String], out: &mut dyn Write, paint: Paint, width: usize) -> io::Result<()> {
    let mut cells = row.iter().zip(heads);
    if let Some((name, _)) = cells.next() {
        writeln!(out, "{}", paint.strong(fit(name, width)))?;
    }
    // A value and its name stay in one line.
    let pairs = cells.map(|(cell, head)| format!("{head} {cell}").replace(' ', "\u{a0}"));
    for text in wrap(&pairs.collect::<Vec<_>>().join(", "), width, "  ") {
        writeln!(out, "{}", text.replace('\u{a0}', " "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_fills_its_columns_and_no_more() {
        assert_eq!(fit("bridge", 6), "bridge");
        assert_eq!(fit("bridges", 6), "bridg\u{2026}");
        assert_eq!(fit("\u{6a4b}\u{6a4b}\u{6a4b}", 4), "\u{6a4b}\u{2026}", "wide characters take two columns");
        assert_eq!(fit("bridge", 0), "");
    }

    #[test]
    fn padding_counts_columns_and_not_characters() {
        assert_eq!(pad("\u{6a4b}", 4), "\u{6a4b}  ");
        assert_eq!(pad("e\u{301}", 3), "e\u{301}  ");
    }

    #[test]
    fn a_grid_that_is_too_wide_becomes_paragraphs() {
        let mut grid = Grid::new(&["host", "stories", "a story"]);
        grid.row(vec!["news.example".into(), "12".into(), "1.50".into()]);
        grid.row(vec!["\u{6a4b}.example".into(), "7".into(), "0.25".into()]);
        let printed = |width: usize| {
            let mut out = Vec::new();
            grid.print(&mut out, Paint { on: false }, width).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            printed(30),
            "host          stories  a story\nnews.example       12     1.50\n\u{6a4b}.example          7     0.25\n"
        );
        assert_eq!(
            printed(29),
            "news.example\n  stories 12, a story 1.50\n\u{6a4b}.example\n  stories 7, a story 0.25\n"
        );
    }

    #[test]
    fn no_wrapped_line_is_wider_than_asked() {
        let lines = wrap(&"The old bridge was closed on Monday. ".repeat(9), 30, "  ");
        assert!(lines.iter().all(|line| display_width(line) <= 30 && line.starts_with("  ")), "{lines:?}");
    }
}
