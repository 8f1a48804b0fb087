//! How targets are described.

use serde::Deserialize;

use super::when::When;

/// Whom to tell, what and how: one `[[tell]]` of the configuration.
///
/// ```
/// use morgue::track::tell::{Config, TargetKind};
///
/// let config = Config::parse(
///     r#"
///     [[tell]]
///     name = "desk"
///     kind = "mail"
///     to = ["desk@gazette.example"]
///     sender = "morgue@gazette.example"
///     when = "stealth or gone"
///     every = "1d"
///     "#,
/// )
/// .unwrap();
/// assert_eq!(config.tell[0].kind, TargetKind::Mail);
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Target {
    /// Its name: the archive keeps under it how far it was told. Letters, digits, `-`, `_` and `.`, at most 48.
    pub name: String,
    /// By which way it is told.
    pub kind: TargetKind,
    /// Which changes it is told. By default those that are news: not new stories, cosmetic edits, teasers and failures.
    pub when: Option<When>,
    /// Collects the changes of so long (`30m`, `1h`, `1d`; at least a minute) in one message, where there are any.
    pub every: Option<String>,
    /// Where a new target begins: by default with what comes after it was first seen.
    #[serde(default)]
    pub from: Start,
    /// The text, as a template; see [`Teller`](super::Teller).
    pub template: Option<String>,
    /// The line above the text, as a template: the subject of a mail, the title of an entry in a feed.
    pub subject: Option<String>,
    /// How long one delivery may take, `30s` by default and `10m` at most; for a command and a mail until it is ended.
    pub timeout: Option<String>,
    /// Command: the program and its arguments.
    pub command: Option<Vec<String>>,
    /// Command: a line for `sh -c`, in place of `command`. What is told is in the environment, and never a part of the line.
    pub shell: Option<String>,
    /// Webhook: where to send to.
    pub url: Option<String>,
    /// Webhook: the environment variable that holds the secret for the signature.
    pub secret_env: Option<String>,
    /// Webhook: whether the address may be one that is not of the public internet.
    pub allow_private: Option<bool>,
    /// Webhook: the type of the body, where a template makes another than JSON.
    pub content_type: Option<String>,
    /// Mail: the addresses that it goes to.
    pub to: Option<Vec<String>>,
    /// Mail: the address that it comes from.
    pub sender: Option<String>,
    /// Mail: the program that takes it, `/usr/sbin/sendmail` by default; called with `-t -i`.
    pub sendmail: Option<String>,
    /// Mail: whether the change is shown as HTML as well; it is by default.
    pub html: Option<bool>,
    /// Feed: the file, which is replaced as a whole. Its directory must be there.
    pub file: Option<String>,
    /// Feed: its title.
    pub title: Option<String>,
    /// Feed: the URL at which it can be read.
    pub link: Option<String>,
    /// Feed: how many entries it has at most, 100 by default and 1000 at most.
    pub entries: Option<usize>,
}

/// By which way a target is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TargetKind {
    /// A program is run.
    Command,
    /// A request is sent over HTTP.
    Webhook,
    /// A mail is sent.
    Mail,
    /// An Atom feed is written (RFC 4287).
    Atom,
    /// A JSON feed is written (JSON Feed 1.1).
    JsonFeed,
}

impl TargetKind {
    /// Returns its name in a configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
            Self::Atom => "atom",
            Self::JsonFeed => "json-feed",
        }
    }
}

/// Where a new target begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Start {
    /// With what comes after it was first seen.
    #[default]
    Now,
    /// With the first change in the archive.
    Start,
}

/// The targets of a configuration, which may hold more than them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Config {
    /// The targets.
    #[serde(default)]
    pub tell: Vec<Target>,
}

impl Config {
    /// Reads the targets of a configuration in TOML.
    ///
    /// # Errors
    /// When it is no TOML, or a target has a field that is not known or not of its type.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        toml_edit::de::from_str(text)
            .map_err(|error| ConfigError::Toml { reason: error.to_string().trim_end().to_owned() })
    }
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{reason}")]
    Toml {
        /// Where and why.
        reason: String,
    },
    /// Two targets have one name.
    #[error("two targets are called {name:?}: how far each was told is kept by its name")]
    SameName {
        /// The name.
        name: String,
    },
    /// A field of a target does not do.
    #[error("target {target:?}, {field}: {reason}")]
    Field {
        /// The name of the target.
        target: String,
        /// The field.
        field: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
}

impl Target {
    pub(super) fn wrong(&self, field: &'static str, reason: impl Into<String>) -> ConfigError {
        ConfigError::Field { target: self.name.clone(), field, reason: reason.into() }
    }

    /// Returns what a field says that a target of this kind needs.
    pub(super) fn need<'a, T>(&self, field: &'static str, value: Option<&'a T>) -> Result<&'a T, ConfigError> {
        value.ok_or_else(|| self.wrong(field, format!("a target of kind {:?} needs it", self.kind.as_str())))
    }

    /// Checks what can be checked without its surroundings.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_name = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        if self.name.is_empty() || self.name.len() > 48 || !self.name.chars().all(is_name) {
            return Err(self.wrong("name", "expected 1 to 48 letters, digits, `-`, `_` or `.`"));
        }
        let stray = self.fields().into_iter().find(|(_, is_set, kinds)| *is_set && !kinds.contains(&self.kind));
        if let Some((field, _, kinds)) = stray {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("{:?}", kind.as_str())).collect();
            let (of, own) = (kinds.join(" and "), self.kind.as_str());
            return Err(self.wrong(field, format!("it is a field of kind {of}, and the kind here is {own:?}")));
        }
        Ok(())
    }

    /// The fields that not every kind has: whether each is there, and whose it is.
    fn fields(&self) -> [(&'static str, bool, &'static [TargetKind]); 15] {
        use TargetKind::{Atom, Command, JsonFeed, Mail, Webhook};
        const FEED: &[TargetKind] = &[Atom, JsonFeed];
        [
            ("command", self.command.is_some(), &[Command]),
            ("shell", self.shell.is_some(), &[Command]),
            ("timeout", self.timeout.is_some(), &[Command, Webhook, Mail]),
            ("url", self.url.is_some(), &[Webhook]),
            ("secret_env", self.secret_env.is_some(), &[Webhook]),
            ("allow_private", self.allow_private.is_some(), &[Webhook]),
            ("content_type", self.content_type.is_some(), &[Webhook]),
            ("to", self.to.is_some(), &[Mail]),
            ("sender", self.sender.is_some(), &[Mail]),
            ("sendmail", self.sendmail.is_some(), &[Mail]),
            ("html", self.html.is_some(), &[Mail]),
            ("file", self.file.is_some(), FEED),
            ("title", self.title.is_some(), FEED),
            ("link", self.link.is_some(), FEED),
            ("entries", self.entries.is_some(), FEED),
        ]
    }
}
