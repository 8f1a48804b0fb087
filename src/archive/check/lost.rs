//! Stories that cannot be read, told as far as they are known.

use std::collections::BTreeMap;

use crate::format::key::{self, PackId};
use crate::format::record::{IndexRecord, Role};
use crate::model::{StoryKey, Timestamp};

use super::super::Error;
use super::super::component::Component;
use super::super::store::{Rows as _, pack_name};
use super::{Check, Remedy};

impl Check<'_> {
    /// Finds what packs hold and the index does not list, pack by pack.
    pub(super) fn unlisted(&mut self) -> Result<(), Error> {
        let store = self.archive.store();
        let mut named = BTreeMap::new();
        for pack in store.packs_in_order() {
            // A damaged one has been told.
            let Ok(pack) = pack else { continue };
            for section in pack.sections.iter().filter(|section| !self.is_stale(pack.id, section)) {
                let is_listed = match store.index(&section.key) {
                    Ok(record) => record.is_some_and(|record| record.packs.contains(&pack.id)),
                    // So has this one.
                    Err(_) => true,
                };
                if !is_listed {
                    let what = format!("the index does not list what pack {} holds", pack_name(pack.id));
                    let mut error = Error::damaged(what).in_story(&section.key);
                    if let Some(first) = section.captures.first() {
                        error = error.at(first.captured_at);
                    }
                    named.entry(section.sort.clone()).or_insert(error);
                }
            }
        }
        // Packs that the index lists and that are not there were found with their stories, unless no story leads to them.
        if named.is_empty() && self.report.findings.is_empty() {
            return Err(Error::damaged("the index does not list what the packs hold"));
        }
        self.is_partial |= !named.is_empty();
        named.into_values().for_each(|error| self.found(error, Remedy::Reindex));
        Ok(())
    }

    /// A story that cannot be read is told with what is lost of it, as far as that can be known.
    pub(super) fn hurt_story(&mut self, key: &StoryKey, record: &IndexRecord, error: Error) {
        let lost: Vec<PackId> = record.packs.iter().filter(|id| self.is_lost(**id)).copied().collect();
        if lost.is_empty() {
            // With packs of the story's other keys, perhaps, which tell it themselves.
            if !self.lost_elsewhere(key) {
                self.found(error.in_story(key), Remedy::Reindex);
            }
            return;
        }
        let names: Vec<String> = lost.iter().map(|id| pack_name(*id)).collect();
        let mut what = format!("pack {} is lost", names.join(" and pack "));
        if let Role::Name { summary: Some(summary), .. } = &record.role {
            let time = |micros| Timestamp::from_micros(micros).map(|at| at.to_string()).unwrap_or_default();
            let (from, upto) = (time(summary.first_captured), time(summary.last_captured));
            let of = format!(", with captures or texts of {} captures from {from} to {upto}", summary.captures);
            what.push_str(&of);
        }
        let error = Error::damaged(what).in_story(key);
        // What a damaged pack says of itself is good for a name.
        let told = lost.iter().filter_map(|id| self.hurt.get(id)?.as_ref()?.section(&key.sort_bytes()));
        let times: Vec<Timestamp> =
            told.flat_map(|section| section.captures.iter().map(|capture| capture.captured_at)).collect();
        if times.is_empty() {
            return self.found(error, Remedy::Salvage);
        }
        for at in times {
            let error = Error::damaged(format!("pack {} is lost, and this capture with it", names.join(" and pack ")));
            self.found(error.in_story(key).at(at), Remedy::Salvage);
        }
    }

    /// Says whether another key of a story has lost packs, which is told there.
    fn lost_elsewhere(&self, key: &StoryKey) -> bool {
        let Ok(Some(component)) = Component::resolve(self.archive.store(), key) else { return false };
        component.keys.iter().flat_map(|known| &known.packs).any(|id| self.is_lost(*id))
    }

    /// Says whether a pack is damaged, or missing.
    fn is_lost(&self, id: PackId) -> bool {
        let row = self.archive.engine().get(&key::pack(id));
        self.hurt.contains_key(&id) || row.is_ok_and(|row| row.is_none_or(|row| row.is_empty()))
    }
}
