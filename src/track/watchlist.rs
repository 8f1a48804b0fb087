//! The list of what is followed: in the archive, and in a file that a person may edit.

use std::collections::BTreeSet;
use std::path::Path;

use crate::archive::Archive;
use crate::engine::Durability;
use crate::model::canonical_url;

use super::error::Error;
use super::file;
use super::source::Source;

/// The part of the archive in which the list and what is known of its sources is kept; see [`Archive::state`].
pub(super) const PART: &str = "track";
const SOURCE: &str = "source:";
const FILE: &str = "file";

/// The sources that are followed, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watchlist {
    sources: Vec<Source>,
}

impl Watchlist {
    /// Returns the list of these sources.
    ///
    /// # Errors
    /// For a URL that is none, or that stands twice.
    pub fn new(sources: impl IntoIterator<Item = Source>) -> Result<Self, Error> {
        let mut list = Self::default();
        for source in sources {
            list.add(source)?;
        }
        Ok(list)
    }

    /// Returns the sources.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Returns the source with a URL or a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Source> {
        self.place(name).and_then(|place| self.sources.get(place))
    }

    /// Adds a source, its URL made canonical.
    ///
    /// ```
    /// use morgue::track::{Source, Watchlist};
    ///
    /// let mut list = Watchlist::default();
    /// list.add(Source::new("HTTPS://News.example/feed.xml"))?;
    /// assert_eq!(list.sources()[0].url, "https://news.example/feed.xml");
    /// assert!(list.add(Source::new("https://news.example/feed.xml")).is_err(), "it is there already");
    /// # Ok::<(), morgue::track::Error>(())
    /// ```
    ///
    /// # Errors
    /// For a URL that is none, or a URL or name that is there already.
    pub fn add(&mut self, mut source: Source) -> Result<(), Error> {
        let asked = source.url.clone();
        let refused = |reason: String| Error::Source { url: asked.clone(), reason };
        source.url = canonical_url(&source.url).map_err(|error| refused(error.to_string()))?;
        if !source.url.starts_with("http") {
            return Err(refused("expected http:// or https://".to_owned()));
        }
        let names = std::iter::once(source.url.as_str()).chain(source.name.as_deref());
        if let Some(known) = names.filter_map(|name| self.get(name)).next() {
            return Err(refused(format!("{} is followed already", known.title())));
        }
        self.sources.push(source);
        Ok(())
    }

    /// Removes the source with a URL or a name, and returns it.
    pub fn remove(&mut self, name: &str) -> Option<Source> {
        self.place(name).map(|place| self.sources.remove(place))
    }

    /// Changes the source with a URL or a name; returns it as it is then. Its URL stays as it is.
    pub fn change(&mut self, name: &str, change: impl FnOnce(&mut Source)) -> Option<&Source> {
        let place = self.place(name)?;
        let source = self.sources.get_mut(place)?;
        let url = source.url.clone();
        change(source);
        source.url = url;
        Some(source)
    }

    fn place(&self, name: &str) -> Option<usize> {
        let url = canonical_url(name).ok();
        let is_it = |source: &Source| url.as_ref() == Some(&source.url) || source.name.as_deref() == Some(name);
        self.sources.iter().position(is_it)
    }

    /// Returns the list that an archive keeps.
    ///
    /// # Errors
    /// Errors of the archive; a list that a newer program wrote.
    pub fn of(archive: &Archive) -> Result<Self, Error> {
        let mut sources: Vec<(u64, Source)> = Vec::new();
        for (name, value) in archive.states(PART)? {
            if name.strip_prefix(SOURCE).is_some() {
                sources.push(serde_json::from_slice(&value).map_err(|error| Error::state(&name, &error))?);
            }
        }
        sources.sort_by_key(|(place, _)| *place);
        Ok(Self { sources: sources.into_iter().map(|(_, source)| source).collect() })
    }

    /// Returns the source of a URL from the list that an archive keeps.
    pub(super) fn source_of(archive: &Archive, url: &str) -> Result<Option<Source>, Error> {
        let name = format!("{SOURCE}{url}");
        let value = archive.state(PART, &name)?;
        let read = value.map(|value| serde_json::from_slice::<(u64, Source)>(&value));
        Ok(read.transpose().map_err(|error| Error::state(&name, &error))?.map(|(_, source)| source))
    }

    /// Makes it the list that an archive keeps.
    fn keep(&self, archive: &Archive, file: Option<&str>) -> Result<(), Error> {
        let mut changes: Vec<(String, Option<Vec<u8>>)> = Vec::new();
        for (place, source) in self.sources.iter().enumerate() {
            let name = format!("{SOURCE}{}", source.url);
            let value = serde_json::to_vec(&(place, source)).map_err(|error| Error::state(&name, &error))?;
            changes.push((name, Some(value)));
        }
        let kept: BTreeSet<String> = changes.iter().map(|(name, _)| name.clone()).collect();
        let names = archive.states(PART)?.into_iter().map(|(name, _)| name);
        changes.extend(names.filter(|name| name.starts_with(SOURCE) && !kept.contains(name)).map(|name| (name, None)));
        changes.extend(file.map(|text| (FILE.to_owned(), Some(fingerprint(text)))));
        let changes: Vec<(&str, Option<&[u8]>)> =
            changes.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        Ok(archive.set_states(PART, &changes, Durability::Synced)?)
    }

    /// Brings the list in the archive and the one in a file together, and returns it.
    ///
    /// The file counts where a person has changed it since; where there is none, it is written from what the archive keeps.
    ///
    /// # Errors
    /// A file that cannot be read or written, or is no such list: it is left as it is. Errors of the archive.
    pub fn sync(archive: &Archive, path: &Path) -> Result<Self, Error> {
        match file::read(path)? {
            Some(text) if archive.state(PART, FILE)?.as_deref() == Some(&fingerprint(&text)) => Self::of(archive),
            Some(text) => {
                let list = file::parse(&text, path)?;
                list.keep(archive, Some(&text))?;
                Ok(list)
            }
            None => {
                let list = Self::of(archive)?;
                if !list.sources.is_empty() {
                    list.save(archive, path)?;
                }
                Ok(list)
            }
        }
    }

    /// Writes the list into the file, and into the archive. What a person wrote into the file beside the sources stays there.
    ///
    /// # Errors
    /// As [`Watchlist::sync`].
    pub fn save(&self, archive: &Archive, path: &Path) -> Result<(), Error> {
        let text = self.save_file(path)?;
        self.keep(archive, Some(&text))
    }

    /// Returns the list in a file; an empty one where there is none.
    ///
    /// For who cannot have the archive, as another process follows the list: that one takes the changes over.
    ///
    /// # Errors
    /// A file that cannot be read, or is no such list.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        file::read(path)?.map_or_else(|| Ok(Self::default()), |text| file::parse(&text, path))
    }

    /// Writes the list into a file alone, and returns its text.
    ///
    /// # Errors
    /// A file that cannot be written, or that is there and is no such list.
    pub fn save_file(&self, path: &Path) -> Result<String, Error> {
        let text = file::edit(file::read(path)?.as_deref().unwrap_or(file::HEAD), self, path)?;
        file::write(path, &text)?;
        Ok(text)
    }
}

fn fingerprint(text: &str) -> Vec<u8> {
    blake3::hash(text.as_bytes()).to_hex().as_bytes().to_vec()
}
