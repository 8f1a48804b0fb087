//! One version's paragraphs without marks, as a sequence of clauses.

use std::ops::Range;

use crate::diff::side::Cuts;
use crate::text::segment;

/// What stands between two white spaces or ends of sentences.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clause<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its sentence as the segmenter cuts, numbered through the version.
    pub(super) sentence: usize,
}

/// A paragraph: its place in the field, and its clauses.
#[derive(Debug, Clone)]
pub(super) struct Paragraph<'a> {
    place: usize,
    text: &'a str,
    pub(super) clauses: Range<usize>,
}

#[derive(Debug)]
pub(super) struct Version<'a> {
    pub(super) clauses: Vec<Clause<'a>>,
    pub(super) paragraphs: Vec<Paragraph<'a>>,
    /// The sentences of the segmenter, as ranges of clauses.
    pub(super) sentences: Vec<Range<usize>>,
    /// The characters before each clause.
    lengths: Vec<usize>,
}

impl<'a> Version<'a> {
    /// Reads the paragraphs in Thai or Lao that are not linked.
    pub(super) fn read(texts: &[&'a str], links: &[Option<usize>]) -> Self {
        let mut version = Self { clauses: Vec::new(), paragraphs: Vec::new(), sentences: Vec::new(), lengths: vec![0] };
        for (place, (text, link)) in texts.iter().zip(links).enumerate() {
            if link.is_none() && is_markless(text) {
                let first = version.clauses.len();
                version.read_paragraph(text);
                version.paragraphs.push(Paragraph { place, text, clauses: first..version.clauses.len() });
            }
        }
        version
    }

    fn read_paragraph(&mut self, paragraph: &'a str) {
        for sentence in segment::sentences(paragraph) {
            let first = self.clauses.len();
            for clause in segment::clauses(paragraph.get(sentence.clone()).unwrap_or_default()) {
                let (start, end) = (sentence.start + clause.start, sentence.start + clause.end);
                let text = paragraph.get(start..end).unwrap_or_default();
                self.clauses.push(Clause { text, start, end, sentence: self.sentences.len() });
                // One more for the space behind it.
                self.lengths.push(self.lengths.last().copied().unwrap_or(0) + text.chars().count() + 1);
            }
            self.sentences.push(first..self.clauses.len());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    pub(super) fn texts(&self) -> Vec<&'a str> {
        self.clauses.iter().map(|clause| clause.text).collect()
    }

    /// The characters of clauses.
    pub(super) fn length(&self, clauses: Range<usize>) -> usize {
        let before = |at: usize| self.lengths.get(at).copied().unwrap_or(0);
        before(clauses.end).saturating_sub(before(clauses.start))
    }

    pub(super) fn sentence_of(&self, clause: usize) -> Option<usize> {
        self.clauses.get(clause).map(|clause| clause.sentence)
    }

    /// Before which clauses a sentence of the segmenter begins.
    pub(super) fn own_cuts(&self) -> Vec<bool> {
        let mut cuts = vec![false; self.clauses.len()];
        for sentence in &self.sentences {
            cuts.get_mut(sentence.start).into_iter().for_each(|cut| *cut = true);
        }
        cuts
    }

    /// The sentences that the segmenter finds in a stretch that stands alone, as the clauses that begin them.
    pub(super) fn starts_within(&self, paragraph: &Paragraph<'_>, clauses: Range<usize>) -> Vec<usize> {
        let bytes = self.bytes(&clauses);
        let stretch = self.clauses.get(clauses.clone()).unwrap_or_default();
        segment::sentences(paragraph.text.get(bytes.clone()).unwrap_or_default())
            .into_iter()
            .map(|found| clauses.start + stretch.partition_point(|clause| clause.start < bytes.start + found.start))
            .filter(|start| *start < clauses.end)
            .collect()
    }

    fn bytes(&self, clauses: &Range<usize>) -> Range<usize> {
        let start = self.clauses.get(clauses.start).map_or(0, |clause| clause.start);
        let last = clauses.end.checked_sub(1).and_then(|last| self.clauses.get(last));
        start..last.map_or(start, |clause| clause.end)
    }

    /// The sentences that begin at cuts and at the starts of paragraphs, for each text of the field.
    pub(super) fn ranges(&self, cuts: &[bool], texts: usize) -> Cuts {
        let mut all: Cuts = vec![None; texts];
        for paragraph in &self.paragraphs {
            let mut sentences = Vec::new();
            let mut start = paragraph.clauses.start;
            for at in paragraph.clauses.clone() {
                if at > start && cuts.get(at).is_some_and(|cut| *cut) {
                    sentences.push(self.bytes(&(start..at)));
                    start = at;
                }
            }
            sentences.push(self.bytes(&(start..paragraph.clauses.end)));
            all.get_mut(paragraph.place).into_iter().for_each(|place| *place = Some(std::mem::take(&mut sentences)));
        }
        all
    }
}

/// Whether most of a text's characters are Thai or Lao. All of these begin with the same byte.
fn is_markless(text: &str) -> bool {
    if !text.as_bytes().contains(&0xE0) {
        return false;
    }
    let markless = text.chars().filter(|character| matches!(character, '\u{E00}'..='\u{EFF}')).count();
    markless * 2 > text.chars().count()
}
