//! Marked text, wrapped to the width of a terminal.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::super::Change;
use super::note::Note;
use super::part::Part;
use crate::text::safe::for_terminal;

/// How a part of a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Dim,
    Bold,
    Del,
    Ins,
    /// A text that is wholly gone, or new. Struck through, or bold, a paragraph is hard to read, and the margin says it.
    Gone,
    Came,
    /// Moved: cyan.
    Moved,
    /// Deleted and inserted where it hardly matters.
    DimDel,
    DimIns,
}

impl Style {
    /// The SGR code (ECMA-48) that turns it on: deleted red and struck through, inserted green and bold.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Dim => "\u{1b}[2m",
            Self::Bold => "\u{1b}[1m",
            Self::Del => "\u{1b}[9;31m",
            Self::Ins => "\u{1b}[1;32m",
            Self::Gone => "\u{1b}[31m",
            Self::Came => "\u{1b}[32m",
            Self::Moved => "\u{1b}[36m",
            Self::DimDel => "\u{1b}[2;9;31m",
            Self::DimIns => "\u{1b}[2;32m",
        }
    }
}

/// How text is marked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) color: bool,
    /// The style of what did not change.
    pub(super) plain: Style,
}

/// A note as it stands in a text.
pub(super) fn told(note: &Note) -> String {
    match &note.quote {
        Some(quote) => format!("({}: \"{quote}\")", note.words),
        None => format!("({})", note.words),
    }
}

/// The SGR code that turns every style off.
pub(super) const RESET: &str = "\u{1b}[0m";

/// The smallest thing that is not broken: a grapheme, or a mark.
#[derive(Debug, Clone)]
struct Unit {
    text: String,
    style: Style,
    width: usize,
    /// Whether a line may end before it.
    breaks: bool,
}

impl Unit {
    fn mark(mark: &str, breaks: bool) -> Self {
        Self { text: mark.to_owned(), style: Style::Plain, width: mark.len(), breaks }
    }
}

/// A text with styles, not yet in lines. Whatever is put in is made safe for a terminal.
#[derive(Debug, Default)]
pub(super) struct Line {
    units: Vec<Unit>,
}

/// A line of the answer: its text with codes, and how many columns it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) text: String,
    pub(super) width: usize,
}

impl Line {
    pub(super) fn new(text: &str, style: Style) -> Self {
        let mut line = Self::default();
        line.text(text, style);
        line
    }

    /// Makes a line of what a paragraph is now and was; without colour with the marks of `git diff --word-diff`, and
    /// `{>` `<}` around what moved.
    pub(super) fn marked(parts: &[Part<'_>], look: Look) -> Self {
        let mut line = Self::default();
        let mut is_moved = false;
        for part in parts {
            let plain = if is_moved && look.color { Style::Moved } else { look.plain };
            match part {
                Part::Text(change, text) => line.change(*change, text, Look { plain, ..look }),
                Part::Break(change) => line.change(*change, "\u{b6}", look),
                Part::Cut => line.text("[...]", Style::Dim),
                Part::Away(note) => line.text(&told(note), Style::Dim),
                Part::Here(note) => {
                    is_moved = true;
                    if let Some(note) = note {
                        line.text(&told(note), Style::Dim);
                        line.text(" ", look.plain);
                    }
                    line.mark("{>", look.color);
                }
                Part::HereEnd => {
                    is_moved = false;
                    line.mark("<}", look.color);
                }
            }
        }
        line
    }

    fn change(&mut self, change: Change, text: &str, look: Look) {
        let is_dim = look.plain == Style::Dim;
        match (change, look.color) {
            (Change::Eq, _) => self.text(text, look.plain),
            (Change::Del, true) => self.text(text, if is_dim { Style::DimDel } else { Style::Del }),
            (Change::Ins, true) => self.text(text, if is_dim { Style::DimIns } else { Style::Ins }),
            (Change::Del, false) => self.between("[-", text, "-]"),
            (Change::Ins, false) => self.between("{+", text, "+}"),
        }
    }

    /// Without colour, one of the marks around what moved.
    fn mark(&mut self, mark: &str, color: bool) {
        if !color {
            let breaks = mark == "{>" && (self.units.last().is_some_and(is_mark) || self.ends_with_space());
            self.units.push(Unit::mark(mark, breaks));
        }
    }

    pub(super) fn text(&mut self, text: &str, style: Style) {
        for grapheme in for_terminal(text).graphemes(true) {
            self.push(grapheme, style);
        }
    }

    fn between(&mut self, open: &str, text: &str, close: &str) {
        // Two of a kind are one.
        if let Some(last) = self.units.pop_if(|last| last.text == close) {
            self.text(text, Style::Plain);
            return self.units.push(last);
        }
        let after_mark = self.units.last().is_some_and(is_mark);
        self.units.push(Unit::mark(open, after_mark || self.ends_with_space()));
        self.text(text, Style::Plain);
        self.units.push(Unit::mark(close, false));
    }

    /// Returns whether a line may end after what is there: after white space, but not between it and the mark it stands in.
    fn ends_with_space(&self) -> bool {
        let mut back = self.units.iter().rev().skip_while(|unit| matches!(unit.text.as_str(), "-]" | "+}" | "<}"));
        back.next().is_some_and(is_space) && !back.next().is_some_and(|unit| opens(&unit.text))
    }

    fn push(&mut self, grapheme: &str, style: Style) {
        let width = grapheme.width();
        let breaks = match self.units.last() {
            None => false,
            Some(_) if self.ends_with_space() => true,
            Some(last) => (width > 1 || last.width > 1 && !is_mark(last)) && !holds_on(grapheme) && !opens(&last.text),
        };
        self.units.push(Unit { text: grapheme.to_owned(), style, width, breaks });
    }

    /// Returns the lines, of which none is wider than `width` (one wide character is put on a line that is narrower).
    pub(super) fn wrap(&self, width: usize, color: bool) -> Vec<Row> {
        let mut rows: Vec<Vec<&Unit>> = Vec::new();
        let mut row: Vec<&Unit> = Vec::new();
        let mut used = 0;
        for word in self.words() {
            if used > 0 && used + seen_width(word) > width {
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            for unit in word {
                if used > 0 && used + unit.width > width && !is_space(unit) {
                    rows.push(std::mem::take(&mut row));
                    used = 0;
                }
                row.push(unit);
                used += unit.width;
            }
        }
        rows.push(row);
        rows.into_iter().map(|units| Row::new(&units, color)).collect()
    }

    fn words(&self) -> impl Iterator<Item = &[Unit]> {
        self.units.chunk_by(|_, next| !next.breaks)
    }

    /// Returns one line of at most `width` columns that ends with "..." if there was more.
    pub(super) fn shortened(&self, width: usize, color: bool) -> Row {
        if self.units.iter().map(|unit| unit.width).sum::<usize>() <= width {
            return Row::new(&self.units.iter().collect::<Vec<_>>(), color);
        }
        let mut kept: Vec<&Unit> = Vec::new();
        let mut used = 3;
        for word in self.words() {
            let fits = used + seen_width(word) <= width;
            if !fits && !kept.is_empty() {
                break;
            }
            kept.extend(word.iter().take_while(|unit| {
                used += unit.width;
                fits || used <= width
            }));
            if !fits {
                break;
            }
        }
        while kept.last().is_some_and(|unit| is_space(unit)) {
            kept.pop();
        }
        let style = kept.last().map_or(Style::Plain, |unit| unit.style);
        let dots = Unit { text: "...".to_owned(), style, width: 3, breaks: false };
        kept.push(&dots);
        Row::new(&kept, color)
    }
}

impl Row {
    /// Joins units; styles are turned off at the end, so that none runs into the margin.
    fn new(units: &[&Unit], color: bool) -> Self {
        let end = units.iter().rposition(|unit| !is_space(unit)).map_or(0, |last| last + 1);
        let (mut text, mut width, mut style) = (String::new(), 0, Style::Plain);
        for unit in units.iter().take(end) {
            if color && unit.style != style {
                text.push_str(if style == Style::Plain { "" } else { RESET });
                text.push_str(unit.style.code());
                style = unit.style;
            }
            text.push_str(&unit.text);
            width += unit.width;
        }
        if style != Style::Plain {
            text.push_str(RESET);
        }
        Self { text, width }
    }
}

/// White space at the end of a line may stand over its edge.
fn seen_width(word: &[Unit]) -> usize {
    let end = word.iter().rposition(|unit| !is_space(unit)).map_or(0, |last| last + 1);
    word.iter().take(end).map(|unit| unit.width).sum()
}

fn is_space(unit: &Unit) -> bool {
    unit.text.chars().all(char::is_whitespace)
}

fn is_mark(unit: &Unit) -> bool {
    matches!(unit.text.as_str(), "[-" | "-]" | "{+" | "+}" | "{>" | "<}")
}

/// Characters that do not begin a line (the commonest of JIS X 4051), and everything that joins two others.
fn holds_on(grapheme: &str) -> bool {
    const CLOSING: &str = "。、，．」』）】〉》！？：；ーっゃゅょッャュョぁぃぅぇぉ々";
    grapheme.chars().next().is_none_or(|first| first.is_ascii_punctuation() || CLOSING.contains(first))
}

fn opens(text: &str) -> bool {
    matches!(text, "[-" | "{+" | "{>" | "「" | "『" | "（" | "【" | "〈" | "《" | "(")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: usize) -> Vec<String> {
        Line::new(text, Style::Plain).wrap(width, false).into_iter().map(|row| row.text).collect()
    }

    #[test]
    fn lines_end_at_spaces_and_a_long_word_is_cut() {
        assert_eq!(lines("the old bridge is shut", 10), ["the old", "bridge is", "shut"]);
        assert_eq!(lines("a bridgebridge", 6), ["a", "bridge", "bridge"]);
        assert_eq!(lines("", 10), [""]);
    }

    #[test]
    fn wide_characters_count_double_and_no_line_begins_with_a_full_stop() {
        assert_eq!(lines("橋は閉鎖。市長", 8), ["橋は閉", "鎖。市長"]);
        assert_eq!(lines("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
    }

    #[test]
    fn marks_are_never_broken() {
        let parts = [
            Part::Text(Change::Del, "alpha ".into()),
            Part::Text(Change::Ins, "beta gamma ".into()),
            Part::Here(None),
            Part::Text(Change::Eq, "x y".into()),
            Part::HereEnd,
        ];
        for width in 4..30 {
            let rows = Line::marked(&parts, Look { color: false, plain: Style::Plain }).wrap(width, false);
            let joined: String = rows.iter().map(|row| row.text.as_str()).collect();
            assert_eq!(joined.replace(' ', ""), "[-alpha-]{+betagamma+}{>xy<}");
            for row in rows {
                assert!(row.width <= width);
                let odd = row.text.ends_with('[')
                    || row.text.ends_with('{')
                    || row.text.starts_with(']')
                    || row.text.starts_with('}');
                assert!(!odd, "{width}: {}", row.text);
            }
        }
    }

    #[test]
    fn a_style_ends_with_its_line_and_begins_again_on_the_next() {
        let parts = [Part::Text(Change::Ins, "one two".into())];
        let rows = Line::marked(&parts, Look { color: true, plain: Style::Plain }).wrap(4, true);
        let text: Vec<_> = rows.into_iter().map(|row| row.text).collect();
        assert_eq!(text, ["\u{1b}[1;32mone\u{1b}[0m", "\u{1b}[1;32mtwo\u{1b}[0m"]);
    }

    #[test]
    fn a_shortened_line_fits_and_says_that_there_was_more() {
        let line = Line::new("The mayor was told on Monday.", Style::Plain);
        assert_eq!(line.shortened(16, false).text, "The mayor was...");
        assert_eq!(line.shortened(29, false).text, "The mayor was told on Monday.");
        assert_eq!(Line::new("Donaudampfschiff", Style::Plain).shortened(8, false).text, "Donau...");
    }
}
