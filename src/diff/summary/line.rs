//! The whole in one line.

use std::fmt;

use super::{Stealth, Summary, WordChange};
use crate::diff::class::{NoticeKind, NumberChange};
use crate::text::safe;

/// So many of each kind of fact are told; the others are counted.
const TOLD: usize = 3;
/// The longest words of an article that are told, in characters.
const MAX_TOLD: usize = 28;

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cosmetic_only || self.boilerplate_only {
            return f.write_str(if self.cosmetic_only { "typography only" } else { "page furniture only" });
        }
        let fields =
            [(self.headline_changed, "headline"), (self.deck_changed, "deck"), (self.byline_changed, "byline")];
        let fields: Vec<&str> = fields.into_iter().filter(|(changed, _)| *changed).map(|(_, name)| name).collect();
        let mut parts = vec![
            if self.extraction_suspect { "extraction suspect".to_owned() } else { String::new() },
            fields.join(", "),
            self.notice.map_or(String::new(), |notice| format!("{} added", notice_name(notice))),
        ];
        parts.extend(self.facts());
        let facts = self.count_of_facts();
        parts.push(self.paragraphs(facts));
        if parts.iter().all(String::is_empty) {
            parts.push(self.sentences());
        }
        let words = self.words();
        if facts == 0 && self.typos == 0 && self.notice.is_none() {
            parts.push(words);
        }
        parts.push(self.silence().to_owned());
        parts.retain(|part| !part.is_empty());
        f.write_str(if parts.is_empty() { "no change" } else { "" })?;
        f.write_str(&parts.join("; "))
    }
}

impl Summary {
    /// `17 -> 22 dead; Lund -> Ek; quote edited; attribution: said -> claimed`
    fn facts(&self) -> Vec<String> {
        let mut parts: Vec<String> = self.numbers.iter().take(TOLD).map(number).collect();
        parts.extend(more(self.numbers.len(), "number"));
        parts.extend(changes("", &self.names, "name"));
        parts.extend(changes("", &self.dates, "date"));
        match self.quotes {
            0 => {}
            1 => parts.push("quote edited".to_owned()),
            quotes => parts.push(format!("{quotes} quotes edited")),
        }
        parts.extend(changes("attribution: ", &self.attributions, "attribution"));
        parts.extend(changes("hedge: ", &self.hedges, "hedge"));
        match self.typos {
            0 => {}
            1 => parts.push("typo".to_owned()),
            typos => parts.push(format!("{typos} typos")),
        }
        parts
    }

    fn count_of_facts(&self) -> usize {
        self.numbers.len()
            + self.names.len()
            + self.dates.len()
            + self.quotes
            + self.attributions.len()
            + self.hedges.len()
    }

    /// `2 paragraphs added, 1 edited`: the noun stands once. Edits that the facts tell are not counted again.
    fn paragraphs(&self, facts: usize) -> String {
        let edited = if self.paragraphs_edited > facts + self.typos { self.paragraphs_edited } else { 0 };
        listed(
            "paragraph",
            [
                (self.paragraphs_added, "added"),
                (self.paragraphs_removed, "removed"),
                (edited, "edited"),
                (self.paragraphs_moved, "moved"),
            ],
        )
    }

    fn sentences(&self) -> String {
        listed(
            "sentence",
            [
                (self.sentences_added, "added"),
                (self.sentences_removed, "removed"),
                (self.sentences_edited, "edited"),
                (self.sentences_moved, "moved"),
            ],
        )
    }

    fn words(&self) -> String {
        let signed = [(self.words_added, '+'), (self.words_removed, '-')];
        let counts: Vec<String> =
            signed.iter().filter(|(count, _)| *count > 0).map(|(count, sign)| format!("{sign}{count}")).collect();
        match counts.as_slice() {
            [] => String::new(),
            [one] if self.words_added + self.words_removed == 1 => format!("{one} word"),
            counts => format!("{} words", counts.join(" ")),
        }
    }

    fn silence(&self) -> &'static str {
        match self.stealth {
            None => "",
            Some(Stealth::NoNotice) => "no notice",
            Some(Stealth::ModifiedUnchanged) => "modified time unchanged",
            Some(Stealth::Both) => "no notice, modified time unchanged",
        }
    }
}

fn listed<const N: usize>(noun: &str, counts: [(usize, &str); N]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (count, verb) in counts.into_iter().filter(|(count, _)| *count > 0) {
        let plural = if count == 1 { "" } else { "s" };
        parts.push(if parts.is_empty() { format!("{count} {noun}{plural} {verb}") } else { format!("{count} {verb}") });
    }
    parts.join(", ")
}

fn notice_name(notice: NoticeKind) -> &'static str {
    match notice {
        // Alone, the word would be read as that of the whole change.
        NoticeKind::Update => "update note",
        notice => notice.as_str(),
    }
}

/// `17 -> 22 dead`, `$1.1bn -> $11bn`.
fn number(change: &NumberChange) -> String {
    let written = |text: &str, value: f64| if text.is_empty() { value.to_string() } else { shortened(text) };
    let (old, new) = (written(&change.old_text, change.old), written(&change.new_text, change.new));
    match &change.unit {
        Some(unit) if unit.chars().any(char::is_alphabetic) && unit.is_ascii() => {
            format!("{old} -> {new} {}", shortened(unit))
        }
        Some(unit) if unit.chars().any(char::is_alphabetic) => {
            // Scripts without spaces write what is counted directly after the number.
            let space = if unit.starts_with(|first| u32::from(first) >= 0xE00) { "" } else { " " };
            format!("{old} -> {new}{space}{}", shortened(unit))
        }
        Some(unit) if !new.contains(unit.as_str()) => format!("{old} -> {new}{unit}"),
        _ => format!("{old} -> {new}"),
    }
}

/// What was exchanged for what. Words that only came or only went say little without those around them.
fn changes(label: &str, changes: &[WordChange], noun: &str) -> Vec<String> {
    let told = changes.iter().take(TOLD).map(|change| match (change.old.is_empty(), change.new.is_empty()) {
        (true, _) => format!("{noun} added"),
        (_, true) => format!("{noun} removed"),
        _ => format!("{label}{} -> {}", shortened(&change.old), shortened(&change.new)),
    });
    let mut told: Vec<String> = told.collect();
    told.dedup();
    told.extend(more(changes.len(), noun));
    told
}

fn more(number: usize, noun: &str) -> Option<String> {
    match number.saturating_sub(TOLD) {
        0 => None,
        1 => Some(format!("and 1 more {noun}")),
        more => Some(format!("and {more} more {noun}s")),
    }
}

/// Text of strangers, short, in one line and without what steers a terminal.
fn shortened(text: &str) -> String {
    let start: String = text.chars().take(4 * MAX_TOLD).collect();
    let text = safe::for_terminal(&start);
    let line: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_TOLD + 1).collect();
    if line.len() <= MAX_TOLD {
        return line.into_iter().collect();
    }
    line.into_iter().take(MAX_TOLD - 1).chain(['\u{2026}']).collect()
}
