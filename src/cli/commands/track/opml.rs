//! Lists of feeds as other programs have them.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use morgue::track::{from_opml, to_opml};

use super::{edit, list_of, titled};
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::session::Session;
use crate::cli::words::count;

/// A list has so many bytes at most.
const MAX_BYTES: u64 = 16 << 20;

pub(super) fn import(session: &Session, file: &Path) -> Result<Exit> {
    let failed = |error: io::Error| Failure::file("read", file, &error);
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        fs::File::open(file).map_err(failed)?.take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    }
    let sources = from_opml(&bytes).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    edit::change(session, None, true, |list| {
        let (mut changed, mut known) = (Vec::new(), 0);
        for mut source in sources {
            if list.get(&source.url).is_some() {
                known += 1;
                continue;
            }
            // Two feeds of one name are usual; the URL tells them apart.
            source.name = source.name.filter(|name| list.get(name).is_none());
            let title = titled(&source);
            match list.add(source) {
                Ok(()) => changed.push(format!("follows {title}")),
                Err(error) => session.warn(&error.to_string()),
            }
        }
        if known > 0 {
            session.note(&format!("{} followed already", count(known, "feed is", "feeds are")));
        }
        Ok(changed)
    })
}

pub(super) fn export(session: &Session, output: Option<&Path>) -> Result<Exit> {
    let text = to_opml(&list_of(session)?);
    match output {
        Some(path) => fs::write(path, text).map_err(|error| Failure::file("write", path, &error))?,
        None => {
            let mut out = session.out();
            out.write_all(text.as_bytes())?;
            out.finish()?;
        }
    }
    Ok(Exit::Done)
}
