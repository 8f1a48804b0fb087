//! A file that is a web page.

use std::path::Path;

use morgue::NewCapture;

use super::Args;
use crate::cli::error::{Failure, Result};
use crate::cli::session::Session;

/// Whether a file is a web page: by its name, or by how it begins.
pub(super) fn is_page(path: &Path, bytes: &[u8]) -> bool {
    let is_named = path
        .extension()
        .is_some_and(|extension| ["html", "htm", "xhtml"].iter().any(|known| extension.eq_ignore_ascii_case(known)));
    is_named || begins_as_page(bytes)
}

fn begins_as_page(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    ["<!doctype html", "<html"]
        .iter()
        .any(|opening| bytes.get(..opening.len()).is_some_and(|start| start.eq_ignore_ascii_case(opening.as_bytes())))
}

#[cfg(not(feature = "page"))]
pub(super) fn capture(_: &Args, _: &Session, path: &Path, _: Vec<u8>) -> Result<NewCapture> {
    Err(Failure::new(format!("{}: this build of morgue cannot read web pages", path.display()))
        .hint("build it with the feature `page`, or save the text of the page in a file"))
}

/// Reads a page. Its story is what `--url` or `--id` names, else the page's canonical URL, else the file's name.
#[cfg(feature = "page")]
pub(super) fn capture(args: &Args, session: &Session, path: &Path, bytes: Vec<u8>) -> Result<NewCapture> {
    use morgue::page::{Options, Page, Verdict, read};

    let mut options = Options::default();
    options.keep_raw = !args.no_raw;
    let captured_at = args.captured_at.unwrap_or_else(|| session.now());
    let own = args.url.clone().or_else(|| {
        let links = read(&Page::new("", &bytes), &options).links;
        links.canonical.or(links.own)
    });
    // With a name that the caller gives, the page's own names are not asked for.
    let named = if args.id.is_some() || own.is_none() { Some(args.key(path, None)?) } else { None };
    let url = own.or_else(|| named.as_ref().map(|key| key.as_str().to_owned())).unwrap_or_default();
    let page = Page::new(&url, &bytes);
    let mut reading = read(&page, &options);
    match reading.verdict {
        Verdict::Article => {}
        Verdict::Teaser => session.warn(&format!("{}: a teaser: {}", path.display(), reading.cause)),
        _ => return Err(Failure::new(format!("{}: no article: {}", path.display(), reading.cause))),
    }
    if let Some(headline) = &args.headline {
        reading.article.headline.clone_from(headline);
    }
    match named {
        Some(key) => Ok(reading.into_named_capture(key, &page, captured_at, &options)),
        None => reading.into_capture(&page, captured_at, &options).map_err(|error| super::in_file(path, &error)),
    }
}
