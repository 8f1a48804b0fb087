//! Revisions as commits, each with a message that says what changed.

use std::io::{self, Write};

use morgue::exchange::GitWriter;
use morgue::{Article, Revision, RevisionKind, Story, StoryFilter, StoryKey};

use crate::cli::commands::log::texts::Texts;
use crate::cli::error::{Failure, Result};
use crate::cli::filter::Account;
use crate::cli::progress;

use super::Pour;

/// The longest headline in the first line of a message, in characters.
const MAX_HEADLINE: usize = 60;

/// Writes all revisions; returns how many.
pub(super) fn write(pour: &Pour<'_>, out: &mut dyn Write, failed: &dyn Fn(io::Error) -> Failure) -> Result<u64> {
    let bar = progress::rows(pour.session);
    let mut writer = GitWriter::new(out).map_err(failed)?;
    let mut written = 0;
    let mut story = |key: &StoryKey| -> Result<()> {
        let revisions = pour.archive.revisions(key)?;
        let mut texts = Texts::new(pour.archive, key, &revisions)?;
        // Newest first is how texts are read cheaply; the writer sorts.
        for revision in revisions.iter().rev() {
            let (article, account) = texts.describe(revision)?;
            let message = message(key, revision, &article, account.as_ref());
            writer.revision(key, revision.number, revision.first_captured, &article, &message).map_err(failed)?;
            written += 1;
            bar.0.inc(1);
        }
        Ok(())
    };
    if pour.stories.is_empty() {
        for found in pour.archive.stories(&StoryFilter::default()) {
            let Story { story: key, .. } = found?;
            story(&key)?;
        }
    } else {
        pour.stories.iter().try_for_each(&mut story)?;
    }
    writer.finish().map_err(failed)?;
    Ok(written)
}

fn message(key: &StoryKey, revision: &Revision, article: &Article, account: Option<&Account>) -> String {
    let headline = match article.headline.as_str() {
        "" => key.as_str(),
        headline => headline,
    };
    let mut short: String = headline.chars().take(MAX_HEADLINE).collect();
    if headline.chars().nth(MAX_HEADLINE).is_some() {
        short.push('…');
    }
    let what = match (revision.kind, account) {
        (RevisionKind::Restored, _) => "restored".to_owned(),
        (_, Some(account)) => account.summary.to_string(),
        _ => "first seen".to_owned(),
    };
    format!("{short}: {what}\n\nStory: {key}\nRevision: #{}\nHash: {}\n", revision.number, revision.hash)
}
