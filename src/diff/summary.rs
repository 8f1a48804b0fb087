//! The whole of a diff in numbers and in one line.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tokens::Words;
use super::{Field, Group, Op, Options};
use crate::model::Article;
use crate::text::folded;

/// What changed between two articles, in numbers.
///
/// Its `Display` is one line of English, such as `headline; 2 paragraphs added, 1 edited; +40 -3 words`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// Whether the headline differs.
    pub headline_changed: bool,
    /// Whether the deck differs.
    pub deck_changed: bool,
    /// Whether the authors or their order differ.
    pub byline_changed: bool,
    /// Paragraphs that are new.
    pub paragraphs_added: usize,
    /// Paragraphs that are gone.
    pub paragraphs_removed: usize,
    /// Paragraphs that were edited, whether they moved or not.
    pub paragraphs_edited: usize,
    /// Paragraphs that moved, whether they were edited or not.
    pub paragraphs_moved: usize,
    /// Words that came, in all fields. A character of a script without spaces counts as a word.
    pub words_added: usize,
    /// Words that went.
    pub words_removed: usize,
    /// The share of words in common, 0 to 1.
    pub similarity: f64,
    /// How much the change matters to a reader, 0 to 1.
    pub significance: f64,
    /// Whether the articles differ, and only in typography and in where paragraphs end: their [`folded`] texts are equal.
    pub cosmetic_only: bool,
}

pub(super) fn summarize(groups: &[Group], words: Words, old: &Article, new: &Article, options: &Options) -> Summary {
    let _ = options;
    let body = |counts: &dyn Fn(&Group) -> bool| {
        groups.iter().filter(|group| group.field == Field::Body && counts(group)).count()
    };
    Summary {
        headline_changed: old.headline != new.headline,
        deck_changed: old.deck != new.deck,
        byline_changed: old.byline != new.byline,
        paragraphs_added: body(&|group| group.op == Op::Add),
        paragraphs_removed: body(&|group| group.op == Op::Delete),
        paragraphs_edited: body(&|group| group.op == Op::Edit),
        paragraphs_moved: body(&|group| group.moved),
        words_added: words.added,
        words_removed: words.removed,
        similarity: words.similarity(),
        significance: 1.0 - words.similarity(),
        cosmetic_only: old != new && folded(old) == folded(new),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cosmetic_only {
            return f.write_str("typography only");
        }
        let fields =
            [(self.headline_changed, "headline"), (self.deck_changed, "deck"), (self.byline_changed, "byline")];
        let fields: Vec<&str> = fields.into_iter().filter(|(changed, _)| *changed).map(|(_, name)| name).collect();
        let parts = [fields.join(", "), self.paragraphs(), self.words()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        f.write_str(if parts.is_empty() { "no change" } else { "" })?;
        f.write_str(&parts.join("; "))
    }
}

impl Summary {
    /// `2 paragraphs added, 1 edited`: the noun stands once.
    fn paragraphs(&self) -> String {
        let counts = [
            (self.paragraphs_added, "added"),
            (self.paragraphs_removed, "removed"),
            (self.paragraphs_edited, "edited"),
            (self.paragraphs_moved, "moved"),
        ];
        let mut parts: Vec<String> = Vec::new();
        for (count, verb) in counts.into_iter().filter(|(count, _)| *count > 0) {
            let noun = match (parts.is_empty(), count) {
                (true, 1) => " paragraph",
                (true, _) => " paragraphs",
                (false, _) => "",
            };
            parts.push(format!("{count}{noun} {verb}"));
        }
        parts.join(", ")
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
}

#[cfg(test)]
mod tests {
    use super::super::{Options, compare};
    use crate::model::Article;

    fn line(old: &Article, new: &Article) -> String {
        compare(old, new, &Options::default()).summary.to_string()
    }

    #[test]
    fn the_line_says_the_most_important_first_and_counts_in_english() {
        let old = Article::new("Bridge closed")
            .with_byline(["Ada Lund"])
            .with_text("A crack was found.\n\nThe mayor was told on Monday.");
        let new = Article::new("Bridge open")
            .with_byline(["Bo Ek"])
            .with_text("A crack was found.\n\nIt is mended.\n\nThe mayor was told on Friday.\n\nCars may pass.");
        assert_eq!(line(&old, &new), "headline, byline; 2 paragraphs added, 1 edited; +10 -4 words");
        assert_eq!(line(&new, &old), "headline, byline; 2 paragraphs removed, 1 edited; +4 -10 words");
        assert_eq!(line(&old, &old), "no change");
        let longer = old.clone().with_text("A crack was found.\n\nThe mayor was told on Monday morning.");
        assert_eq!(line(&old, &longer), "1 paragraph edited; +1 word");
    }

    #[test]
    fn a_move_is_no_change_of_words() {
        let old = Article::new("").with_text("A crack was found in the pier.\n\nThe mayor was told.");
        let new = Article::new("").with_text("The mayor was told.\n\nA crack was found in the pier.");
        assert_eq!(line(&old, &new), "1 paragraph moved");
    }

    #[test]
    fn typography_alone_is_said_to_be_just_that() {
        let old = Article::new("\"No\"").with_text("One - two...");
        let new = Article::new("“No”").with_text("One – two…");
        assert_eq!(line(&old, &new), "typography only");
        assert_eq!(line(&old, &old), "no change");
    }

    #[test]
    fn a_mark_that_is_no_word_is_a_change_of_a_paragraph() {
        assert_eq!(
            line(&Article::new("").with_text("Closed."), &Article::new("").with_text("Closed!")),
            "1 paragraph edited"
        );
    }
}
