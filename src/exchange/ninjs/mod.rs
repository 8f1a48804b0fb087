//! IPTC ninjs: news items as agencies send them, in JSON.
//!
//! Versions 1 (`headline`, `body_xhtml`), 2 (`headlines`, `bodies`, names in small letters) and 3 (`versionCreated`) are read, one item,
//! an array of them, or one behind the other; version 3.0 is written, an item a line.
//!
//! | of the item | is |
//! |---|---|
//! | `uri` | the story: a URL, or an id such as `urn:newsml:...`; URLs among the `altIds` are aliases |
//! | `versionCreated` | `captured_at` and `modified_at`: the item has no other clock; required |
//! | `firstCreated`, else `contentCreated` | `published_at` |
//! | `pubStatus` | `usable` (default) an article, `canceled` `Gone`, `withheld` `Unreachable` |
//! | main of the `headlines`, else `title` | the headline |
//! | description in plain text | the deck |
//! | `by`, `byline` | the byline, as it stands |
//! | body in HTML, XHTML or NITF, else in plain text | the paragraphs |
//! | `language` | the language |
//!
//! Items of type `picture`, `audio`, `video`, `graphic`, `event` and `planning`, and the `associations` of an item, are no articles and
//! are passed by.

mod read;
mod write;

pub use read::{MAX_VALUE_BYTES, NinjsReader};
pub use write::write_item;

#[cfg(test)]
mod tests;
