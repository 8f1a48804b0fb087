//! Web archives: WARC 1.0 and 1.1 (ISO 28500), and the older ARC.
//!
//! # Reading
//! [`WarcReader`] takes a file as it streams by: plain, or gzip with a member for each record or one for all. What a record becomes:
//!
//! | record | becomes |
//! |---|---|
//! | response 2xx of HTML, resource of HTML | what [`page::read`](crate::page::read) makes of the page, captured at `WARC-Date` |
//! | response 301, 302, 303, 307, 308 | `Moved`; when the page that it leads to follows in the files, that page is told of the redirect |
//! | response 304, revisit `server-not-modified` | `NotModified` |
//! | response 404, 410 | `Gone` |
//! | response of another status, or kept only in part | `Unreachable` |
//! | revisit `identical-payload-digest` | the earlier capture again at the time of the revisit: see below |
//! | page without a story, such as a front; what is not HTML | nothing; counted and told |
//! | request, metadata, warcinfo | nothing, but for the metadata of [`WarcWriter`] |
//!
//! # Revisits
//! A revisit says that a page was the same as at an earlier visit. That visit is looked for by `WARC-Refers-To-Target-URI` and
//! `-Date`, then by the digest, in what was read before by the same [`WarcReader`] and those that [share its memory](Seen), about
//! 64 MiB of it. Else the caller is asked, who has an archive ([`WarcReader::recall_with`]). A revisit of what cannot be found
//! becomes `NotModified`, which is what it says, and is counted.
//!
//! # Damage
//! A record that cannot be read is an error with the byte of the file where it, or the gzip member that holds it, begins. Reading goes
//! on at the next gzip member, or the next line that begins a record.
//!
//! # Writing
//! [`WarcWriter`] writes files that other tools read and that come back as they were.
//!
//! # Limits
//! A page has at most [`Options::max_bytes`](crate::page::Options::max_bytes) after its compression is undone. Memory does not
//! grow with the file: about 64 MiB of pages are read at a time, on all cores.

mod cdxj;
mod head;
mod http;
mod memory;
mod prepare;
mod profile;
mod reader;
mod record;
mod source;
mod write;

pub use reader::{Recall, Seen, WarcReader};
pub use write::{WarcWriter, WriteOptions};

#[cfg(test)]
mod tests;
