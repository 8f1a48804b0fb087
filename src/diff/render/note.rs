//! What is said beside a row: where it moved, and what kind of change it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_segmentation::UnicodeSegmentation;

use super::super::class::is_invisible;
use super::super::{Change, Class, Field, Finding, Group, NoticeKind, Span};
use super::page::{Kind, Piece, Row, What};
use crate::model::Article;

/// One end of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// The number of the move, from 1, in the order of the newer article.
    pub(super) id: usize,
    /// `moved up from paragraph 7`, or `moved to paragraph 2`.
    pub(super) words: String,
    /// The first words of what moved, where that is not at hand.
    pub(super) quote: Option<String>,
    /// Whether it is said again, of another part of the same move.
    pub(super) again: bool,
}

/// What kind of change a row is, in a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: &'static str,
    /// What became what: `17` and `22`.
    pub(super) change: Option<(String, String)>,
}

impl Tag {
    /// Says it in one line, with an arrow of the reader's choice.
    pub(super) fn say(&self, arrow: &str) -> String {
        match &self.change {
            Some((old, new)) => format!("{} {old} {arrow} {new}", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// A move: the older and newer paragraphs that it reaches over, and where its ends are shown first.
#[derive(Debug, Default)]
struct Ends {
    old: Option<(usize, usize)>,
    new: Option<(usize, usize)>,
    away: Option<(usize, usize)>,
    here: Option<(usize, usize)>,
    /// The first place in each further row that holds more than what moved.
    again: Vec<(usize, usize)>,
    quote: String,
}

/// Numbers the moves from 1 in the order of the newer article. What moved from one paragraph to another in its order is one
/// move, whatever came between.
pub(super) fn number(rows: &mut [Row<'_>]) {
    let key = |group: &Group| group.move_id.map_or((usize::MAX, group.id), |id| (id, 0));
    let mut ids: HashMap<(usize, usize), usize> = HashMap::new();
    let mut count = 0;
    for row in &mut *rows {
        let mut last: Option<(Span, usize)> = None;
        for group in row.segs.iter().filter(|seg| seg.what == What::Here).filter_map(|seg| seg.group) {
            let follows =
                last.zip(group.old.first()).filter(|((from, _), to)| from.para == to.para && from.start < to.start);
            let id = *ids.entry(key(group)).or_insert_with(|| {
                follows.map_or_else(
                    || {
                        count += 1;
                        count
                    },
                    |((_, id), _)| id,
                )
            });
            last = group.old.last().map(|span| (*span, id));
        }
    }
    for seg in rows.iter_mut().flat_map(|row| &mut row.segs) {
        if matches!(seg.what, What::Here | What::Away) {
            seg.move_id = seg.group.and_then(|group| ids.get(&key(group)).copied());
        }
    }
}

/// Sets the notes at the ends of each move, each once, and removes the places that have none.
pub(super) fn moves(rows: &mut [Row<'_>]) {
    let ends = ends(rows);
    for (id, ends) in &ends {
        let id = *id;
        let (here, away) = said(ends);
        let quote = Some(ends.quote.clone()).filter(|quote| !quote.is_empty());
        let from = Note { id, words: here, quote: None, again: false };
        for place in &ends.again {
            set(rows, Some(*place), Note { again: true, ..from.clone() });
        }
        set(rows, ends.here, from);
        set(rows, ends.away, Note { id, words: away, quote, again: false });
    }
    for row in rows {
        row.segs.retain(|seg| seg.what != What::Away || seg.note.is_some());
    }
}

fn set(rows: &mut [Row<'_>], place: Option<(usize, usize)>, note: Note) {
    if let Some(seg) = place.and_then(|(row, seg)| rows.get_mut(row)?.segs.get_mut(seg)) {
        seg.note = Some(note);
    }
}

fn ends(rows: &[Row<'_>]) -> BTreeMap<usize, Ends> {
    let mut all: BTreeMap<usize, Ends> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let is_mixed = row.segs.iter().any(|seg| matches!(seg.what, What::Same | What::Edited));
        for (place, seg) in row.segs.iter().enumerate() {
            let Some((group, id)) = seg.group.zip(seg.move_id) else { continue };
            let ends = all.entry(id).or_default();
            ends.old = group.old.iter().fold(ends.old, |range, span| Some(widened(range, span.para)));
            ends.new = group.new.iter().fold(ends.new, |range, span| Some(widened(range, span.para)));
            if seg.what == What::Away {
                ends.away.get_or_insert((at, place));
            } else if ends.here.is_none() {
                ends.here = Some((at, place));
                ends.quote = first_words(&seg.pieces);
            } else if is_mixed && ends.again.last().or(ends.here.as_ref()).is_some_and(|last| last.0 != at) {
                ends.again.push((at, place));
            }
        }
    }
    all
}

fn widened(range: Option<(usize, usize)>, para: usize) -> (usize, usize) {
    range.map_or((para, para), |(first, last)| (first.min(para), last.max(para)))
}

/// What is said where it is now, and where it was.
fn said(ends: &Ends) -> (String, String) {
    let way = match ends.here.cmp(&ends.away) {
        _ if ends.away.is_none() => "",
        std::cmp::Ordering::Less => " up",
        _ => " down",
    };
    if ends.here.map(|place| place.0) == ends.away.map(|place| place.0) {
        let words = format!("moved{way} in the paragraph");
        return (words.clone(), words);
    }
    let paragraphs = |range: Option<(usize, usize)>| match range.unwrap_or_default() {
        (first, last) if first == last => format!("paragraph {}", first.saturating_add(1)),
        (first, last) => format!("paragraphs {} to {}", first.saturating_add(1), last.saturating_add(1)),
    };
    (format!("moved{way} from {}", paragraphs(ends.old)), format!("moved to {}", paragraphs(ends.new)))
}

/// The most characters of a quote.
const MAX_QUOTE: usize = 32;

fn first_words(pieces: &[Piece<'_>]) -> String {
    let texts = pieces.iter().filter_map(|piece| match piece {
        Piece::Text(change, text) if *change != Change::Del => Some(*text),
        _ => None,
    });
    let is_quote = |character| matches!(character, '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」' | '\'' | '‘');
    shortened(texts.collect::<String>().trim().trim_matches(is_quote), MAX_QUOTE)
}

/// Returns the beginning of a text, cut after a word where there is one to be seen.
fn shortened(text: &str, max: usize) -> String {
    let text = text.trim();
    let Some((end, _)) = text.grapheme_indices(true).nth(max) else { return text.to_owned() };
    let head = text.get(..end).unwrap_or_default();
    let word = head.rfind(char::is_whitespace).filter(|at| 2 * at > end).and_then(|at| head.get(..at));
    format!("{}...", word.unwrap_or(head).trim_end())
}

/// The most changes of numbers that are told of one row.
const MAX_NUMBERS: usize = 3;

/// Returns what kind of change a row is, where that says more than the marks do.
pub(super) fn tags(row: &Row<'_>, old: &Article, new: &Article) -> Vec<Tag> {
    let mut seen = HashSet::new();
    let changed = row.segs.iter().filter(|seg| seg.what != What::Same).filter_map(|seg| seg.group);
    let groups: Vec<&Group> = changed.filter(|group| seen.insert(group.id)).collect();
    let mut tags = group_tags(&groups, old, new);
    if row.is_space && row.kind == Kind::Edited {
        tags.push(Tag { name: "white space", change: None });
    }
    tags
}

/// Returns the note that tells tags where there are no chips for them; nothing for a number, date or name alone, which the marks
/// show as they are.
pub(super) fn told(tags: &[Tag], arrow: &str) -> Option<String> {
    let is_shown = |tag: &&Tag| matches!(tag.name, "number" | "date" | "name");
    let told: Vec<String> = tags.iter().filter(|tag| !is_shown(tag)).map(|tag| tag.say(arrow)).collect();
    (!told.is_empty()).then(|| format!("({})", told.join("; ")))
}

/// The same of the groups of a headline or deck.
pub(super) fn group_tags(groups: &[&Group], old: &Article, new: &Article) -> Vec<Tag> {
    let mut classes: Vec<Class> = groups.iter().flat_map(|group| group.tags.iter().copied()).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut tags: Vec<Tag> = Vec::new();
    for class in classes {
        let findings = groups.iter().flat_map(|group| group.findings.iter().map(|found| (group.field, found)));
        let findings: Vec<(Field, &Finding)> = findings.filter(|(_, found)| found.class == class).collect();
        let said = match class {
            Class::Number => numbers(&findings, old, new),
            Class::Notice => notices(&findings),
            Class::Format if is_unseen(&findings, old, new) => vec![Tag { name: "invisible characters", change: None }],
            other => name(other).map(|name| Tag { name, change: None }).into_iter().collect(),
        };
        tags.extend(said);
    }
    tags
}

/// Whether all that came or went takes no room.
fn is_unseen(findings: &[(Field, &Finding)], old: &Article, new: &Article) -> bool {
    let text = |span: Option<Span>, field, article| span.map_or("", |span| Span::of(span, field, article)).to_owned();
    let seen = |text: &str| text.replace(is_invisible, "");
    let is_unseen = |(field, found): &(Field, &Finding)| {
        let (before, after) = (text(found.old, *field, old), text(found.new, *field, new));
        before != after && seen(&before) == seen(&after)
    };
    !findings.is_empty() && findings.iter().all(is_unseen)
}

fn numbers(findings: &[(Field, &Finding)], old: &Article, new: &Article) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for (field, found) in findings {
        let (Some(before), Some(after)) = (found.old, found.new) else { continue };
        let text = |text: &str| shortened(text.trim_matches(is_invisible), MAX_QUOTE);
        let change = Some((text(before.of(*field, old)), text(after.of(*field, new))));
        let tag = Tag { name: "number", change };
        if tags.len() < MAX_NUMBERS && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.is_empty() {
        tags.push(Tag { name: "number", change: None });
    }
    tags
}

fn notices(findings: &[(Field, &Finding)]) -> Vec<Tag> {
    let mut kinds: Vec<&'static str> = findings.iter().map(|(_, found)| notice(found.notice)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        kinds.push("notice");
    }
    kinds.into_iter().map(|name| Tag { name, change: None }).collect()
}

fn notice(kind: Option<NoticeKind>) -> &'static str {
    match kind {
        Some(NoticeKind::Update) => "update notice",
        Some(notice) => notice.as_str(),
        None => "notice",
    }
}

/// What a class is called, of those that the marks do not say already.
fn name(class: Class) -> Option<&'static str> {
    match class {
        Class::Name => Some("name"),
        Class::Quote => Some("quote"),
        Class::Attribution => Some("attribution"),
        Class::Hedge => Some("hedge"),
        Class::Typo => Some("typo"),
        Class::Boilerplate => Some("boilerplate"),
        Class::Format => Some("typography"),
        _ => None,
    }
}
