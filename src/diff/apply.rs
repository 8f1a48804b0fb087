//! One article from the other and the diff.

use super::ArticleDiff;
use super::group::{Change, Field, Group, Span, TokenOp};
use super::version::Version;
use crate::model::Article;

/// Why a diff could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The article is not the one that was compared.
    #[error("the diff was made from another article: {0} differs")]
    OtherArticle(&'static str),
    /// The diff, perhaps read from a file, contradicts itself.
    #[error("the diff is damaged: group {group} does not fit its article")]
    Damaged {
        /// The group.
        group: usize,
    },
}

impl ArticleDiff {
    /// Returns the newer article, made from the older one: byte for byte what was compared.
    ///
    /// ```
    /// use morgue::{Article, diff::{Options, compare}};
    ///
    /// let old = Article::new("Bridge closed").with_text("A crack was found.  The mayor was told.");
    /// let new = Article::new("Bridge open").with_text("The mayor was told. A crack was mended.");
    /// let diff = compare(&old, &new, &Options::default());
    /// assert_eq!(diff.apply(&old)?, new);
    /// assert_eq!(diff.revert(&new)?, old);
    /// # Ok::<(), morgue::diff::ApplyError>(())
    /// ```
    ///
    /// # Errors
    /// [`ApplyError::OtherArticle`] when `old` is not the older article, [`ApplyError::Damaged`] when the diff contradicts
    /// itself.
    pub fn apply(&self, old: &Article) -> Result<Article, ApplyError> {
        check(old, &self.old)?;
        build(&self.groups, old, &self.new, &View { from: |group| &group.old, to: |group| &group.new, mirrored: false })
    }

    /// Returns the older article, made from the newer one: the mirror of [`apply`](Self::apply).
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn revert(&self, new: &Article) -> Result<Article, ApplyError> {
        check(new, &self.new)?;
        build(&self.groups, new, &self.old, &View { from: |group| &group.new, to: |group| &group.old, mirrored: true })
    }
}

fn check(article: &Article, expected: &Version) -> Result<(), ApplyError> {
    let found = Version::new(article);
    let parts = [
        ("the headline", found.headline == expected.headline),
        ("the deck", found.deck == expected.deck),
        ("the byline", found.byline == expected.byline),
        ("the text", found.paragraphs == expected.paragraphs),
        ("the hash", found.hash == expected.hash),
    ];
    match parts.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(ApplyError::OtherArticle(what)),
        None => Ok(()),
    }
}

/// From which side to which a diff is read.
struct View {
    from: fn(&Group) -> &[Span],
    to: fn(&Group) -> &[Span],
    mirrored: bool,
}

impl View {
    /// Whether an operation is in the text that is made, and whether its text is in the diff and not in the other article.
    fn puts(&self, op: Change) -> (bool, bool) {
        match op {
            Change::Eq => (true, false),
            Change::Ins => (!self.mirrored, true),
            Change::Del => (self.mirrored, true),
        }
    }

    /// The place on the side that is read, and on the one that is made.
    fn places<'a>(&self, group: &'a Group, op: &TokenOp) -> Option<(Place<'a>, Place<'a>)> {
        let (old, new) = ((op.old_span, op.old), (op.new_span, op.new));
        let (from, to) = if self.mirrored { (new, old) } else { (old, new) };
        let place = |spans: &'a [Span], (at, range): (usize, [usize; 2])| Some(Place { span: spans.get(at)?, range });
        let empty = Place { span: &NOWHERE, range: [0, 0] };
        Some((place((self.from)(group), from).unwrap_or(empty), place((self.to)(group), to)?))
    }
}

const NOWHERE: Span = Span { para: 0, sent: 0, start: 0, end: 0 };

struct Place<'a> {
    span: &'a Span,
    range: [usize; 2],
}

fn build(groups: &[Group], from: &Article, made: &Version, view: &View) -> Result<Article, ApplyError> {
    let mut draft = Draft::new(made);
    for gap in &made.gaps {
        draft.put(gap.field, gap.para, gap.start, &gap.text).ok_or(ApplyError::Damaged { group: 0 })?;
    }
    for group in groups {
        for op in &group.tokens {
            put(&mut draft, group, op, from, view).ok_or(ApplyError::Damaged { group: group.id })?;
        }
    }
    draft.finish().ok_or(ApplyError::Damaged { group: 0 })
}

fn put(draft: &mut Draft, group: &Group, op: &TokenOp, from: &Article, view: &View) -> Option<()> {
    let (is_made, has_text) = view.puts(op.op);
    if !is_made {
        return Some(());
    }
    let (read, made) = view.places(group, op)?;
    let text = if has_text {
        op.text.as_str()
    } else {
        read.span.text(group.field, from)?.get(read.range[0]..read.range[1])?
    };
    draft.put(group.field, made.span.para, made.range[0], text)
}

/// The texts of an article that is being made, full of single spaces at first.
struct Draft {
    headline: Vec<u8>,
    deck: Vec<u8>,
    byline: Vec<Vec<u8>>,
    paragraphs: Vec<Vec<u8>>,
}

impl Draft {
    fn new(version: &Version) -> Self {
        let blank = |length: &usize| vec![b' '; *length];
        Self {
            headline: blank(&version.headline),
            deck: blank(&version.deck),
            byline: version.byline.iter().map(blank).collect(),
            paragraphs: version.paragraphs.iter().map(blank).collect(),
        }
    }

    fn put(&mut self, field: Field, para: usize, start: usize, text: &str) -> Option<()> {
        let bytes = match field {
            Field::Headline => &mut self.headline,
            Field::Deck => &mut self.deck,
            Field::Byline => self.byline.get_mut(para)?,
            Field::Body => self.paragraphs.get_mut(para)?,
        };
        bytes.get_mut(start..start.checked_add(text.len())?)?.copy_from_slice(text.as_bytes());
        Some(())
    }

    fn finish(self) -> Option<Article> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
        Some(Article {
            headline: text(self.headline)?,
            deck: text(self.deck)?,
            byline: self.byline.into_iter().map(text).collect::<Option<_>>()?,
            paragraphs: self.paragraphs.into_iter().map(text).collect::<Option<_>>()?,
        })
    }
}
