//! Version 2 to version 3: see `README.md`.

use crate::engine::{Engine, Order, prefix_range};
use crate::format::gather::decode_feed;
use crate::format::key::FEED;

use super::{Error, Progress, Step, Work};

/// Writes the version, and nothing else: every row of version 2 is one of version 3.
pub(super) struct V2ToV3;

impl Step for V2ToV3 {
    fn from(&self) -> u32 {
        2
    }

    fn about(&self) -> &'static str {
        "note the new version"
    }

    fn work(&self, engine: &dyn Engine, _: Option<&[u8]>) -> Result<Work, Error> {
        let last = engine.scan(prefix_range(&[FEED]), Order::Descending).next().transpose()?;
        let feed = last.map(|(row, value)| decode_feed(&row, &value)).transpose()?;
        let arrivals = feed.map_or(0, |feed| feed.first + feed.entries.len() as u64);
        Ok(Work { done: 0, todo: 0, arrivals })
    }

    fn verify(&self, _: &dyn Engine, _: &mut dyn FnMut(u64)) -> Result<(), Error> {
        Ok(())
    }

    fn next(&self, _: &dyn Engine, _: Option<&[u8]>) -> Result<Option<Progress>, Error> {
        Ok(None)
    }

    fn rebuilds(&self) -> bool {
        false
    }
}
