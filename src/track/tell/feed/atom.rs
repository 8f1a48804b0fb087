//! Atom (RFC 4287).

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Entry, Whole};
use crate::model::Timestamp;
use crate::track::tell::html::is_no_xml;

type Xml = Writer<Vec<u8>>;

pub(super) fn bytes(feed: &Whole<'_>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element("feed").with_attribute(("xmlns", "http://www.w3.org/2005/Atom")).write_inner_content(|xml| {
        text(xml, "id", feed.id)?;
        text(xml, "title", feed.title)?;
        text(xml, "updated", &time(feed.updated))?;
        if let Some(link) = feed.link {
            xml.create_element("link").with_attributes([("rel", "self"), ("href", link)]).write_empty()?;
        }
        // Every entry needs an author, be it that of the feed (4.2.1).
        xml.create_element("author").write_inner_content(|xml| text(xml, "name", "morgue"))?;
        let version = env!("CARGO_PKG_VERSION");
        let generator = xml.create_element("generator").with_attribute(("version", version));
        generator.write_text_content(BytesText::new("morgue"))?;
        feed.entries.iter().try_for_each(|one| entry(xml, one))
    })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn entry(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    let write = |xml: &mut Xml| {
        text(xml, "id", &entry.id)?;
        text(xml, "title", &entry.title)?;
        text(xml, "updated", &time(entry.at))?;
        text(xml, "published", &time(entry.at))?;
        if let Some(url) = &entry.url {
            let url = possible(url);
            xml.create_element("link").with_attributes([("rel", "alternate"), ("href", url.as_str())]).write_empty()?;
        }
        for tag in &entry.tags {
            xml.create_element("category").with_attribute(("term", possible(tag).as_str())).write_empty()?;
        }
        let content = xml.create_element("content").with_attribute(("type", "html"));
        content.write_text_content(BytesText::new(&possible(&entry.html)))?;
        Ok(())
    };
    xml.create_element("entry").write_inner_content(write)?;
    Ok(())
}

fn text(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&possible(text)))?;
    Ok(())
}

/// Text without what XML 1.0 cannot hold (section 2.2).
fn possible(text: &str) -> String {
    let is_possible =
        |character: char| matches!(character, '\t' | '\n') || !(character.is_control() || is_no_xml(character));
    text.chars().filter(|character| is_possible(*character)).collect()
}

fn time(at: Timestamp) -> String {
    at.to_string()
}
