//! One article's field as the alignment sees it: its sentences, and the words of those that are looked at.

use std::ops::Range;

use super::group::{Field, Span};
use super::vocabulary::{Id, Vocabulary};
use crate::text::segment::{self, TokenKind};

/// The sentences of each text of a field; `None` where they are those that [`segment::sentences`] finds by itself.
pub(super) type Cuts = Vec<Option<Vec<Range<usize>>>>;

/// The sentences of one field of one article.
#[derive(Debug, Default)]
pub(super) struct Side<'a> {
    pub(super) sentences: Vec<Sentence<'a>>,
    /// The sentences of each text of the field.
    pub(super) paragraphs: Vec<Range<usize>>,
    tokens: Vec<Token>,
    features: Vec<Feature>,
}

/// A sentence. What follows from its words is empty until they have been [read](Side::read).
#[derive(Debug, Clone)]
pub(super) struct Sentence<'a> {
    pub(super) span: Span,
    pub(super) text: &'a str,
    tokens: Range<usize>,
    features: Range<usize>,
    /// How much its features weigh, and its words.
    pub(super) mass: u64,
    pub(super) order_mass: u64,
    pub(super) words: usize,
}

/// A word or a mark, with its place in the text of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) id: Id,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: TokenKind,
}

/// What sentences are told apart by, and how often it stands in one: a word; in scripts without spaces a sequence of
/// characters, since single ones are everywhere; of Han and kana the single ones too, which outlive a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Feature {
    pub(super) id: Id,
    pub(super) count: u32,
}

impl<'a> Side<'a> {
    /// Splits texts into sentences, by `cuts` where they are given. `equal` tells which text of `other`, already split, is the same.
    pub(super) fn new(
        field: Field,
        texts: &[&'a str],
        cuts: &Cuts,
        other: Option<(&Side<'_>, &[Option<usize>])>,
    ) -> Self {
        let mut side = Self::default();
        for (para, text) in texts.iter().enumerate() {
            let first = side.sentences.len();
            let equal = other.and_then(|(other, equal)| other.paragraphs.get((*equal.get(para)?)?).zip(Some(other)));
            match (equal, field) {
                (Some((range, other)), _) => {
                    let spans = other.sentences.get(range.clone()).unwrap_or_default().iter();
                    side.push(para, text, spans.map(|sentence| sentence.span.start..sentence.span.end));
                }
                (None, Field::Body) if let Some(Some(cuts)) = cuts.get(para) => {
                    side.push(para, text, cuts.iter().cloned());
                }
                (None, Field::Body) => side.push(para, text, segment::sentences(text).into_iter()),
                (None, _) => side.push(para, text, std::iter::once(0..text.len())),
            }
            side.paragraphs.push(first..side.sentences.len());
        }
        side
    }

    fn push(&mut self, para: usize, text: &'a str, ranges: impl Iterator<Item = Range<usize>>) {
        for (sent, range) in ranges.enumerate() {
            let span = Span { para, sent, start: range.start, end: range.end };
            let text = text.get(range).unwrap_or_default();
            let (tokens, features) = (0..0, 0..0);
            self.sentences.push(Sentence { span, text, tokens, features, mass: 0, order_mass: 0, words: 0 });
        }
    }

    /// Reads the words of the sentences that `wanted` picks, and counts each for `copies(sentence)` sentences.
    pub(super) fn read(&mut self, vocabulary: &mut Vocabulary<'a>, wanted: impl Fn(usize) -> Option<u32>) -> u64 {
        let (mut found, mut read) = (Vec::new(), Vec::new());
        let mut steps = 0;
        for at in 0..self.sentences.len() {
            let Some(copies) = wanted(at) else { continue };
            let Some(sentence) = self.sentences.get(at) else { continue };
            let (text, start) = (sentence.text, sentence.span.start);
            let first = self.tokens.len();
            found.clear();
            let mut before = Before::default();
            let mut words = 0;
            segment::tokens_into(text, &mut read);
            for token in &read {
                if token.kind == TokenKind::Space {
                    continue;
                }
                let id = vocabulary.id(token.of(text));
                let placed = Token { id, start: start + token.start, end: start + token.end, kind: token.kind };
                self.tokens.push(placed);
                words += usize::from(token.kind.is_word());
                found.extend(before.feature(placed, token.of(text), vocabulary));
                if token.kind == TokenKind::Character && !is_syllabic(token.of(text)) {
                    found.push(id);
                }
            }
            steps += (self.tokens.len() - first) as u64;
            let features = self.collect(&mut found, vocabulary, copies);
            let tokens = first..self.tokens.len();
            if let Some(sentence) = self.sentences.get_mut(at) {
                (sentence.tokens, sentence.features, sentence.words) = (tokens, features, words);
            }
        }
        steps
    }

    fn collect(&mut self, found: &mut [Id], vocabulary: &mut Vocabulary<'a>, copies: u32) -> Range<usize> {
        let first = self.features.len();
        found.sort_unstable();
        for run in found.chunk_by(Id::eq) {
            let Some(id) = run.first() else { continue };
            vocabulary.count(*id, copies);
            self.features.push(Feature { id: *id, count: u32::try_from(run.len()).unwrap_or(u32::MAX) });
        }
        first..self.features.len()
    }

    /// Whether a sentence is a clause that goes on with the one before it.
    pub(super) fn goes_on(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.sentences.get(before)).zip(self.sentences.get(at));
        before.is_some_and(|(before, own)| {
            before.span.para == own.span.para && before.text.ends_with([';', ':', '\u{61B}', '–', '—', '；'])
        })
    }

    /// Sets how much the sentences weigh, once the vocabulary has weights.
    pub(super) fn weigh(&mut self, vocabulary: &Vocabulary<'_>) {
        let (tokens, features) = (&self.tokens, &self.features);
        for sentence in &mut self.sentences {
            let features = features.get(sentence.features.clone()).unwrap_or_default();
            sentence.mass =
                features.iter().map(|feature| u64::from(feature.count) * vocabulary.weight(feature.id)).sum();
            let tokens = tokens.get(sentence.tokens.clone()).unwrap_or_default();
            sentence.order_mass = tokens.iter().map(|token| order_weight(*token, vocabulary)).sum();
        }
    }

    pub(super) fn tokens(&self, sentence: usize) -> &[Token] {
        self.sentences.get(sentence).and_then(|sentence| self.tokens.get(sentence.tokens.clone())).unwrap_or_default()
    }

    pub(super) fn features(&self, sentence: usize) -> &[Feature] {
        let sentence = self.sentences.get(sentence);
        sentence.and_then(|sentence| self.features.get(sentence.features.clone())).unwrap_or_default()
    }
}

/// What a token weighs where the order counts; marks weigh nothing.
pub(super) fn order_weight(token: Token, vocabulary: &Vocabulary<'_>) -> u64 {
    if token.kind.is_word() { vocabulary.weight(token.id) } else { 0 }
}

/// Whether a character is of Thai, Lao, Myanmar or Khmer, of which it takes several to make a syllable.
fn is_syllabic(character: &str) -> bool {
    character.starts_with(|first| ('\u{E00}'..'\u{1800}').contains(&first))
}

/// The token before, for sequences of characters.
#[derive(Default)]
struct Before {
    token: Option<Token>,
    pair: Option<Id>,
}

impl Before {
    /// Returns the feature that ends with a token: the word itself, two characters of Han or kana, three of Thai.
    fn feature(&mut self, token: Token, text: &str, vocabulary: &mut Vocabulary<'_>) -> Option<Id> {
        let before = self.token.replace(token).filter(|before| {
            before.kind == TokenKind::Character && token.kind == TokenKind::Character && before.end == token.start
        });
        let last_pair = self.pair.take();
        match (token.kind, before) {
            (TokenKind::Word | TokenKind::Number, _) => Some(token.id),
            (TokenKind::Character, Some(before)) => {
                let pair = vocabulary.sequence(before.id, token.id);
                self.pair = Some(pair);
                Some(match last_pair {
                    Some(last) if is_syllabic(text) => vocabulary.sequence(last, token.id),
                    _ => pair,
                })
            }
            (TokenKind::Character, None) => Some(token.id),
            _ => None,
        }
    }
}
