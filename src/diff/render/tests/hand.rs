//! Diffs made by hand, so that what is shown does not hang on what is found.

use super::super::super::{ArticleDiff, Change, Class, Field, Finding, Group, Op, Options, Span, TokenOp, compare};
use crate::model::Article;

pub(super) const EQ: Change = Change::Eq;
pub(super) const DEL: Change = Change::Del;
pub(super) const INS: Change = Change::Ins;

/// Which paragraph, and which sentence of it.
type At = (usize, usize);

/// Two articles given as paragraphs of sentences, and the groups.
pub(super) struct Hand {
    old: Article,
    new: Article,
    spans: [Vec<Vec<Span>>; 2],
    groups: Vec<Group>,
}

fn joined(sentences: &[&str]) -> (String, Vec<(usize, usize)>) {
    let mut text = String::new();
    let mut ranges = Vec::new();
    for sentence in sentences {
        let wide = text.ends_with('。') || sentence.starts_with('\u{1}');
        text.push_str(if text.is_empty() || wide { "" } else { " " });
        let start = text.len();
        text.push_str(sentence.trim_start_matches('\u{1}'));
        ranges.push((start, text.len()));
    }
    (text, ranges)
}

fn article(paragraphs: &[&[&str]]) -> (Article, Vec<Vec<Span>>) {
    let mut article = Article::new("Bridge");
    let mut spans = Vec::new();
    for (para, sentences) in paragraphs.iter().enumerate() {
        let (text, ranges) = joined(sentences);
        article.paragraphs.push(text);
        let span = |(sent, (start, end)): (usize, (usize, usize))| Span { para, sent, start, end };
        spans.push(ranges.into_iter().enumerate().map(span).collect());
    }
    (article, spans)
}

impl Hand {
    pub(super) fn new(old: &[&[&str]], new: &[&[&str]]) -> Self {
        let ((old, old_spans), (new, new_spans)) = (article(old), article(new));
        Self { old, new, spans: [old_spans, new_spans], groups: Vec::new() }
    }

    /// Adds a group; its operations are given as texts, which follow one another on either side.
    pub(super) fn group(mut self, old: &[At], new: &[At], ops: &[(Change, &str)]) -> Self {
        let spans = |side: usize, at: &[At]| at.iter().map(|at| self.spans[side][at.0][at.1]).collect::<Vec<_>>();
        let (old, new) = (spans(0, old), spans(1, new));
        let op = match (old.len(), new.len()) {
            (_, 0) => Op::Delete,
            (0, _) => Op::Add,
            (1, 1) if ops.iter().all(|op| op.0 == EQ) => Op::Unchanged,
            (1, 1) => Op::Edit,
            (1, _) => Op::Split,
            (_, 1) => Op::Merge,
            _ => Op::Regroup,
        };
        let tokens = tokens(&old, &new, ops);
        self.groups.push(Group {
            id: self.groups.len(),
            op,
            field: Field::Body,
            old,
            new,
            moved: false,
            move_id: None,
            similarity: 0.5,
            tags: Vec::new(),
            findings: Vec::new(),
            tokens,
        });
        self
    }

    /// Adds a sentence that is the same on both sides.
    pub(super) fn same(self, old: At, new: At) -> Self {
        let span = self.spans[0][old.0][old.1];
        let text = span.of(Field::Body, &self.old).to_owned();
        self.group(&[old], &[new], &[(EQ, &text)])
    }

    pub(super) fn gone(self, old: At) -> Self {
        let text = self.spans[0][old.0][old.1].of(Field::Body, &self.old).to_owned();
        self.group(&[old], &[], &[(DEL, &text)])
    }

    pub(super) fn came(self, new: At) -> Self {
        let text = self.spans[1][new.0][new.1].of(Field::Body, &self.new).to_owned();
        self.group(&[], &[new], &[(INS, &text)])
    }

    /// Says of the last group that it moved.
    pub(super) fn moved(mut self, id: usize) -> Self {
        let group = self.groups.last_mut().unwrap();
        (group.moved, group.move_id) = (true, Some(id));
        self
    }

    /// Says of the last group what kind of change it is.
    pub(super) fn tagged(mut self, tag: Class, finding: Option<Finding>) -> Self {
        let group = self.groups.last_mut().unwrap();
        group.tags.push(tag);
        group.findings.extend(finding);
        self
    }

    pub(super) fn done(self) -> (ArticleDiff, Article, Article) {
        let mut diff = compare(&self.old, &self.new, &Options::default());
        diff.groups.retain(|group| group.field != Field::Body);
        diff.groups.extend(self.groups);
        (diff, self.old, self.new)
    }
}

fn tokens(old: &[Span], new: &[Span], ops: &[(Change, &str)]) -> Vec<TokenOp> {
    let start = |spans: &[Span]| (0, spans.first().map_or(0, |span| span.start));
    let step = |spans: &[Span], (at, byte): (usize, usize)| match spans.get(at) {
        Some(span) if byte >= span.end && at + 1 < spans.len() => (at + 1, spans[at + 1].start),
        _ => (at, byte),
    };
    let (mut in_old, mut in_new) = (start(old), start(new));
    let mut tokens = Vec::new();
    for (op, text) in ops {
        let (mut was, mut is) = ([in_old.1; 2], [in_new.1; 2]);
        if *op != INS {
            in_old = step(old, in_old);
            was = [in_old.1, in_old.1 + text.len()];
        }
        if *op != DEL {
            in_new = step(new, in_new);
            is = [in_new.1, in_new.1 + text.len()];
        }
        let text = if *op == EQ { String::new() } else { (*text).to_owned() };
        tokens.push(TokenOp { op: *op, old: was, new: is, old_span: in_old.0, new_span: in_new.0, text });
        (in_old.1, in_new.1) = (was[1], is[1]);
    }
    tokens
}
