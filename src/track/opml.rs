//! Lists of feeds as OPML, as feed readers write and read them (opml.org/spec2.opml).

use quick_xml::encoding::DecodingReader;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};

use super::source::{Source, SourceKind};
use super::watchlist::Watchlist;

/// Outlines nest so deeply at most.
const MAX_DEPTH: usize = 64;

/// A list that is no OPML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an OPML list: {reason}")]
pub struct OpmlError {
    reason: String,
}

/// Reads the feeds of an OPML list. The outlines around a feed, which stand for folders, and its categories become its tags.
///
/// What is wrong with a URL is for [`Watchlist::add`] to say.
///
/// ```
/// let opml = r#"<opml version="2.0"><body><outline text="World">
///     <outline type="rss" text="The News" xmlUrl="https://news.example/feed.xml"/></outline></body></opml>"#;
/// let sources = morgue::track::from_opml(opml.as_bytes()).unwrap();
/// assert_eq!(sources[0].name.as_deref(), Some("The News"));
/// assert_eq!(sources[0].tags, ["World"]);
/// ```
///
/// # Errors
/// Bytes that are no XML, have no `<opml>`, or nest deeper than 64.
pub fn from_opml(bytes: &[u8]) -> Result<Vec<Source>, OpmlError> {
    let wrong = |reason: String| OpmlError { reason };
    let mut reader = Reader::from_reader(DecodingReader::new(bytes));
    let (mut folders, mut sources, mut is_opml) = (Vec::<Option<String>>::new(), Vec::new(), false);
    let mut buffer = Vec::new();
    loop {
        let event = reader.read_event_into(&mut buffer);
        let event = event.map_err(|error| wrong(format!("at byte {}: {error}", reader.error_position())))?;
        match event {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "opml" => {
                is_opml = true;
                let _ = tag;
            }
            Event::Start(tag) if tag.name().as_ref() == "outline" => {
                if folders.len() == MAX_DEPTH {
                    return Err(wrong(format!("outlines nest deeper than {MAX_DEPTH}")));
                }
                let outline = Outline::of(&tag).map_err(wrong)?;
                let folder = if outline.url.is_some() { None } else { outline.title.clone() };
                sources.extend(outline.source(&folders));
                folders.push(folder);
            }
            Event::Empty(tag) if tag.name().as_ref() == "outline" => {
                sources.extend(Outline::of(&tag).map_err(wrong)?.source(&folders));
            }
            Event::End(tag) if tag.name().as_ref() == "outline" => {
                folders.pop();
            }
            Event::Eof if is_opml => return Ok(sources),
            Event::Eof => return Err(wrong("it has no <opml>".to_owned())),
            _ => {}
        }
        buffer.clear();
    }
}

/// What an outline says.
struct Outline {
    title: Option<String>,
    url: Option<String>,
    categories: Vec<String>,
}

impl Outline {
    fn of(tag: &BytesStart<'_>) -> Result<Self, String> {
        let mut outline = Self { title: None, url: None, categories: Vec::new() };
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| error.to_string())?
                .trim()
                .to_owned();
            match attribute.key.as_ref() {
                _ if value.is_empty() => {}
                "xmlUrl" | "xmlurl" => outline.url = Some(value),
                "title" => outline.title = Some(value),
                "text" => outline.title = outline.title.or(Some(value)),
                "category" => outline.categories = value.split(',').map(|name| name.trim().to_owned()).collect(),
                _ => {}
            }
        }
        Ok(outline)
    }

    fn source(self, folders: &[Option<String>]) -> Option<Source> {
        let mut tags: Vec<String> = folders.iter().flatten().cloned().chain(self.categories).collect();
        tags.retain(|tag| !tag.is_empty());
        tags.dedup();
        Some(Source { name: self.title, tags, ..Source::new(self.url?) })
    }
}

/// Writes the feeds of a list as OPML 2.0. Sources of other kinds have no place in it and are left out.
///
/// # Panics
/// Never: it is written into memory.
#[must_use]
pub fn to_opml(list: &Watchlist) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory cannot fail; what could not be written would be missing from what a test reads back.
    let _ = write(&mut writer, list);
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, list: &Watchlist) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.write_event(Event::Start(BytesStart::new("opml").with_attributes([("version", "2.0")])))?;
    writer.write_event(Event::Start(BytesStart::new("head")))?;
    writer.write_event(Event::Start(BytesStart::new("title")))?;
    writer.write_event(Event::Text(BytesText::new("What morgue follows")))?;
    writer.write_event(Event::End(BytesEnd::new("title")))?;
    writer.write_event(Event::End(BytesEnd::new("head")))?;
    writer.write_event(Event::Start(BytesStart::new("body")))?;
    let is_feed = |source: &&Source| source.kind.is_none_or(|kind| kind == SourceKind::Feed);
    for source in list.sources().iter().filter(is_feed) {
        let mut outline = BytesStart::new("outline");
        outline.push_attribute(("type", "rss"));
        outline.push_attribute(("text", source.title()));
        outline.push_attribute(("xmlUrl", source.url.as_str()));
        if !source.tags.is_empty() {
            outline.push_attribute(("category", source.tags.join(",").as_str()));
        }
        writer.write_event(Event::Empty(outline))?;
    }
    writer.write_event(Event::End(BytesEnd::new("body")))?;
    writer.write_event(Event::End(BytesEnd::new("opml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_back_as_it_was_written() {
        let mut source = Source::new("https://news.example/feed.xml?a=1&b=2");
        source.name = Some("News & \"more\" <b>".into());
        source.tags = vec!["world".into(), "north".into()];
        let story = Source { kind: Some(SourceKind::Story), ..Source::new("https://news.example/bridge") };
        let list = Watchlist::new([source.clone(), story]).unwrap();
        assert_eq!(from_opml(to_opml(&list).as_bytes()).unwrap(), [source]);
    }

    #[test]
    fn what_is_no_list_is_refused_with_the_reason() {
        let deep = format!("<opml>{}</opml>", "<outline text='x'>".repeat(65));
        for (text, part) in
            [("<rss/>", "no <opml>"), ("<opml><outline text='a</opml>", "at byte"), (deep.as_str(), "deeper than 64")]
        {
            let said = from_opml(text.as_bytes()).unwrap_err().to_string();
            assert!(said.contains(part), "{said}");
        }
    }
}
