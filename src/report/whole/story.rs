//! Looking at one story.

use super::Options;
use super::account::Account;
use super::items::{Edited, MostEdited, TakeDown};
use super::tally::{Tally, weight};
use crate::archive::{Archive, Error};
use crate::diff::{Class, Field, Group, Stealth};
use crate::model::{Capture, Outcome, OutcomeKind, Revision, Story, Timestamp, fold, standing};
use crate::report::counts::is_edit;
use crate::report::texts::{Compared, Texts, shorten};

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// What there is to tell of a story.
pub(super) fn tally(archive: &Archive, story: &Story, options: &Options, top: usize) -> Result<Tally, Error> {
    let captures = archive.captures(&story.story)?;
    let mut tally = Tally::new(top);
    let mut account = Account::default();
    visits(&captures, options, &mut account, &mut tally);
    if account.visits == 0 {
        return Ok(tally);
    }
    account.stories = 1;
    take_downs(story, &captures, options, &mut account, &mut tally);
    let revisions = fold(&captures);
    edits(archive, story, &revisions, options, &mut account, &mut tally)?;
    tally.count(&story.story, account);
    Ok(tally)
}

impl Options {
    fn holds(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at <= until)
    }
}

/// The captures that count: not those of pages that were read again.
fn counted(captures: &[Capture]) -> impl Iterator<Item = &Capture> {
    let standing = standing(captures);
    captures.iter().enumerate().filter_map(move |(place, capture)| {
        standing.as_ref().is_none_or(|standing| standing.get(place) == Some(&place)).then_some(capture)
    })
}

fn visits(captures: &[Capture], options: &Options, account: &mut Account, tally: &mut Tally) {
    for capture in counted(captures).filter(|capture| options.holds(capture.captured_at)) {
        account.visits += 1;
        account.outcomes.add(capture.outcome.kind());
        let at = capture.captured_at;
        tally.range = tally.range.map_or(Some((at, at)), |(first, last)| Some((first.min(at), last.max(at))));
    }
}

/// Finds where a story that had been seen was gone or elsewhere, and whether it came back.
fn take_downs(story: &Story, captures: &[Capture], options: &Options, account: &mut Account, tally: &mut Tally) {
    // When it was last seen, once an article was.
    let mut last_seen: Option<Timestamp> = None;
    let mut down: Option<TakeDown> = None;
    let is_over = |capture: &&Capture| options.until.is_none_or(|until| capture.captured_at <= until);
    for capture in counted(captures).take_while(is_over) {
        let at = capture.captured_at;
        match &capture.outcome {
            Outcome::Unreachable(_) => {}
            Outcome::Gone | Outcome::Moved(_) => {
                let outcome = capture.outcome.kind();
                let Some(last_seen) = last_seen.filter(|_| down.as_ref().is_none_or(|down| down.outcome != outcome))
                else {
                    continue;
                };
                let to = match &capture.outcome {
                    Outcome::Moved(to) => Some(to.clone()),
                    _ => None,
                };
                let headline = shorten(&story.headline);
                let now = TakeDown {
                    story: story.story.clone(),
                    headline,
                    outcome,
                    to,
                    last_seen,
                    captured_at: at,
                    back_at: None,
                };
                close(down.replace(now), options, account, tally);
            }
            Outcome::Article(_) | Outcome::NotModified | Outcome::Teaser(_) => {
                if let Some(down) = down.take() {
                    account.came_back += u64::from(options.holds(at));
                    close(Some(TakeDown { back_at: Some(at), ..down }), options, account, tally);
                }
                last_seen = (last_seen.is_some() || capture.outcome.article().is_some()).then_some(at);
            }
        }
    }
    close(down, options, account, tally);
}

/// Tells of a take-down, if it began in the range.
fn close(down: Option<TakeDown>, options: &Options, account: &mut Account, tally: &mut Tally) {
    let Some(down) = down.filter(|down| options.holds(down.captured_at)) else { return };
    match down.outcome {
        OutcomeKind::Gone => account.taken_down += 1,
        _ => account.moved += 1,
    }
    tally.add_take_down(down);
}

fn edits(
    archive: &Archive,
    story: &Story,
    revisions: &[Revision],
    options: &Options,
    account: &mut Account,
    tally: &mut Tally,
) -> Result<(), Error> {
    let Some(first) = revisions.first() else { return Ok(()) };
    let mut texts = Texts::new(archive, &story.story, revisions);
    let in_range = |revision: &&Revision| options.holds(revision.first_captured);
    account.revisions = revisions.iter().filter(in_range).count() as u64;
    let edits = |revision: &&Revision| is_edit(revision.kind);
    if let Some(edit) = revisions.iter().find(edits).filter(in_range) {
        account.first_edit.add(minutes(first, edit));
    }
    let mut most: Option<MostEdited> = None;
    // Newest first, as older texts are packed against newer ones.
    for revision in revisions.iter().rev().filter(in_range).filter(edits) {
        let at = revision.first_captured;
        account.edits += 1;
        tally.add_time(at, minutes(first, revision));
        let most = most.get_or_insert_with(|| MostEdited {
            story: story.story.clone(),
            headline: shorten(&story.headline),
            edits: 0,
            visits: account.visits,
            first_edit: at,
            last_edit: at,
            significance: 0.0,
        });
        (most.edits, most.first_edit) = (most.edits + 1, at);
        let Some(compared) = texts.compare(revision)? else { continue };
        let summary = &compared.diff.summary;
        if summary.extraction_suspect {
            account.suspect += 1;
            continue;
        }
        if weight(summary.significance) > weight(most.significance) {
            most.significance = summary.significance;
        }
        let is_rewritten = is_headline_rewritten(&compared);
        account.stealth += u64::from(summary.stealth.is_some());
        account.stealth_unmodified += u64::from(summary.stealth == Some(Stealth::Both));
        account.corrections += u64::from(summary.notice.is_some());
        account.headlines += u64::from(is_rewritten);
        let edit = Edited {
            story: story.story.clone(),
            revision: revision.number,
            previous: revision.previous.unwrap_or_default(),
            captured_at: at,
            minutes: minutes(first, revision),
            old_headline: shorten(&compared.old.headline),
            headline: shorten(&compared.new.headline),
            significance: summary.significance,
            summary: summary.to_string(),
            stealth: summary.stealth,
            notice: summary.notice,
        };
        tally.add_edit(edit, is_rewritten);
    }
    if let Some(most) = most {
        account.stories_edited = 1;
        tally.add_most_edited(most);
    }
    Ok(())
}

fn minutes(first: &Revision, later: &Revision) -> u64 {
    let micros = later.first_captured.as_micros() - first.first_captured.as_micros();
    u64::try_from(micros / MICROS_PER_MINUTE).unwrap_or(0)
}

/// Whether both have a headline, and they differ in more than typos and typography.
fn is_headline_rewritten(compared: &Compared) -> bool {
    let is_small = |class: &Class| matches!(class, Class::Headline | Class::Typo | Class::Format);
    let is_slip = |group: &Group| group.tags.len() > 1 && group.tags.iter().all(is_small);
    let mut groups = compared.diff.groups.iter().filter(|group| group.field == Field::Headline);
    let has_both = !compared.old.headline.is_empty() && !compared.new.headline.is_empty();
    compared.diff.summary.headline_changed && has_both && !groups.all(is_slip)
}
