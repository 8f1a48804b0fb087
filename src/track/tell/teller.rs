//! From the feed of changes to the targets.

use std::thread;
use std::time::Duration;

use crate::archive::{Archive, Error};
use crate::engine;
use crate::fetch::Clock;
use crate::model::StoryKey;

use super::channel::Channel;
use super::command::Program;
use super::config::{ConfigError, Start, Target, TargetKind};
use super::feed::Feed;
use super::keep::{Keep, KeptError};
use super::mail::Mail;
use super::report::{Held, Report, TargetReport};
use super::step::{Mode, Step};
use super::template::Templates;
use super::webhook::Webhook;
use super::when::When;

/// The tags of a story.
pub type Tags<'a> = dyn Fn(&StoryKey) -> Vec<String> + Sync + 'a;

/// How long a delivery may take when nothing is said of it, and at most.
const USUAL_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_TIMEOUT: Duration = Duration::from_secs(600);
/// A digest has at least a minute.
const MIN_EVERY: Duration = Duration::from_secs(60);
/// The most targets: each has a thread while it is told.
const MAX_TARGETS: usize = 64;

/// Tells targets what changed.
///
/// # What is told
/// Each target is told what its filter ([`When`]) lets through, in the order of [`Archive::changes`], one after the other or, with
/// `every`, as a digest. How far it was told is kept in the archive, so that nothing is told twice, whatever is restarted when; only
/// what was told the moment before a crash may be told again, with the same id. A new target is told what comes from then on.
///
/// # When it does not work
/// A target that cannot be told holds what it has to be told, and no other target. It is tried again after 30 s, then after
/// twice as long each time, up to an hour, or after what `Retry-After` asks for, up to a day. Of a webhook, an answer 2xx is
/// told. 400, 413 and 422 refuse a message: it is tried five times and then dropped, which the [`Report`] says. 408, 425, 429 and 5xx
/// are tried again; with all others, redirects included, somebody must mend the configuration, and they are tried again each hour.
/// A program tells by exit code 0 that it was told; any other is tried again.
///
/// # Templates
/// `template` and `subject` are Jinja templates as [minijinja](https://docs.rs/minijinja) reads them, with the fields of [`Item`](super::Item) as
/// variables (all but `diff`), or for a digest `count`, `stories`, `left_out`, `since`, `until` and `hosts`, of which each has `host` and
/// `stories`, of which each has `story`, `url`, `headline` and `items`. They are tried when they are read.
///
/// # Example
/// ```
/// use morgue::fetch::SystemClock;
/// use morgue::track::tell::{Config, Teller};
/// use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let file = dir.path().join("changes.atom");
/// let config = format!("[[tell]]\nname = \"feed\"\nkind = \"atom\"\nfrom = \"start\"\nfile = {file:?}\n");
/// let teller = Teller::new(&Config::parse(&config)?.tell, &|_| None)?;
/// let archive = Archive::in_memory();
/// for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
///     let story = StoryKey::url("https://news.example/bridge")?;
///     archive.ingest(NewCapture::article(story, day.parse()?, Article::new(headline)), Durability::Buffered)?;
/// }
/// let report = teller.tell(&archive, &SystemClock, &|_| Vec::new())?;
/// assert_eq!(report.targets[0].told[0].subject, "Bridge open: headline; +1 -1 words; no notice");
/// assert!(std::fs::read_to_string(&file)?.contains("Bridge open"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Teller {
    targets: Vec<Prepared>,
}

/// A target that is ready to be told.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) name: String,
    pub(super) when: Option<When>,
    pub(super) every: Option<Duration>,
    pub(super) from: Start,
    pub(super) templates: Templates,
    pub(super) outlet: Outlet,
}

/// The way by which a target is told.
#[derive(Debug)]
pub(super) enum Outlet {
    Channel(Box<dyn Channel>),
    Feed(Feed),
}

impl Teller {
    /// Returns a teller of these targets. `secret` gives the values of the environment variables that hold secrets.
    ///
    /// # Errors
    /// When a target cannot be told as it is described; the error names it and the field.
    pub fn new(targets: &[Target], secret: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        for (place, target) in targets.iter().enumerate() {
            if place >= MAX_TARGETS {
                return Err(target.wrong("name", format!("it is one more than {MAX_TARGETS} targets")));
            }
            if targets.iter().take(place).any(|other| other.name == target.name) {
                return Err(ConfigError::SameName { name: target.name.clone() });
            }
        }
        let secrets: Vec<String> = targets.iter().filter_map(|target| target.secret_env.clone()).collect();
        let targets = targets.iter().map(|target| Prepared::new(target, &secrets, secret));
        Ok(Self { targets: targets.collect::<Result<_, _>>()? })
    }

    /// Notes for each target that is new where it begins, and tells nothing: what is archived from now on will be told to it,
    /// even if the process is killed before [`Teller::tell`] is called for the first time.
    ///
    /// ```
    /// use morgue::fetch::SystemClock;
    /// use morgue::track::tell::{Config, Teller};
    /// use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = "[[tell]]\nname = \"desk\"\nkind = \"command\"\ncommand = [\"true\"]\nwhen = \"first\"\n";
    /// let (teller, archive) = (Teller::new(&Config::parse(config)?.tell, &|_| None)?, Archive::in_memory());
    /// teller.begin(&archive, &SystemClock)?;
    /// let story = StoryKey::url("https://news.example/bridge")?;
    /// archive.ingest(NewCapture::article(story, "2026-03-01".parse()?, Article::new("Bridge closed")), Durability::Buffered)?;
    /// assert_eq!(teller.tell(&archive, &SystemClock, &|_| Vec::new())?.targets[0].told.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the archive.
    pub fn begin(&self, archive: &Archive, clock: &dyn Clock) -> Result<(), Error> {
        for target in &self.targets {
            let step = Step::new(target, archive, archive, clock, &|_| Vec::new(), Mode::Tell);
            match step.and_then(|mut step| step.begin()) {
                // What cannot be read concerns no other target, and is in the report of telling.
                Ok(()) | Err(KeptError::Unreadable { .. }) => {}
                Err(KeptError::Archive(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Tells each target what is new for it, at most 100 messages each: [`Report::has_more`] says whether to go on at once.
    ///
    /// Targets are told side by side, so that a slow one keeps no other waiting; it returns when all are done, each delivery being
    /// bounded by its `timeout`. Memory is bounded, however much there is to tell.
    ///
    /// # Errors
    /// Errors of the archive, once every target has ended. What cannot be told is a part of the report.
    pub fn tell(&self, archive: &Archive, clock: &dyn Clock, tags: &Tags<'_>) -> Result<Report, Error> {
        self.run(archive, archive, clock, tags, Mode::Tell)
    }

    /// Returns what would be told now, and tells nothing and keeps nothing. Digests that are not due are looked at as well.
    ///
    /// # Errors
    /// Errors of the archive.
    pub fn preview(&self, archive: &Archive, clock: &dyn Clock, tags: &Tags<'_>) -> Result<Report, Error> {
        self.run(archive, archive, clock, tags, Mode::Preview)
    }

    pub(super) fn run(
        &self,
        archive: &Archive,
        keep: &dyn Keep,
        clock: &dyn Clock,
        tags: &Tags<'_>,
        mode: Mode,
    ) -> Result<Report, Error> {
        let results: Vec<Result<TargetReport, Error>> = thread::scope(|scope| {
            let one = |target| {
                let step = Step::new(target, archive, keep, clock, tags, mode);
                move || reported(target, step.and_then(Step::run), clock)
            };
            let threads: Vec<_> = self.targets.iter().map(|target| scope.spawn(one(target))).collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined.map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        let (told, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        // Of several, the one that says why: for the others, the archive had failed before.
        let failed = failed.into_iter().filter_map(Result::err).min_by_key(is_a_consequence);
        failed.map_or_else(|| Ok(Report { targets: told.into_iter().flatten().collect() }), Err)
    }
}

const fn is_a_consequence(error: &Error) -> bool {
    matches!(error, Error::Engine(engine::Error::Failed { .. }))
}

/// What the archive keeps of one target and cannot be read concerns no other.
fn reported(
    target: &Prepared,
    result: Result<TargetReport, KeptError>,
    clock: &dyn Clock,
) -> Result<TargetReport, Error> {
    match result {
        Ok(report) => Ok(report),
        Err(KeptError::Archive(error)) => Err(error),
        Err(KeptError::Unreadable { reason }) => Ok(TargetReport {
            target: target.name.clone(),
            held: Some(Held {
                reason: format!("how far it was told cannot be read, so give the target another name: {reason}"),
                tries: 1,
                until: clock.now(),
            }),
            ..TargetReport::default()
        }),
    }
}

impl Prepared {
    fn new(target: &Target, secrets: &[String], secret: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        target.check()?;
        let every = match &target.every {
            None => None,
            Some(text) => Some(length(target, "every", text, MIN_EVERY..=Duration::MAX)?),
        };
        let timeout = match &target.timeout {
            None => USUAL_TIMEOUT,
            Some(text) => length(target, "timeout", text, Duration::from_secs(1)..=MAX_TIMEOUT)?,
        };
        let templates = Templates::new(target)?;
        let outlet = match target.kind {
            TargetKind::Command => Outlet::Channel(Box::new(Program::new(target, timeout, secrets.to_vec())?)),
            TargetKind::Webhook => Outlet::Channel(Box::new(Webhook::new(target, timeout, secret)?)),
            TargetKind::Mail => Outlet::Channel(Box::new(Mail::new(target, timeout)?)),
            TargetKind::Atom | TargetKind::JsonFeed => Outlet::Feed(Feed::new(target)?),
        };
        Ok(Self { name: target.name.clone(), when: target.when.clone(), every, from: target.from, templates, outlet })
    }
}

fn length(
    target: &Target,
    field: &'static str,
    text: &str,
    within: std::ops::RangeInclusive<Duration>,
) -> Result<Duration, ConfigError> {
    let length = humantime::parse_duration(text.trim()).ok().filter(|length| within.contains(length));
    let most = if *within.end() == Duration::MAX {
        String::new()
    } else {
        format!(" and at most {} s", within.end().as_secs())
    };
    length.ok_or_else(|| {
        let least = within.start().as_secs();
        target
            .wrong(field, format!("expected a time such as 30m, 1h or 1d of at least {least} s{most}, found {text:?}"))
    })
}
