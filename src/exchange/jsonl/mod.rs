//! Captures as JSON Lines: one JSON object a line, in UTF-8.
//!
//! | field | also taken as | is |
//! |---|---|---|
//! | `id` or `url` | | the story; where both stand, `url` is an alias of `id` |
//! | `captured_at` | `timestamp` | RFC 3339, or a date; required |
//! | `outcome` | | `article` (default), `not-modified`, `teaser`, `gone`, `moved`, `unreachable` |
//! | `headline` | `title` | text |
//! | `deck` | | text |
//! | `byline` | `authors`, `author` | text, or a list of texts |
//! | `text` or `paragraphs` | | text with blank lines between paragraphs, or a list of paragraphs |
//! | `published_at`, `modified_at` | `published`, `modified` | the publisher's claims; left out with a warning where they are no times |
//! | `lang`, `section`, `source` | | text |
//! | `status` | | the HTTP status, a number |
//! | `to` | | with `moved`: the story's new name |
//! | `cause` | | with `unreachable`: text |
//! | `aliases` | | a list of other names of the story |
//! | `html` or `html_base64` | | the page that the capture was made of, up to 8 MiB; with `html_url` (else `url`) and its headers: `html_type` (`Content-Type`), `html_etag`, `html_modified` (`Last-Modified`) |
//!
//! `null` is the same as no field. An empty text is a text. A row with a page and neither text nor outcome is what the page says
//! (feature `page`): its text, its outcome, its names; what the row says of the publisher's claims goes before the page.
//!
//! A row `{"alias": NAME, "of": NAME}` holds no capture but the fact that two names are of one story: `since` the earliest capture
//! that told of it, `merged_at` and `split_at` when somebody last decided that they are one or two, all times and optional.
//!
//! # Names of stories
//! A name that begins with `http://` or `https://` is a URL, any other is an id, wherever a name stands. A name written as an
//! object, `{"id": "https://..."}`, is an id whatever it looks like: only such ids need this form, and [`write_capture`] uses
//! it for them alone. So every key that [`StoryKey::url`](crate::model::StoryKey::url) and
//! [`StoryKey::id`](crate::model::StoryKey::id) make comes back as it was.

mod fields;
mod reader;
mod row;
mod write;

pub use reader::{JsonlReader, MAX_ROW_BYTES, Row, RowError};
pub use row::Fact;
pub use write::{write_alias, write_capture};

#[cfg(test)]
mod tests;
