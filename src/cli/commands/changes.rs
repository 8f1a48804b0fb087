//! `morgue changes`: the feed of what is new.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use morgue::diff::Class;
use morgue::text::safe::for_terminal;
use morgue::{Archive, ArticleHash, Change, ChangeKind, Cursor, OutcomeKind, StoryKey, Timestamp};
use serde::Serialize;

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::filter::{Account, significance};
use crate::cli::interrupt;
use crate::cli::output::{Output, Paint};
use crate::cli::session::Session;
use crate::cli::words::{first_words, minute};

mod filter;

#[cfg(feature = "track")]
pub(super) use filter::account;
use filter::{Asked, Filter};

const AFTER_HELP: &str = "\
Changes come in the order in which they were archived. Each line begins with its cursor; --since CURSOR goes on after it. \
A kind is how a revision came about, what was seen instead of an article, or what an edit changed: `gone,number` lets through \
stories that are gone, and edits of numbers. For the last sort and for --min-significance each edit is compared with what it \
is an edit of: two texts are read and compared for each.

Example:
  morgue changes --since 1024 --kind edit,gone --json
  morgue changes --kind headline,stealth --min-significance 0.2";

/// How often to look for changes.
const POLL: Duration = Duration::from_millis(1_000);
/// And where another process answers: that costs next to nothing.
const POLL_SERVED: Duration = Duration::from_millis(200);

/// Print new revisions and outcomes in the order of their arrival
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Only what came after this cursor
    #[arg(long, value_name = "CURSOR", default_value = "0", hide_default_value = true, value_parser = cursor)]
    since: Cursor,
    /// Go on printing what comes, until Ctrl-C; other commands can use the archive meanwhile
    #[arg(long)]
    follow: bool,
    /// Only these kinds
    #[arg(long, value_name = "KIND,...", value_enum, value_delimiter = ',')]
    kind: Vec<Asked>,
    /// Only edits that matter at least so much, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = significance)]
    min_significance: Option<f64>,
    /// Only those that fit this expression, such as `stealth or number`, `host = news.example and not cosmetic`
    #[cfg(feature = "track")]
    #[arg(long, value_name = "EXPR")]
    when: Option<morgue::track::tell::When>,
}

fn cursor(text: &str) -> Result<Cursor, &'static str> {
    text.parse().map_err(|_| "expected the number with which a line of `morgue changes` begins")
}

#[derive(Serialize)]
struct Row<'a> {
    cursor: Cursor,
    story: &'a StoryKey,
    captured_at: Timestamp,
    kind: ChangeKind,
    outcome: OutcomeKind,
    revision: Option<u64>,
    hash: Option<ArticleHash>,
    headline: &'a str,
    #[serde(flatten)]
    account: Option<AccountRow<'a>>,
}

/// What is known of an edit when it was compared.
#[derive(Serialize)]
struct AccountRow<'a> {
    significance: f64,
    classes: &'a BTreeSet<Class>,
    summary: String,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let filter = Filter::of(&self.kind, self.min_significance);
        #[cfg(feature = "track")]
        let filter = filter.when(self.when);
        let mut out = session.out();
        let mut cursor = self.since;
        if self.follow {
            interrupt::catch("");
            return follow(session, &mut cursor, &filter, &mut out);
        }
        let found = print_new(&session.read()?, session, &mut cursor, &filter, &mut out)?;
        out.finish()?;
        if !found {
            session.note("no such changes");
        }
        Ok(if found { Exit::Done } else { Exit::Nothing })
    }
}

/// The archive is open only while it is read: one that stayed open would shut out those who write what is waited for. That does not
/// hold where it is read by way of one who writes.
fn follow(session: &Session, cursor: &mut Cursor, filter: &Filter, out: &mut Output) -> Result<Exit> {
    let directory = session.directory()?;
    let mut seen = None;
    while !interrupt::stopped() {
        let present = fingerprint(&directory);
        if seen != Some(present) {
            match print_all(session, cursor, filter, out) {
                // Reading may itself touch the files.
                Ok(()) => seen = Some(fingerprint(&directory)),
                Err(failure) if failure.exit == Exit::InUse => {}
                Err(failure) => return Err(failure),
            }
            out.flush()?;
        }
        thread::sleep(POLL);
    }
    Ok(Exit::Interrupted)
}

/// Prints what came after the cursor, and what comes while another process serves the archive.
fn print_all(session: &Session, cursor: &mut Cursor, filter: &Filter, out: &mut Output) -> Result<()> {
    let archive = session.read()?;
    loop {
        print_new(&archive, session, cursor, filter, out)?;
        if !archive.is_served() || interrupt::stopped() {
            return Ok(());
        }
        out.flush()?;
        thread::sleep(POLL_SERVED);
    }
}

/// When the files of the archive were last written, and their size: a cheap sign that there may be something new.
pub(super) fn fingerprint(directory: &Path) -> (Option<SystemTime>, u64) {
    let mut newest = None;
    let mut size: u64 = 0;
    let mut todo = vec![directory.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => todo.push(entry.path()),
                Ok(metadata) => {
                    newest = newest.max(metadata.modified().ok());
                    size = size.wrapping_add(metadata.len());
                }
                Err(_) => {}
            }
        }
    }
    (newest, size)
}

/// Prints what came after the cursor and moves it; says whether there was anything.
fn print_new(
    archive: &Archive,
    session: &Session,
    cursor: &mut Cursor,
    filter: &Filter,
    out: &mut Output,
) -> Result<bool> {
    let mut found = false;
    for change in archive.changes(*cursor) {
        let change = change?;
        if let Some(account) = filter.admit(archive, &change)? {
            found = true;
            print(session, &change, account.as_ref(), out)?;
        }
        *cursor = change.cursor;
    }
    Ok(found)
}

fn print(session: &Session, change: &Change, account: Option<&Account>, out: &mut Output) -> Result<()> {
    if session.json() {
        out.json(&Row {
            cursor: change.cursor,
            story: &change.story,
            captured_at: change.capture.captured_at,
            kind: ChangeKind::of(change),
            outcome: change.capture.outcome.kind(),
            revision: change.revision.as_ref().map(|revision| revision.number),
            hash: change.capture.outcome.text_hash(),
            headline: &change.headline,
            account: account.map(|Account { summary, classes }| AccountRow {
                significance: summary.significance,
                classes,
                summary: summary.to_string(),
            }),
        })?;
        return Ok(());
    }
    Ok(tell(change, account, out.paint, out)?)
}

/// Tells a change in a line or two, for people.
pub(super) fn tell(change: &Change, account: Option<&Account>, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    let number = change.revision.as_ref().map(|revision| format!(" #{}", revision.number)).unwrap_or_default();
    let headline = first_words(&change.headline, 60);
    let gap = if headline.is_empty() { "" } else { "  " };
    writeln!(
        out,
        "{}  {}  {:<11}  {}{number}{gap}{}",
        paint.mark(format!("{:>6}", change.cursor.to_string())),
        paint.faint(minute(change.capture.captured_at)),
        ChangeKind::of(change),
        for_terminal(change.story.as_str()),
        paint.strong(headline),
    )?;
    if let Some(Account { summary, .. }) = account {
        let told = format!("{:.2}  {summary}", summary.significance);
        writeln!(out, "        {}", paint.faint(for_terminal(&told)))?;
    }
    Ok(())
}
