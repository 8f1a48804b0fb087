//! Telling a program.

use std::process::Command;
use std::time::Duration;

use super::channel::{Channel, Content, Failure, Parcel};
use super::config::{ConfigError, Target};
use super::process;

/// The most bytes of one variable: systems do not take them of any length.
const MAX_VARIABLE: usize = 16 << 10;

/// A program that is run for each message.
#[derive(Debug)]
pub(super) struct Program {
    program: String,
    arguments: Vec<String>,
    timeout: Duration,
    /// Variables with secrets of other targets, which are none of its business.
    without: Vec<String>,
}

impl Program {
    pub(super) fn new(target: &Target, timeout: Duration, without: Vec<String>) -> Result<Self, ConfigError> {
        let (program, arguments) = match (&target.command, &target.shell) {
            (Some(_), Some(_)) => return Err(target.wrong("shell", "there is `command` as well: one of them must go")),
            (None, None) => return Err(target.wrong("command", "name the program, or a line for the shell in `shell`")),
            (None, Some(line)) => ("sh".to_owned(), vec!["-c".to_owned(), line.clone()]),
            (Some(words), None) => match words.split_first() {
                Some((program, arguments)) if !program.is_empty() => (program.clone(), arguments.to_vec()),
                _ => {
                    return Err(target
                        .wrong("command", "expected the program and its arguments, such as [\"notify\", \"--now\"]"));
                }
            },
        };
        if arguments.iter().chain([&program]).any(|word| word.contains('\0')) {
            return Err(target.wrong("command", "it holds a zero byte"));
        }
        Ok(Self { program, arguments, timeout, without })
    }
}

impl Channel for Program {
    fn deliver(&self, parcel: &Parcel<'_>) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        for name in &self.without {
            command.env_remove(name);
        }
        for (name, value) in variables(parcel) {
            command.env(name, value);
        }
        let mut input = parcel.json().to_string();
        input.push('\n');
        process::run(command, input.into_bytes(), self.timeout)
    }
}

/// What is told, as variables of the environment. All of a kind of message are always set, so that none is inherited.
fn variables(parcel: &Parcel<'_>) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("MORGUE_DELIVERY", parcel.id.clone()),
        ("MORGUE_SUBJECT", parcel.subject.clone()),
        ("MORGUE_TEXT", parcel.text.clone()),
    ];
    match parcel.content {
        Content::Item(item) => {
            let optional = |text: &Option<String>| text.clone().unwrap_or_default();
            let classes = item.classes.iter().map(|class| super::kind::Name::Class(*class).as_str());
            variables.extend([
                ("MORGUE_ID", item.id.clone()),
                ("MORGUE_CURSOR", item.cursor.to_string()),
                ("MORGUE_STORY", item.story.to_string()),
                ("MORGUE_URL", optional(&item.url)),
                ("MORGUE_HOST", optional(&item.host)),
                ("MORGUE_KIND", item.kind.as_str().to_owned()),
                ("MORGUE_OUTCOME", item.outcome.as_str().to_owned()),
                ("MORGUE_HEADLINE", item.headline.clone()),
                ("MORGUE_OLD_HEADLINE", optional(&item.old_headline)),
                ("MORGUE_SUMMARY", item.summary.clone()),
                ("MORGUE_CLASSES", classes.collect::<Vec<_>>().join(",")),
                ("MORGUE_STEALTH", item.stealth.map(|_| "1").unwrap_or_default().to_owned()),
                ("MORGUE_SIGNIFICANCE", item.significance.map(|share| share.to_string()).unwrap_or_default()),
                ("MORGUE_REVISION", item.revision.map(|number| number.to_string()).unwrap_or_default()),
                ("MORGUE_CAPTURED_AT", item.captured_at.to_string()),
                ("MORGUE_TAGS", item.tags.join(",")),
            ]);
        }
        Content::Digest(digest) => variables.extend([
            ("MORGUE_ID", digest.id.clone()),
            ("MORGUE_KIND", "digest".to_owned()),
            ("MORGUE_COUNT", digest.count.to_string()),
            ("MORGUE_STORIES", digest.stories.to_string()),
            ("MORGUE_SUMMARY", parcel.subject.clone()),
        ]),
    }
    variables.into_iter().map(|(name, value)| (name, fitting(&value))).collect()
}

/// A value that a system takes: without zero bytes, and not too long.
fn fitting(value: &str) -> String {
    let mut fitting: String = value.chars().filter(|character| *character != '\0').collect();
    if fitting.len() > MAX_VARIABLE {
        fitting.truncate(fitting.floor_char_boundary(MAX_VARIABLE));
    }
    fitting
}
