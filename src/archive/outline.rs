//! The revisions of a story as they were made of its captures a moment ago.
//!
//! Captures that came in by time stand in many packs, all of which have to be looked at before a revision can be told. What packs
//! hold never changes, so that what followed from them follows from them still.

use std::collections::HashMap;
use std::sync::Arc;

use crate::format::key::PackId;
use crate::model::{ArticleHash, Revision, StoryKey, fold};

use super::Error;
use super::component::{Component, Loaded};
use super::store::Store;

/// The revisions of a story, and where their texts stand.
#[derive(Debug)]
pub(super) struct Outline {
    /// Of which packs it was made, key by key.
    keys: Vec<(StoryKey, Vec<PackId>)>,
    /// Oldest first.
    pub(super) revisions: Vec<Revision>,
    /// The number of a key, and a pack that holds the text.
    places: HashMap<ArticleHash, (usize, PackId)>,
}

impl Outline {
    fn of(component: &Component, loaded: &Loaded) -> Self {
        let revisions = fold(&loaded.captures);
        let keys: Vec<_> = component.keys.iter().map(|known| (known.key.clone(), known.packs.clone())).collect();
        let number = |key: &StoryKey| keys.iter().position(|(own, _)| own == key);
        let mut places: HashMap<ArticleHash, Option<(usize, PackId)>> =
            revisions.iter().map(|revision| (revision.hash, None)).collect();
        for (pack, section) in loaded.sections() {
            for text in pack.texts_of(section) {
                if let Some(place @ None) = places.get_mut(&text.hash) {
                    *place = number(&section.key).map(|number| (number, pack.id));
                }
            }
        }
        let places = places.into_iter().filter_map(|(hash, place)| Some((hash, place?))).collect();
        Self { keys, revisions, places }
    }

    fn is_of(&self, component: &Component) -> bool {
        let keys = component.keys.iter().map(|known| (&known.key, &known.packs));
        self.keys.iter().map(|(key, packs)| (key, packs)).eq(keys)
    }

    /// How many bytes of memory it takes, about.
    pub(super) fn weight(&self) -> usize {
        let keys = self.keys.iter().map(|(key, packs)| key.as_str().len() + packs.len() * size_of::<PackId>() + 64);
        let source = |revision: &Revision| revision.source.as_ref().map_or(0, String::len);
        let revisions = self.revisions.iter().map(|revision| size_of::<Revision>() + source(revision));
        let places = self.places.capacity() * size_of::<(ArticleHash, (usize, PackId))>();
        size_of::<Self>() + keys.sum::<usize>() + revisions.sum::<usize>() + places
    }

    /// Does something with the text of a revision, verified.
    pub(super) fn read_text<T>(
        &self,
        store: &Store,
        component: &Component,
        hash: &ArticleHash,
        act: impl Fn(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.try_text(store, hash, &act) {
            Some(done) => Ok(done),
            // It may stand in another pack as well; or else this says what is wrong.
            None => component.load(store)?.read_text(store, hash, act),
        }
    }

    fn try_text<T>(&self, store: &Store, hash: &ArticleHash, act: impl Fn(&str) -> Result<T, Error>) -> Option<T> {
        let (number, pack) = self.places.get(hash)?;
        let (key, _) = self.keys.get(*number)?;
        let pack = store.pack(*pack).ok()??;
        let text = pack.texts_of(pack.section(&key.sort_bytes())?).iter().find(|text| text.hash == *hash)?;
        store.read_text(&pack, text, act).ok()?.ok()
    }
}

impl Component {
    /// Returns the revisions of the story.
    ///
    /// # Errors
    /// As [`Component::load`].
    pub(super) fn outline(&self, store: &Store) -> Result<Arc<Outline>, Error> {
        if let Some(outline) = store.outlines.get(&self.name).filter(|outline| outline.is_of(self)) {
            return Ok(outline);
        }
        let outline = Arc::new(Outline::of(self, &self.load(store)?));
        store.outlines.insert(self.name.clone(), Arc::clone(&outline));
        Ok(outline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Archive;
    use crate::engine::Durability;
    use crate::model::{Article, NewCapture, Selector};

    fn outline(archive: &Archive, key: &StoryKey) -> Arc<Outline> {
        archive.with_story(key, |component| component.outline(archive.store())).unwrap().unwrap()
    }

    #[test]
    fn revisions_are_made_once_and_anew_when_a_pack_or_a_key_comes() {
        let archive = Archive::in_memory();
        let (key, other) = (StoryKey::id("bridge").unwrap(), StoryKey::id("wire-7").unwrap());
        let capture = |key: &StoryKey, day: &str, headline: &str| {
            NewCapture::article(key.clone(), day.parse().unwrap(), Article::new(headline))
        };
        archive.ingest(capture(&key, "2026-03-01", "Bridge closed"), Durability::Buffered).unwrap();
        archive.ingest(capture(&key, "2026-03-03", "Bridge open"), Durability::Buffered).unwrap();
        let first = outline(&archive, &key);
        assert_eq!(first.revisions.len(), 2);
        assert!(Arc::ptr_eq(&first, &outline(&archive, &key)), "it is kept");
        archive.ingest(capture(&key, "2026-03-02", "Bridge half open"), Durability::Buffered).unwrap();
        let second = outline(&archive, &key);
        assert_eq!((second.revisions.len(), second.revisions[1].number), (3, 2));
        archive.ingest(capture(&other, "2026-03-04", "Bridge closed again"), Durability::Buffered).unwrap();
        assert!(Arc::ptr_eq(&second, &outline(&archive, &key)), "another story is another story");
        archive.add_alias(&other, &key, Durability::Buffered).unwrap();
        assert_eq!(outline(&archive, &key).revisions.len(), 4);
        let latest = archive.memento(&key, &Selector::Latest).unwrap().unwrap();
        assert_eq!(latest.article.headline, "Bridge closed again", "read where it stands, under the other key");
    }

    #[test]
    fn a_text_that_is_not_where_it_stood_is_looked_for() {
        let archive = Archive::in_memory();
        let key = StoryKey::id("bridge").unwrap();
        let capture = NewCapture::article(key.clone(), "2026-03-01".parse().unwrap(), Article::new("Bridge closed"));
        archive.ingest(capture, Durability::Buffered).unwrap();
        let kept = outline(&archive, &key);
        let hash = kept.revisions[0].hash;
        let lost = Outline {
            keys: kept.keys.clone(),
            revisions: kept.revisions.clone(),
            places: HashMap::from([(hash, (0, PackId::MAX))]),
        };
        let read = archive
            .with_story(&key, |component| lost.read_text(archive.store(), component, &hash, |text| Ok(text.len())));
        assert_eq!(read.unwrap(), Some(archive.canonical_text(&key, &hash).unwrap().len()));
    }
}
