//! The arrows between the modules point down: what may import what, held by reading the sources.

// This file runs only as a test; it reads what the compiler has read before.
#![allow(clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::path::{Path, PathBuf};

/// Every module, and the modules of ours that it may import. Lower ones come first, so that no circle can be written here.
///
/// `cli` has none: it is the command, and speaks to the library as anyone would, by `morgue::`.
const ARROWS: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("text", &["model"]),
    ("diff", &["model", "text"]),
    ("engine", &[]),
    ("format", &["model"]),
    ("migrations", &["model", "engine", "format"]),
    ("archive", &["model", "text", "diff", "engine", "format", "migrations"]),
    ("report", &["model", "text", "diff", "archive"]),
    ("page", &["model", "text"]),
    ("exchange", &["model", "text", "archive", "page"]),
    ("fetch", &["model", "page"]),
    ("track", &["model", "text", "diff", "engine", "archive", "page", "fetch"]),
    ("search", &["model", "archive"]),
    ("serve", &["model", "archive", "diff"]),
    ("cli", &[]),
];

/// Crates that have one home, so that they can be replaced there.
const HOMES: [(&str, &str); 12] = [
    ("bincode", "format"),
    ("sled", "engine"),
    ("clap", "cli"),
    ("anyhow", "cli"),
    ("indicatif", "cli"),
    ("trafilatura", "page"),
    ("scraper", "page"),
    ("ureq", "fetch"),
    ("robotxt", "fetch"),
    ("feed_rs", "fetch"),
    ("toml_edit", "track"),
    ("humantime", "track"),
];

/// The two roots, which join the modules and belong to none.
const ROOTS: [&str; 2] = ["src/lib.rs", "src/main.rs"];

#[test]
fn every_import_points_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = sources(root);
    assert!(files.iter().any(|file| file == "src/model/mod.rs"), "the sources were not found under {}", root.display());
    let breaches: Vec<String> = files
        .iter()
        .flat_map(|file| {
            breaches(file, &fs::read_to_string(root.join(file)).expect("because the file was just listed"))
        })
        .collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn an_arrow_in_the_table_points_to_an_earlier_line() {
    let mut earlier = Vec::new();
    for (module, may) in ARROWS {
        assert!(may.iter().all(|below| earlier.contains(below)), "{module}");
        earlier.push(module);
    }
}

#[test]
fn a_forbidden_import_is_found_wherever_it_hides() {
    for (file, line) in [
        ("src/model/story.rs", "use crate::text::canonical;"),
        ("src/model/mod.rs", "fn f() { crate::archive::open() }"),
        ("src/text/mod.rs", "use super::engine::Engine;"),
        ("src/text/a/b.rs", "use super::super::super::engine;"),
        ("src/text.rs", "use crate::{model::Article, engine::{Engine, Error}};"),
        ("src/text/mod.rs", "pub(in crate::text) use crate::{\n    model,\n    format,\n};"),
        ("src/diff/mod.rs", "use crate :: archive;"),
        ("src/engine/mod.rs", "use crate::StoryKey;"),
        ("src/engine/mod.rs", "use crate::*;"),
        ("src/engine/mod.rs", "use crate as morgue;"),
        ("src/exchange/mod.rs", "#[cfg(not(test))] use crate::engine;"),
        ("src/exchange/mod.rs", "#[cfg(test)]\nmod tests { fn f() { \"}\"; } }\nuse crate::diff;"),
        ("src/cli/show.rs", "use crate::archive::Archive;"),
        ("migrations/mod.rs", "use crate::archive::Archive;"),
        ("migrations/v1_to_v2/mod.rs", "use crate::archive::Archive;"),
        ("src/archive/mod.rs", "let x = '\"'; let y: &'a str; bincode::encode(); // \""),
        ("src/archive/mod.rs", "use sled;"),
        ("src/helpers.rs", ""),
        ("src/helpers/mod.rs", "use crate::model;"),
        ("src/archive/mod.rs", "use crate::helpers::help;"),
    ] {
        assert_eq!(breaches(file, line).len(), 1, "{file}: {line}: {:?}", breaches(file, line));
    }
}

#[test]
fn a_permitted_import_is_left_alone() {
    for (file, line) in [
        ("src/text/mod.rs", "use crate::model::Article; use super::model; use self::normalize::x; use crate::text::y;"),
        ("src/text/a/b.rs", "use super::super::engine; // text::engine, a module of its own"),
        (
            "src/text/mod.rs",
            "// use crate::engine;\n/* crate::engine /* nested */ crate::engine */\nlet a = \"crate::engine\";",
        ),
        ("src/text/mod.rs", "let a = r#\"\" crate::engine\"#; let b = b\"\\\"crate::engine\"; my_crate::engine::x();"),
        ("src/engine/mod.rs", "#[cfg(test)]\nmod tests { use crate::archive::Archive; fn f() { } }\nuse sled::Db;"),
        ("src/engine/mod.rs", "#[cfg(test)] #[allow(unused)] use crate::archive::Archive;"),
        ("src/engine/tests.rs", "use crate::archive::Archive;"),
        ("src/engine/mod.rs", "mod sled; use self::sled::SledEngine;"),
        ("src/archive/mod.rs", "engine::sled::open(); use crate::migrations;"),
        (
            "src/cli/show.rs",
            "use crate::cli::output; use morgue::{Archive, engine}; use super::output; use clap::Parser;",
        ),
        ("migrations/v1_to_v2/mod.rs", "use crate::format::codec; use super::Step; use crate::migrations::x;"),
        ("src/lib.rs", "pub use model::*; pub use crate::archive::Archive;"),
    ] {
        assert_eq!(breaches(file, line), Vec::<String>::new(), "{line}");
    }
}

/// The paths of all sources, from the root of the package, with `/`.
fn sources(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["src", "migrations"].map(PathBuf::from).into();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries {
            let entry = entry.expect("because the folder can be read");
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// Says which lines of a file import what its module may not.
fn breaches(file: &str, source: &str) -> Vec<String> {
    if ROOTS.contains(&file) || file.ends_with("/tests.rs") || file.contains("/tests/") {
        return Vec::new();
    }
    let path = module_path(file);
    let module = path[0].as_str();
    let Some((_, may)) = ARROWS.iter().find(|(name, _)| *name == module) else {
        return vec![format!(
            "{file}: the module `{module}` is not in the table of tests/layers.rs: give it its arrows"
        )];
    };
    let tokens = without_tests(tokens(source));
    let ours = imports(&tokens, path.len()).into_iter().filter(|name| name != module && !may.contains(&name.as_str()));
    let ours = ours.map(|name| match name.chars().next() {
        Some(first) if first.is_lowercase() => format!("{file}: `{module}` may not import `{name}`"),
        _ => format!("{file}: `crate::{name}` goes by the root: name the module that it lives in"),
    });
    let away = HOMES.iter().filter(|(name, home)| *home != module && uses_crate(&tokens, name));
    ours.chain(away.map(|(name, home)| format!("{file}: the crate `{name}` is used in `{home}` alone"))).collect()
}

/// `src/text/a/b.rs` is `text::a::b`; `src/text/mod.rs` is `text`.
fn module_path(file: &str) -> Vec<String> {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    inner.split('/').map(str::to_owned).collect()
}

/// The names at the root of the crate that are reached by `crate::` or by enough `super::`.
fn imports(tokens: &[String], depth: usize) -> Vec<String> {
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let starts = at == 0 || tokens[at - 1] != "::";
        let in_visibility = at >= 1 && tokens[at - 1] == "in";
        if token == "crate" && !in_visibility {
            match text(tokens, at + 1) {
                "::" => names.extend(roots(tokens, at + 2)),
                "as" => names.push("*".to_owned()),
                _ => {}
            }
        } else if token == "super" && starts && !in_visibility {
            let climbs = (0..).take_while(|step| text(tokens, at + 2 * step) == "super").count();
            if climbs >= depth && text(tokens, at + 2 * climbs - 1) == "::" {
                names.extend(roots(tokens, at + 2 * climbs));
            }
        }
    }
    names
}

/// The first names of a path, or of each path in braces.
fn roots(tokens: &[String], at: usize) -> Vec<String> {
    if text(tokens, at) != "{" {
        return vec![text(tokens, at).to_owned()];
    }
    let mut names = Vec::new();
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(at) {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ if depth == 1 && matches!(tokens[at - 1].as_str(), "{" | ",") => names.push(token.clone()),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Whether a path begins with this crate. A module of ours may bear the same name: then it is declared, or reached by `self::`.
fn uses_crate(tokens: &[String], name: &str) -> bool {
    tokens.iter().enumerate().any(|(at, token)| {
        let before = if at == 0 { "" } else { tokens[at - 1].as_str() };
        token == name && (before == "use" || (before != "::" && text(tokens, at + 1) == "::"))
    })
}

fn text(tokens: &[String], at: usize) -> &str {
    tokens.get(at).map_or("", String::as_str)
}

/// Words, `::` and single signs; comments, strings and characters are left out.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = raw_string(rest) {
            length
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' {
            character(rest)
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                tokens.push(rest[..length].to_owned());
            }
            length
        };
        rest = &rest[length..];
    }
    tokens
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    for (at, _) in rest.char_indices() {
        if rest[at..].starts_with("/*") {
            depth += 1;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
    }
    rest.len()
}

/// The length of a raw string such as `r#"..."#`, if one begins here.
fn raw_string(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let text = inner.trim_start_matches('#').strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(inner.len() - text.len() - 1));
    let start = rest.len() - text.len();
    Some(text.find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character in quotes, or the mark of a lifetime.
fn character(rest: &str) -> usize {
    let mut next = rest.chars().skip(1);
    match (next.next(), next.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 1,
    }
}

/// Leaves out each item under `#[cfg(test)]`: tests may look at everything.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].iter().map(String::as_str).take(MARK.len()).eq(MARK) {
            at = end_of_item(&tokens, at + MARK.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The place behind the next `;` or block that is not inside of brackets; a `use` has its block before its `;`.
fn end_of_item(tokens: &[String], from: usize) -> usize {
    let mut depth = 0;
    let mut is_use = false;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.as_str() {
            "use" if depth == 0 => is_use = true,
            "{" | "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 && !is_use {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}
