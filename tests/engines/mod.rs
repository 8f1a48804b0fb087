//! The engines on disk, for tests that hold each of them to the same.

use std::path::Path;
use std::time::Duration;

use morgue::EngineKind;
use morgue::engine::{Engine, Error, SledEngine, SledOptions};
#[cfg(feature = "fjall")]
use morgue::engine::{FjallEngine, FjallOptions};

/// The engines of this build.
pub(crate) fn all() -> impl Iterator<Item = EngineKind> {
    EngineKind::ALL.into_iter().filter(|engine| engine.is_built())
}

/// Opens the store of an engine, or makes one.
pub(crate) fn open(engine: EngineKind, directory: &Path, create: bool) -> Result<Box<dyn Engine>, Error> {
    let limit = Duration::from_secs(10);
    match engine {
        EngineKind::Sled => {
            let options = SledOptions::default().create(create).stall_after(limit);
            Ok(Box::new(SledEngine::open(directory, &options)?))
        }
        #[cfg(feature = "fjall")]
        EngineKind::Fjall => {
            let options = FjallOptions::default().create(create).stall_after(limit);
            Ok(Box::new(FjallEngine::open(directory, &options)?))
        }
        other => panic!("{other} is not an engine of this build"),
    }
}
