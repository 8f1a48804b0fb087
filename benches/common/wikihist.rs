//! Captures out of a MediaWiki export: each revision of a page one capture of a story, as long as its whole history may be.
//!
//! The export is read as it streams by (MediaWiki's `export-0.4.xsd` and later ones): one revision is held at a time. Only what a
//! bench needs is looked at: titles, times and texts. Who made a revision is left out, so that a text that comes again is the same
//! article again.

use std::io::BufRead;

use morgue::{Article, NewCapture, StoryKey, Timestamp};

/// Iterates over the revisions of an export.
pub(crate) struct Revisions<R> {
    input: R,
    title: String,
    at: Option<Timestamp>,
    text: String,
    /// The tag and the characters before it, as they were read.
    tag: Vec<u8>,
    characters: Vec<u8>,
}

impl<R: BufRead> Revisions<R> {
    pub(crate) fn new(input: R) -> Self {
        let (tag, characters) = (Vec::new(), Vec::new());
        Self { input, title: String::new(), at: None, text: String::new(), tag, characters }
    }

    /// Reads the characters up to a tag, and the tag; says whether there was one.
    fn step(&mut self) -> bool {
        self.characters.clear();
        self.tag.clear();
        self.input.read_until(b'<', &mut self.characters).expect("the export");
        if self.characters.pop() != Some(b'<') {
            return false;
        }
        // An attribute's value may not hold a "<" and, in these exports, holds no ">".
        self.input.read_until(b'>', &mut self.tag).expect("the export");
        assert_eq!(self.tag.pop(), Some(b'>'), "the export ends within a tag");
        true
    }

    fn characters(&self) -> String {
        unescape(std::str::from_utf8(&self.characters).expect("UTF-8"))
    }

    fn revision(&mut self) -> NewCapture {
        let key = StoryKey::Id(self.title.clone());
        let at = self.at.take().expect("a revision has a time");
        let article = Article::new(self.title.clone()).with_text(&std::mem::take(&mut self.text));
        NewCapture::article(key, at, article)
    }
}

impl<R: BufRead> Iterator for Revisions<R> {
    type Item = NewCapture;

    fn next(&mut self) -> Option<NewCapture> {
        while self.step() {
            match self.tag.as_slice() {
                b"/title" => self.title = self.characters(),
                b"/timestamp" => self.at = Some(self.characters().parse().expect("a time")),
                b"/text" => self.text = self.characters(),
                b"/revision" => return Some(self.revision()),
                _ => {}
            }
        }
        None
    }
}

/// Puts characters in the place of references to them (XML 1.0, section 4.1 and 4.6).
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('&');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once(';').expect("a reference ends with a semicolon");
        let number = |digits: &str, base| char::from_u32(u32::from_str_radix(digits, base).expect("a number"));
        plain.push(match (name, name.strip_prefix("#x"), name.strip_prefix('#')) {
            ("lt", ..) => '<',
            ("gt", ..) => '>',
            ("amp", ..) => '&',
            ("quot", ..) => '"',
            ("apos", ..) => '\'',
            (_, Some(digits), _) => number(digits, 16).expect("a character"),
            (_, _, Some(digits)) => number(digits, 10).expect("a character"),
            _ => panic!("an unknown reference: {name}"),
        });
        plain.push_str(rest);
    }
    plain
}
