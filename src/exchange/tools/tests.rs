use std::fs;
use std::path::Path;

use super::*;
use crate::exchange::door::read_all;

fn watch(directory: &Path, files: &[(&str, &[u8])]) {
    fs::create_dir_all(directory).unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(directory.join(name), bytes).unwrap());
}

#[test]
fn snapshots_of_changedetection_are_read_packed_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let index = r#"{"watching":{"one":{"url":"https://news.example/bridge","title":null},"two":{"url":"source:https://news.example/ferry"}}}"#;
    fs::write(dir.path().join("url-watches.json"), index).unwrap();
    let brotli = [&[0x0B, 0x06, 0x80][..], b"a brotli page", &[0x03]].concat();
    let history = b"1772352000,a.txt\n1772352060,/old/place/b.txt.br\n1772352120,c.txt\nnonsense\n1772352180,d.png\n";
    watch(
        &dir.path().join("one"),
        &[("history.txt", history), ("a.txt", b"It rained.\n\nIt stopped."), ("b.txt.br", &brotli)],
    );
    watch(&dir.path().join("two"), &[]);
    watch(
        &dir.path().join("three"),
        &[
            ("watch.json", br#"{"url":"https://news.example/harbour","uuid":"three"}"#),
            ("history.txt", b"1772352000,x.txt"),
            ("x.txt", b"caf\xe9"),
        ],
    );
    assert!(ChangeDetectionReader::is_one(dir.path()) && !ChangeDetectionReader::is_one(&dir.path().join("one")));
    let (captures, told) = read_all(&mut ChangeDetectionReader::open(dir.path()).unwrap());
    let seen: Vec<_> = captures
        .iter()
        .map(|capture| (capture.key.as_str(), capture.captured_at.to_string(), capture.outcome.text().unwrap().text()))
        .collect();
    let (first, second) = ("2026-03-01T08:00:00Z".to_owned(), "2026-03-01T08:01:00Z".to_owned());
    assert_eq!(
        seen,
        [
            ("https://news.example/bridge", first.clone(), "It rained.\n\nIt stopped.".to_owned()),
            ("https://news.example/bridge", second, "a brotli page".to_owned()),
            ("https://news.example/harbour", first, "caf\u{fffd}".to_owned()),
        ]
    );
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("watch one, 1772352120") && told[0].contains("c.txt"), "{told:?}");
    assert!(told[1].contains("\"nonsense\""), "{told:?}");
    assert_eq!(told[2], "snapshots that are no text were skipped (1 time)");
    fs::write(dir.path().join("url-watches.json"), "{").unwrap();
    assert!(ChangeDetectionReader::open(dir.path()).unwrap_err().to_string().contains("url-watches.json"));
}

#[cfg(feature = "tools")]
mod databases {
    use rusqlite::Connection;

    use super::*;
    use crate::model::{Article, NewOutcome, StoryKey};

    #[test]
    fn versions_of_diffengine_are_captures() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("diffengine.db");
        let database = Connection::open(&path).unwrap();
        // The tables as its models make them.
        let tables = r#"
            CREATE TABLE "entry" ("id" INTEGER NOT NULL PRIMARY KEY, "url" VARCHAR(255) NOT NULL, "created" DATETIME NOT NULL,
                "checked" DATETIME NOT NULL);
            CREATE TABLE "entryversion" ("id" INTEGER NOT NULL PRIMARY KEY, "title" VARCHAR(255) NOT NULL,
                "url" VARCHAR(255) NOT NULL, "summary" VARCHAR(255) NOT NULL, "created" DATETIME NOT NULL,
                "archive_url" VARCHAR(255), "entry_id" INTEGER NOT NULL, FOREIGN KEY ("entry_id") REFERENCES "entry" ("id"));
            INSERT INTO entry VALUES (1, 'https://feeds.news.example/1', '2026-03-01 08:00:00', '2026-03-01 08:00:00');
            INSERT INTO entryversion VALUES (1, 'Bridge closed', 'https://news.example/bridge', '<p>A crack &amp; more.</p><p>Two.</p>',
                '2026-03-01 08:00:00.123456', NULL, 1);
            INSERT INTO entryversion VALUES (2, 'Bridge open', 'https://news.example/bridge', '<p>Open.</p>', 'soon', NULL, 1);
        "#;
        database.execute_batch(tables).unwrap();
        let insert =
            "INSERT INTO entryversion VALUES (?1, ?2, 'https://news.example/day', '<p>x</p>', '2026-03-02', NULL, 1)";
        for value in 1..=600 {
            database.execute(insert, (1000 + value, format!("Day {value}"))).unwrap();
        }
        let (captures, told) = read_all(&mut SqliteReader::open(&path).unwrap());
        assert_eq!(captures.len(), 601);
        let first = &captures[0];
        assert_eq!(
            first.outcome,
            NewOutcome::Article(Article::new("Bridge closed").with_text("A crack & more.\n\nTwo."))
        );
        assert_eq!(first.captured_at.to_string(), "2026-03-01T08:00:00.123456Z");
        assert_eq!(first.aliases, [StoryKey::url("https://feeds.news.example/1").unwrap()]);
        assert_eq!(
            told,
            [
                "at row 2: `created`: \"soon\" is not a time: expected RFC 3339 such as 2022-03-29T12:00:00Z, or a date such as 2022-03-29"
            ]
        );
    }

    #[test]
    fn the_cache_of_urlwatch_is_read_with_the_urls_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache.db");
        let database = Connection::open(&path).unwrap();
        let tables = "
            CREATE TABLE CacheEntry (id INTEGER PRIMARY KEY, guid TEXT, timestamp INTEGER, data TEXT, tries INTEGER, etag TEXT);
            INSERT INTO CacheEntry VALUES (1, '4a3e5ef4faa1a1d9bd0a5a8b85d4f9ad5b8e2d6b', 1772352000, 'It rained.', 0, NULL);
            INSERT INTO CacheEntry VALUES (2, 'GUID', 1772352060.5, 'One.', NULL, '');
            INSERT INTO CacheEntry VALUES (3, 'GUID', 1772352120, 'One.', 2, '');
        ";
        // `printf %s https://news.example/bridge | sha1sum`
        database.execute_batch(&tables.replace("GUID", "4588e7b52ad820e369f18eca6ba7fc2edd25cbae")).unwrap();
        let (captures, told) = read_all(&mut SqliteReader::open(&path).unwrap());
        assert_eq!(told, Vec::<String>::new());
        assert_eq!(captures[0].key.as_str(), "urlwatch:4a3e5ef4faa1a1d9bd0a5a8b85d4f9ad5b8e2d6b");
        assert_eq!(captures[1].captured_at.to_string(), "2026-03-01T08:01:00.500Z");
        assert!(matches!(&captures[2].outcome, NewOutcome::Unreachable(cause) if cause.contains("try 2")));
        fs::write(
            dir.path().join("urls.yaml"),
            "name: x\nurl: \"https://news.example/bridge\"\n---\nurl: https://a.example\n",
        )
        .unwrap();
        let (captures, _) = read_all(&mut SqliteReader::open(&path).unwrap());
        assert_eq!(captures[1].key, StoryKey::url("https://news.example/bridge").unwrap());
    }

    #[test]
    fn another_database_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
        assert!(matches!(SqliteReader::open(&path), Err(SqliteError::Unknown)));
        fs::write(&path, b"SQLite format 3\0 and no more").unwrap();
        assert!(matches!(SqliteReader::open(&path), Err(SqliteError::Sqlite(_))));
        assert!(SqliteReader::open(&dir.path().join("missing.db")).is_err());
        assert!(!dir.path().join("missing.db").exists());
    }
}
