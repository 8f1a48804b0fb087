//! What every way of telling has in common.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::Timestamp;

use super::digest::Digest;
use super::item::Item;

/// What is told at once.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content<'a> {
    Item(&'a Item),
    Digest(&'a Digest),
}

/// What is told at once, with the texts made of it.
#[derive(Debug)]
pub(super) struct Parcel<'a> {
    /// The same whenever the same is told to the same target.
    pub(super) id: String,
    pub(super) content: Content<'a>,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) now: Timestamp,
}

/// Why something was not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It may work later, and not before so long.
    Later { reason: String, wait: Option<Duration> },
    /// The receiver does not want this one.
    Refused { reason: String },
    /// Somebody must mend something first.
    Broken { reason: String },
}

impl Failure {
    pub(super) fn later(reason: impl Into<String>) -> Self {
        Self::Later { reason: reason.into(), wait: None }
    }
}

/// A way of telling.
pub(super) trait Channel: std::fmt::Debug + Send + Sync {
    /// Tells. What returns without a failure was told.
    fn deliver(&self, parcel: &Parcel<'_>) -> Result<(), Failure>;
}

impl Parcel<'_> {
    /// What is told as JSON: the fields of the change or digest, with its id and texts.
    pub(super) fn json(&self) -> Value {
        let value = match self.content {
            Content::Item(item) => serde_json::to_value(item),
            Content::Digest(digest) => serde_json::to_value(digest),
        };
        // No part of them can fail: all keys are text, all numbers are finite.
        let mut value = value.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        if let Some(fields) = value.as_object_mut() {
            if let Content::Digest(digest) = self.content {
                fields.insert("id".to_owned(), Value::from(digest.id.as_str()));
                fields.insert("kind".to_owned(), Value::from("digest"));
            }
            fields.insert("subject".to_owned(), Value::from(self.subject.as_str()));
            fields.insert("text".to_owned(), Value::from(self.text.as_str()));
        }
        value
    }
}
