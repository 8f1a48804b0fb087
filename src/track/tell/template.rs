//! The text of what is told, made by templates.

use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::config::{ConfigError, Target};
use super::digest::Digest;
use super::item::Item;
use super::kind::Name;

/// The steps that a template may take: loops over all of a digest stay far below.
const FUEL: u64 = 1_000_000;

const ITEM: &str = "\
{{ summary if kind not in ['edit', 'restored', 'cosmetic'] else kind }}: {{ headline }}
{% if old_headline and old_headline != headline %}
was: {{ old_headline }}
{% endif %}
{{ url or story }}
{{ captured_at }}{% if kind in ['edit', 'restored', 'cosmetic'] %}, {{ summary }}{% endif %}

{% for words in removed[:20] %}
- {{ words }}
{% endfor %}
{% for words in added[:20] %}
+ {{ words }}
{% endfor %}
{% if removed|length > 20 or added|length > 20 %}
...
{% endif %}
";

const ITEM_SUBJECT: &str = "\
{% if kind in ['edit', 'restored', 'cosmetic'] %}{{ headline }}: {{ summary }}{% else %}{{ summary }}: {{ headline }}{% endif %}";

const DIGEST: &str = "\
{{ count }} change{{ 's' if count != 1 }} in {{ stories }} stor{{ 'ies' if stories != 1 else 'y' }}
{% for host in hosts %}

{{ host.host or 'elsewhere' }}
{% for story in host.stories %}

  {{ story.headline or story.story }}
  {{ story.url or story.story }}
{% for item in story.items %}
    {{ item.captured_at }}  {{ item.kind }}{% if item.summary != item.kind %}: {{ item.summary }}{% endif %}

{% endfor %}
{% endfor %}
{% endfor %}
{% if left_out %}

and {{ left_out }} more
{% endif %}
";

const DIGEST_SUBJECT: &str = "\
{{ count }} change{{ 's' if count != 1 }} in {{ stories }} stor{{ 'ies' if stories != 1 else 'y' }}\
{% if hosts %}: {{ hosts[0].stories[0].headline }}{% endif %}";

/// What a template knows of a change. What does not apply is empty.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    id: &'a str,
    cursor: String,
    story: &'a str,
    url: &'a str,
    host: &'a str,
    headline: &'a str,
    old_headline: &'a str,
    kind: &'a str,
    outcome: &'a str,
    captured_at: String,
    tags: &'a [String],
    summary: &'a str,
    classes: Vec<&'a str>,
    suspect: bool,
    revision: Option<u64>,
    previous: Option<u64>,
    hash: String,
    moved_to: &'a str,
    significance: Option<f64>,
    stealth: serde_json::Value,
    added: &'a [String],
    removed: &'a [String],
}

/// The templates of a target.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
    variables: String,
}

/// A text that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}, line {line}: {reason}; it may use {variables}")]
pub(super) struct TemplateError {
    field: &'static str,
    line: usize,
    reason: String,
    variables: String,
}

impl Templates {
    /// Reads the templates of a target, and tries them.
    pub(super) fn new(target: &Target) -> Result<Self, ConfigError> {
        let is_digest = target.every.is_some();
        let example = if is_digest { digest_value(&Digest::example()) } else { item_value(&super::digest::example()) };
        let mut names: Vec<String> = example.try_iter().into_iter().flatten().map(|name| name.to_string()).collect();
        names.sort();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        let syntax = syntax.map_err(|error| target.wrong("template", error.to_string()))?;
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_syntax(syntax);
        environment.set_fuel(Some(FUEL));
        let mut templates = Self { environment, variables: names.join(", ") };
        let (item, subject) = if is_digest { (DIGEST, DIGEST_SUBJECT) } else { (ITEM, ITEM_SUBJECT) };
        for (field, own, usual) in [("template", &target.template, item), ("subject", &target.subject, subject)] {
            let source = own.clone().unwrap_or_else(|| usual.to_owned());
            templates.add(field, &source, &names, &example).map_err(|error| target.wrong(field, reason(&error)))?;
        }
        Ok(templates)
    }

    fn add(
        &mut self,
        field: &'static str,
        source: &str,
        known: &[String],
        example: &Value,
    ) -> Result<(), TemplateError> {
        let added = self.environment.add_template_owned(field, source.to_owned());
        added.map_err(|error| self.error(field, &error))?;
        let template = self.environment.get_template(field).map_err(|error| self.error(field, &error))?;
        let used: BTreeSet<String> = template.undeclared_variables(false).into_iter().collect();
        if let Some(unknown) = used.iter().find(|name| !known.contains(name) && !is_function(name)) {
            let line = source.lines().position(|line| line.contains(unknown.as_str())).map_or(1, |line| line + 1);
            let reason = format!("there is no `{unknown}`");
            return Err(TemplateError { field, line, reason, variables: self.variables.clone() });
        }
        self.render(field, example).map(drop)
    }

    fn render(&self, field: &'static str, value: &Value) -> Result<String, TemplateError> {
        let template = self.environment.get_template(field).map_err(|error| self.error(field, &error))?;
        template.render(value.clone()).map_err(|error| self.error(field, &error))
    }

    fn error(&self, field: &'static str, error: &minijinja::Error) -> TemplateError {
        let reason = match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        };
        TemplateError { field, line: error.line().unwrap_or(1), reason, variables: self.variables.clone() }
    }

    /// Returns the subject and the text of a change.
    pub(super) fn item(&self, item: &Item) -> Result<(String, String), TemplateError> {
        self.both(&item_value(item))
    }

    /// Returns the subject and the text of a digest.
    pub(super) fn digest(&self, digest: &Digest) -> Result<(String, String), TemplateError> {
        self.both(&digest_value(digest))
    }

    fn both(&self, value: &Value) -> Result<(String, String), TemplateError> {
        Ok((one_line(&self.render("subject", value)?), self.render("template", value)?))
    }
}

fn reason(error: &TemplateError) -> String {
    format!("line {}: {}; it may use {}", error.line, error.reason, error.variables)
}

/// What minijinja knows by itself.
fn is_function(name: &str) -> bool {
    matches!(name, "range" | "dict" | "namespace" | "debug")
}

/// A subject or title has one line, whatever a headline holds, and is no longer than one reads.
fn one_line(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

fn shown(item: &Item) -> Shown<'_> {
    Shown {
        id: &item.id,
        cursor: item.cursor.to_string(),
        story: item.story.as_str(),
        headline: &item.headline,
        kind: item.kind.as_str(),
        outcome: item.outcome.as_str(),
        captured_at: item.captured_at.to_string(),
        tags: &item.tags,
        summary: &item.summary,
        classes: item.classes.iter().map(|class| Name::Class(*class).as_str()).collect(),
        suspect: item.suspect,
        url: item.url.as_deref().unwrap_or_default(),
        host: item.host.as_deref().unwrap_or_default(),
        old_headline: item.old_headline.as_deref().unwrap_or_default(),
        revision: item.revision,
        previous: item.previous,
        hash: item.hash.map(|hash| hash.to_string()).unwrap_or_default(),
        moved_to: item.moved_to.as_ref().map(|to| to.as_str()).unwrap_or_default(),
        significance: item.significance,
        stealth: item.stealth.map_or_else(|| serde_json::Value::from(""), |stealth| serde_json::json!(stealth)),
        added: &item.added,
        removed: &item.removed,
    }
}

fn item_value(item: &Item) -> Value {
    Value::from(Serde(shown(item)))
}

fn digest_value(digest: &Digest) -> Value {
    let hosts: Vec<Value> = digest
        .hosts
        .iter()
        .map(|host| {
            let stories: Vec<Value> = host
                .stories
                .iter()
                .map(|story| {
                    let items: Vec<Value> = story.items.iter().map(|brief| item_value(&brief.item)).collect();
                    minijinja::context! {
                        story => story.story.as_str(), url => story.url.as_deref().unwrap_or_default(),
                        headline => story.headline.as_str(), items
                    }
                })
                .collect();
            minijinja::context! { host => host.host.as_deref().unwrap_or_default(), stories }
        })
        .collect();
    minijinja::context! {
        hosts, count => digest.count, stories => digest.stories, left_out => digest.left_out,
        since => digest.since.to_string(), until => digest.until.to_string()
    }
}
