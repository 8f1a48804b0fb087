//! Which paragraphs of a page are its story.

use ego_tree::NodeId;
use rustc_hash::{FxHashMap, FxHashSet};
use scraper::Html;

use super::Marks;
use super::blocks::{Block, Kind};
use super::deck;
use super::lines::{is_correction, is_furniture};
use crate::page::dom::{Ref, attribute, is_block, name};

/// How much of a paragraph must be in what the extractor found, in hundredths.
pub(super) const MIN_SHARE: usize = 50;
/// The fewest words by which a paragraph says where the story is.
const LONG: usize = 12;
/// How much of the story must lie in its place, in hundredths of its words.
const REGION_SHARE: usize = 80;
/// A paragraph of which more is linked, in hundredths of its letters, is a link to elsewhere.
const MAX_LINKED: usize = 70;

/// What is known of the story before its text is chosen.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Hints<'a> {
    pub(in crate::page) headline: &'a str,
    pub(in crate::page) byline: &'a [String],
    /// What the page gives as its description, in several places.
    pub(in crate::page) descriptions: &'a [String],
}

/// A story's text.
#[derive(Debug, Default)]
pub(in crate::page) struct Story {
    pub(in crate::page) deck: String,
    pub(in crate::page) paragraphs: Vec<String>,
}

/// Chooses the paragraphs of the story among all of the page.
pub(super) fn select(html: &Html, blocks: Vec<Block>, marked: &str, hints: Hints<'_>) -> Story {
    let marks = Marks::of(marked);
    let lines: FxHashSet<&str> = marked.lines().map(str::trim).collect();
    let mut choice = Choice {
        kept: blocks
            .iter()
            .map(|block| match block.words() {
                0..5 => lines.contains(block.text.as_str()) || marks.share(&block.text) >= 100,
                _ => marks.share(&block.text) >= MIN_SHARE,
            })
            .collect(),
        blocks,
    };
    let Some(region) = choice.region(html) else { return choice.finish(None) };
    choice.leave_outside(html, region);
    choice.fill();
    choice.add(html, region);
    let deck = deck::find(html, &choice.blocks, &choice.kept, hints);
    choice.drop_furniture(hints);
    choice.finish(deck)
}

struct Choice {
    blocks: Vec<Block>,
    kept: Vec<bool>,
}

impl Choice {
    fn is_kept(&self, at: usize) -> bool {
        self.kept.get(at) == Some(&true)
    }

    fn keep(&mut self, at: usize, keep: bool) {
        if let Some(kept) = self.kept.get_mut(at) {
            *kept = keep;
        }
    }

    /// The smallest element that holds most of the story.
    fn region<'a>(&self, html: &'a Html) -> Option<Ref<'a>> {
        let mut words: FxHashMap<NodeId, usize> = FxHashMap::default();
        let mut total = 0;
        for (block, _) in self.blocks.iter().zip(&self.kept).filter(|(block, kept)| **kept && block.words() >= LONG) {
            let count = block.words();
            total += count;
            let node = html.tree.get(block.node)?;
            for outer in std::iter::once(node).chain(node.ancestors()) {
                *words.entry(outer.id()).or_default() += count;
            }
        }
        // The deepest of those that hold enough lie on one path.
        let (_, deepest) = words
            .iter()
            .filter(|(_, count)| **count * 100 >= total * REGION_SHARE)
            .filter_map(|(id, _)| html.tree.get(*id))
            .map(|node| (node.ancestors().count(), node))
            .max_by_key(|(depth, _)| *depth)?;
        // A paragraph is no place: what stands beside it is.
        Some(if deepest.descendants().skip(1).any(|inner| is_block(name(inner))) {
            deepest
        } else {
            deepest.parent().unwrap_or(deepest)
        })
    }

    /// Drops what the extractor found elsewhere on the page: teasers of other stories, mostly.
    fn leave_outside(&mut self, html: &Html, region: Ref<'_>) {
        let article = article(region);
        for at in 0..self.blocks.len() {
            let Some(block) = self.blocks.get(at).filter(|_| self.is_kept(at)) else { continue };
            let is_inside = within(html, block.node, region.id());
            let is_near = article.is_some_and(|article| within(html, block.node, article))
                && block.words() >= LONG
                && block.linked < 30;
            if !is_inside && !is_near {
                self.keep(at, false);
            }
        }
    }

    /// Takes in what stands between paragraphs of the story in the same holder.
    fn fill(&mut self) {
        let mut spans: FxHashMap<NodeId, (usize, usize, usize)> = FxHashMap::default();
        for (at, block) in self.blocks.iter().enumerate() {
            if self.is_kept(at) && block.words() >= LONG {
                let span = spans.entry(block.holder).or_insert((at, at, 0));
                span.1 = at;
                span.2 += 1;
            }
        }
        for at in 0..self.blocks.len() {
            let Some(block) = self.blocks.get(at) else { continue };
            let Some((first, last, count)) = spans.get(&block.holder).copied() else { continue };
            if count >= 2 && (first..=last).contains(&at) {
                self.keep(at, true);
            }
        }
        self.extend(&spans);
    }

    /// Takes in sentences of the same holder: all before, and those that follow at once. What comes later is more often an offer than
    /// a story.
    fn extend(&mut self, spans: &FxHashMap<NodeId, (usize, usize, usize)>) {
        // The holder of which the last paragraph was just passed.
        let mut ended = None;
        for at in 0..self.blocks.len() {
            let Some(block) = self.blocks.get(at) else { continue };
            let span = spans.get(&block.holder).filter(|(_, _, count)| *count >= 3);
            let is_before = span.is_some_and(|(first, ..)| at < *first);
            let follows = span.is_some_and(|(_, last, _)| at > *last) && ended == Some(block.holder);
            let keep = (is_before || follows) && is_sentence(block);
            ended = (keep || span.is_some_and(|(_, last, _)| at == *last)).then_some(block.holder);
            if keep {
                self.keep(at, true);
            }
        }
    }

    /// Takes in captions, tables and corrections, which extractors drop.
    fn add(&mut self, html: &Html, region: Ref<'_>) {
        let article = article(region).unwrap_or_else(|| region.id());
        let Some(last) = (0..self.blocks.len()).rev().find(|at| self.is_kept(*at)) else { return };
        let Some(first) = (0..self.blocks.len()).find(|at| self.is_kept(*at)) else { return };
        for at in 0..self.blocks.len() {
            let Some(block) = self.blocks.get(at).filter(|_| !self.is_kept(at)) else { continue };
            let wanted = match block.kind {
                Kind::Caption => block.words() >= 2 && at < last && within(html, block.node, article),
                Kind::Row => (first..=last + 60).contains(&at) && within(html, block.node, region.id()),
                _ => is_correction(&block.text) && within(html, block.node, article),
            };
            if wanted && block.linked < MAX_LINKED {
                self.keep(at, true);
            }
        }
    }

    /// Drops links to elsewhere, calls to readers, times and bylines.
    fn drop_furniture(&mut self, hints: Hints<'_>) {
        let (mut begun, mut in_offer) = (false, false);
        for at in 0..self.blocks.len() {
            let Some(block) = self.blocks.get(at).filter(|_| self.is_kept(at)) else { continue };
            let links_away = block.linked >= MAX_LINKED && block.words() >= 3 && block.kind != Kind::Row;
            let is_byline = !begun && block.words() <= 12 && is_byline(&block.text, hints.byline);
            let is_offer = is_furniture(&block.text) && !is_correction(&block.text);
            // The list under such a line belongs to it.
            in_offer = is_offer || (in_offer && block.kind == Kind::Item);
            if block.text == hints.headline || links_away || is_byline || in_offer {
                self.keep(at, false);
            } else if block.words() >= LONG && block.kind == Kind::Text {
                begun = true;
            }
        }
        self.drop_empty_headings();
    }

    /// A heading with nothing under it was that of something else.
    fn drop_empty_headings(&mut self) {
        let mut follows = false;
        for at in (0..self.blocks.len()).rev() {
            if !self.is_kept(at) {
                continue;
            }
            if self.blocks.get(at).is_some_and(|block| block.kind == Kind::Heading) && !follows {
                self.keep(at, false);
            } else {
                follows = true;
            }
        }
    }

    /// The kept texts, without the deck and without copies that stand elsewhere on the page.
    fn finish(self, deck: Option<usize>) -> Story {
        let mut story = Story::default();
        let mut seen = Seen::default();
        for (at, (block, kept)) in self.blocks.into_iter().zip(self.kept).enumerate() {
            if deck == Some(at) {
                story.deck = block.text;
            } else if kept && !seen.is_copy(&block) {
                story.paragraphs.push(block.text);
            }
        }
        story
    }
}

/// How many letters make a caption known again: galleries repeat it, cut or with a name more.
const CAPTION_LETTERS: usize = 80;
/// The fewest words of a paragraph that can be a copy of others.
const COPY: usize = 25;

/// The fewest words of what can be a copy of the whole story, without tags.
const WHOLE_COPY: usize = 100;

/// What was taken into the text so far.
#[derive(Default)]
struct Seen {
    captions: FxHashSet<String>,
    places: FxHashMap<String, NodeId>,
    holders: FxHashSet<NodeId>,
    marks: Marks,
}

impl Seen {
    /// Whether a text was seen before: a caption anywhere; a long paragraph in another place than this one's, whole, cut, or run
    /// together with others. A refrain is no copy.
    fn is_copy(&mut self, block: &Block) -> bool {
        if block.kind == Kind::Caption {
            let start = block.text.chars().filter(|letter| letter.is_alphanumeric()).take(CAPTION_LETTERS).collect();
            return !self.captions.insert(start);
        }
        let count = block.words();
        let is_cut = count >= 5 && block.text.ends_with("...") || block.text.ends_with('…');
        let is_elsewhere = !self.holders.contains(&block.holder);
        let known = if is_elsewhere && (count >= COPY || is_cut) { self.marks.share(&block.text) } else { 0 };
        if known >= 90 || (count >= WHOLE_COPY && known >= MIN_SHARE) {
            return true;
        }
        if count >= LONG {
            if *self.places.entry(block.text.clone()).or_insert(block.holder) != block.holder {
                return true;
            }
            self.holders.insert(block.holder);
        }
        self.marks.add(&block.text);
        false
    }
}

/// Whether a paragraph is a sentence of its own, as far as can be told by its end.
fn is_sentence(block: &Block) -> bool {
    let end = block.text.trim_end_matches(['"', '”', '’', '\'', ')', '»', '“', '」', '』']);
    block.kind != Kind::Heading
        && block.words() >= 8
        && block.linked < 30
        && end.ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '؟', '۔'])
}

/// Whether a line names the authors, with hardly a word more.
pub(super) fn is_byline(text: &str, byline: &[String]) -> bool {
    let lower = text.to_lowercase();
    let mut rest = lower.clone();
    for author in byline {
        rest = rest.replace(&author.to_lowercase(), " ");
    }
    let opens = ["by ", "von ", "par ", "por ", "written by", "story by", "text:", "автор"]
        .iter()
        .any(|opening| lower.starts_with(opening));
    (rest != lower && super::blocks::words(&rest) <= 6) || (opens && super::blocks::words(text) <= 6)
}

/// The article or main part of the page in which a node lies.
fn article(region: Ref<'_>) -> Option<NodeId> {
    let is_article = |node: &Ref<'_>| {
        matches!(name(*node), "article" | "main")
            || attribute(*node, "role") == Some("main")
            || attribute(*node, "role") == Some("article")
            || attribute(*node, "itemtype").is_some_and(|kind| kind.ends_with("Article") || kind.ends_with("Posting"))
    };
    std::iter::once(region).chain(region.ancestors()).find(is_article).map(|node| node.id())
}

fn within(html: &Html, node: NodeId, outer: NodeId) -> bool {
    html.tree.get(node).is_some_and(|node| node.id() == outer || node.ancestors().any(|each| each.id() == outer))
}
