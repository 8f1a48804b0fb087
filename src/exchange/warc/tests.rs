use std::io::{Read, Write};

use proptest::prelude::*;

use super::*;
use crate::exchange::door::{Door, DoorError, Place};
use crate::exchange::jsonl::Fact;
use crate::model::{Alias, AliasDates, Article, NewCapture, NewOutcome, Observation, RawPage, StoryKey};
use crate::page::Options;

const URL: &str = "https://news.example/bridge";

fn record(kind: &str, fields: &str, content: &str) -> Vec<u8> {
    format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {URL}\r\nWARC-Date: 2026-03-01T08:00:00Z\r\n{fields}\
         Content-Length: {}\r\n\r\n{content}\r\n\r\n",
        content.len()
    )
    .into_bytes()
}

fn gone(fields: &str) -> Vec<u8> {
    record("response", fields, "HTTP/1.1 410 Gone\r\nContent-Type: text/html\r\n\r\n")
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    member.write_all(data).unwrap();
    member.finish().unwrap()
}

fn read(file: &[u8]) -> (Vec<NewCapture>, Vec<(u64, String)>) {
    let (mut captures, mut bad) = (Vec::new(), Vec::new());
    for item in WarcReader::new(file, Options::default()) {
        match item {
            Ok(item) => match item.fact {
                Fact::Capture(capture) => captures.push(*capture),
                other => panic!("{other:?}"),
            },
            Err(DoorError::Bad { place: Place::Byte(at), reason }) => bad.push((at, reason)),
            Err(other) => panic!("{other:?}"),
        }
    }
    (captures, bad)
}

fn outcomes(file: &[u8]) -> Vec<NewOutcome> {
    let (captures, bad) = read(file);
    assert_eq!(bad, []);
    captures.into_iter().map(|capture| capture.outcome).collect()
}

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat()
}

fn body(head: &str, body: &[u8]) -> Result<Vec<u8>, http::NoBody> {
    http::Response::parse(&response(head, body)).unwrap().body(1000)
}

#[test]
fn statuses_become_outcomes() {
    let key = StoryKey::url("https://news.example/new").unwrap();
    for (head, outcome) in [
        ("HTTP/1.1 404 Not Found\r\n", NewOutcome::Gone),
        ("HTTP/1.0 410 Gone\n", NewOutcome::Gone),
        ("HTTP/1.1 304 Not Modified\r\n", NewOutcome::NotModified),
        ("HTTP/2 503\r\n", NewOutcome::Unreachable("status 503".to_owned())),
        ("HTTP/1.1 301 Moved\r\nLocation: /new?utm_source=x\r\n", NewOutcome::Moved(key)),
    ] {
        let file = record("response", "", &format!("{head}\r\n"));
        let (captures, _) = read(&file);
        assert_eq!(captures.len(), 1, "{head}");
        assert_eq!((captures[0].key.as_str(), &captures[0].outcome), (URL, &outcome));
        assert!(captures[0].observation.status.is_some());
    }
}

#[test]
fn a_page_that_was_kept_in_part_is_no_article() {
    let html = "<!doctype html><p>The old bridge was";
    for (fields, head) in [
        ("WARC-Truncated: length\r\n", "Content-Type: text/html\r\n"),
        ("", "Content-Type: text/html\r\nContent-Length: 5000\r\n"),
        ("", "Content-Type: text/html\r\nContent-Encoding: gzip\r\n"),
        ("", "Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n"),
    ] {
        let mut content = response(head, html.as_bytes());
        if head.contains("gzip") {
            content = response(head, &gzip(html.as_bytes())[..20]);
        } else if head.contains("chunked") {
            content = response(head, b"5\r\n<html\r\nFF\r\nand no more");
        }
        // The bytes of gzip are no text.
        let marker = "CONTENT";
        let file = record("response", fields, marker);
        let file = String::from_utf8(file)
            .unwrap()
            .replace("Content-Length: 7", &format!("Content-Length: {}", content.len()));
        let (start, end) = file.split_once(marker).unwrap();
        let file = [start.as_bytes(), &content, end.as_bytes()].concat();
        let outcomes = outcomes(&file);
        assert!(
            matches!(&outcomes[..], [NewOutcome::Unreachable(cause)] if cause.contains("part") || cause.contains("cut short")),
            "{head}: {outcomes:?}"
        );
    }
}

#[test]
fn encodings_are_undone_and_those_that_are_not_there_are_passed_by() {
    let html: &[u8] = b"<html>The ferry runs.</html>";
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(html).unwrap();
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(html).unwrap();
    let chunked = b"6;x=y\r\n<html>\r\n16\r\nThe ferry runs.</html>\r\n0\r\n\r\n";
    for (head, sent) in [
        ("", html.to_vec()),
        ("Content-Encoding: gzip\r\n", gzip(html)),
        ("Content-Encoding: gzip\r\nContent-Length: 9999\r\n", html.to_vec()),
        ("Content-Encoding: deflate\r\n", zlib.finish().unwrap()),
        ("Content-Encoding: deflate\r\n", deflate.finish().unwrap()),
        ("Content-Encoding: deflate\r\n", html.to_vec()),
        ("Content-Encoding: br\r\n", html.to_vec()),
        ("Content-Encoding: zstd\r\n", zstd::encode_all(html, 1).unwrap()),
        ("Content-Encoding: identity\r\n", html.to_vec()),
        ("Transfer-Encoding: chunked\r\n", chunked.to_vec()),
        ("Transfer-Encoding: chunked\r\n", html.to_vec()),
        // One byte too many was promised, and the page is whole.
        ("Content-Length: 29\r\n", html.to_vec()),
    ] {
        assert_eq!(body(head, &sent).unwrap(), html, "{head}");
    }
    let both = gzip(html);
    let chunks = [format!("{:x}\r\n", both.len()).as_bytes(), &both, b"\r\n0\r\n\r\n"].concat();
    assert_eq!(body("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", &chunks).unwrap(), html);
    let brotli = [&[0x0B, 0x06, 0x80][..], b"a brotli page", &[0x03]].concat();
    assert_eq!(body("Content-Encoding: br\r\n", &brotli).unwrap(), b"a brotli page");
}

#[test]
fn a_bomb_is_refused_at_the_limit() {
    let bomb = gzip(&vec![b' '; 10_000_000]);
    assert_eq!(body("Content-Encoding: gzip\r\n", &bomb), Err(http::NoBody::TooLong));
    let twice = gzip(&bomb);
    assert!(body("Content-Encoding: gzip, gzip\r\n", &twice).is_err());
    assert_eq!(body("Content-Encoding: rot13\r\n", b"<html>"), Err(http::NoBody::Encoding("rot13".to_owned())));
}

#[test]
fn what_is_no_page_is_counted() {
    let picture = record("response", "", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nPNG");
    let icon = String::from_utf8(gone("")).unwrap().replace("/bridge", "/favicon.ico").into_bytes();
    let dns = String::from_utf8(gone("")).unwrap().replace(URL, "dns:news.example").into_bytes();
    let file = [picture.clone(), picture, icon, dns, record("request", "", "GET / HTTP/1.1\r\n\r\n")].concat();
    let mut reader = WarcReader::new(&file[..], Options::default());
    assert!(reader.next().is_none());
    let told: Vec<String> = reader.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "pictures, sound and fonts were skipped (2 times)",
            "errors for what is no page, such as pictures, were skipped (1 time)",
            "records of dns: are no pages and were skipped (1 time)"
        ]
    );
}

#[test]
fn one_member_a_record_and_one_for_all_are_read_the_same() {
    let records = [gone(""), record("warcinfo", "", "software: x\r\n"), gone("")];
    let members: Vec<u8> = records.iter().flat_map(|record| gzip(record)).collect();
    let padded = [members.clone(), vec![0; 700]].concat();
    for file in [records.concat(), members, gzip(&records.concat()), padded] {
        assert_eq!(outcomes(&file), [NewOutcome::Gone, NewOutcome::Gone]);
    }
}

#[test]
fn behind_a_damaged_member_reading_goes_on_with_the_next() {
    let mut members = [gzip(&gone("")), gzip(&gone("X: y\r\n")), gzip(&gone(""))];
    let start = members[0].len() as u64;
    for at in [12, members[1].len() / 2, members[1].len() - 6] {
        let mut file = members.clone();
        file[1][at] ^= 0x55;
        let (captures, bad) = read(&file.concat());
        assert_eq!(captures.len(), 2, "{at}: {bad:?}");
        assert!(matches!(&bad[..], [(place, reason)] if *place == start && reason.contains("damaged")), "{bad:?}");
    }
    members[1].truncate(40);
    let (captures, bad) = read(&members.concat());
    assert_eq!((captures.len(), bad.len()), (2, 1), "{bad:?}");
    let (captures, bad) = read(&members[..2].concat());
    assert!(captures.len() == 1 && bad[0].1.contains("cut short"), "{bad:?}");
}

#[test]
fn broken_records_are_told_with_their_place_and_passed_by() {
    let whole = gone("");
    let text = String::from_utf8(whole.clone()).unwrap();
    for (broken, reason) in [
        (text.replace("Content-Length: 46", "Content-Length: many"), "no number"),
        (text.replace("Content-Length: 46\r\n", ""), "no Content-Length"),
        (text.replace("WARC/1.0", "WARC/7.0"), "not known"),
        (text.replace("2026-03-01T08:00:00Z", "yesterday"), "not a time"),
        (text.replace("WARC-Target-URI: https", "X: https"), "no WARC-Target-URI"),
        (text.replace("Content-Length: 46", "Content-Length: 6"), "no HTTP head"),
        ("no record at all\r\n\r\n".to_owned(), "no record begins here"),
    ] {
        assert_ne!(broken, text, "{reason}");
        let file = [whole.as_slice(), broken.as_bytes(), &whole].concat();
        let (captures, bad) = read(&file);
        assert_eq!(captures.len(), 2, "{reason}: {bad:?}");
        assert_eq!(bad[0].0, whole.len() as u64, "{reason}: {bad:?}");
        assert!(bad[0].1.contains(reason), "{reason}: {bad:?}");
    }
    let (captures, bad) = read(&whole[..whole.len() - 20]);
    assert!(captures.is_empty() && bad[0].1.contains("cut short"), "{bad:?}");
}

#[test]
fn arc_files_are_read_with_spaces_in_their_urls() {
    let head = "HTTP/1.1 410 Gone\r\n\r\n";
    let info = "1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n";
    let file = format!(
        "filedesc://a.arc 0.0.0.0 20260301080000 text/plain {}\n{info}\n{URL}?a=b c 10.0.0.1 20260301080000 text/html {}\n{head}\n",
        info.len(),
        head.len()
    );
    for file in [file.clone().into_bytes(), gzip(file.as_bytes())] {
        let (captures, bad) = read(&file);
        assert_eq!(bad, []);
        assert_eq!(captures[0].key.as_str(), "https://news.example/bridge?a=b%20c");
        assert_eq!(captures[0].captured_at.to_string(), "2026-03-01T08:00:00Z");
    }
    let (_, bad) = read(file.replace(" 21\nHTTP", " abc\nHTTP").as_bytes());
    assert!(bad[0].1.contains("\"abc\""), "{bad:?}");
}

#[test]
fn a_revisit_that_nobody_knows_is_not_modified_and_told() {
    let profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest\r\n";
    let file = record("revisit", &format!("{profile}WARC-Payload-Digest: sha1:AAAA\r\n"), "HTTP/1.1 200 OK\r\n\r\n");
    let mut reader = WarcReader::new(&file[..], Options::default());
    let Fact::Capture(capture) = reader.next().unwrap().unwrap().fact else { panic!() };
    assert_eq!((capture.outcome, capture.observation.status), (NewOutcome::NotModified, Some(200)));
    assert!(reader.warnings()[0].to_string().contains("not modified"), "{:?}", reader.warnings());
}

#[test]
fn a_revisit_that_the_archive_knows_is_the_same_article_again() {
    let fields = concat!(
        "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest\r\n",
        "WARC-Refers-To-Target-URI: https://news.example/bridge\r\nWARC-Refers-To-Date: 2026-02-01T00:00:00Z\r\n"
    );
    let file = record("revisit", fields, "");
    let recall = |key: &StoryKey, at| Some(NewCapture::article(key.clone(), at, Article::new("Bridge closed")));
    let reader = WarcReader::new(&file[..], Options::default()).recall_with(std::sync::Arc::new(recall));
    let items: Vec<_> = reader.map(Result::unwrap).collect();
    let Fact::Capture(capture) = &items[0].fact else { panic!() };
    assert_eq!(capture.outcome, NewOutcome::Article(Article::new("Bridge closed")));
    assert_eq!(capture.captured_at.to_string(), "2026-03-01T08:00:00Z");
}

fn captures() -> Vec<NewCapture> {
    let at = |day: &str| day.parse().unwrap();
    let url = StoryKey::url(URL).unwrap();
    let article = Article::new("Bridge “closed”").with_byline(["Ada Lund"]).with_text("A crack.\n\nA detour.");
    let page = |text: &str| {
        Some(RawPage { content_type: Some("text/html; charset=x".into()), ..RawPage::new(URL, text.as_bytes()) })
    };
    let observation = Observation { status: Some(200), lang: Some("en".into()), ..Observation::default() };
    let new = NewCapture::new;
    vec![
        NewCapture {
            observation: observation.clone(),
            ..NewCapture::article(url.clone(), at("2026-03-01"), article.clone())
        },
        NewCapture::article(url.clone(), at("2026-03-02"), article.clone()),
        NewCapture { raw: page("<p>One"), ..NewCapture::article(url.clone(), at("2026-03-03"), article.clone()) },
        NewCapture {
            raw: page("<p>Two"),
            observation,
            ..NewCapture::article(url.clone(), at("2026-03-04"), article.clone())
        },
        NewCapture { raw: page("<p>One"), ..new(url.clone(), at("2026-03-05"), NewOutcome::Teaser(article.clone())) },
        new(url.clone(), at("2026-03-06"), NewOutcome::Teaser(article)),
        new(url.clone(), at("2026-03-07"), NewOutcome::Gone),
        new(url.clone(), at("2026-03-08T00:00:00.000001Z"), NewOutcome::Unreachable("a\nb".into())),
        new(url.clone(), at("2026-03-09"), NewOutcome::NotModified),
        new(url, at("2026-03-10"), NewOutcome::Moved(StoryKey::id("http://no url").unwrap())),
        NewCapture { raw: page(""), ..new(StoryKey::id("wire 7/ö").unwrap(), at("2026-03-01"), NewOutcome::Gone) },
        NewCapture::article(StoryKey::id("wire 7/ö").unwrap(), at("2026-03-02"), Article::default()),
        NewCapture {
            raw: Some(RawPage::new(" odd\n", vec![0xFF, 0])),
            ..new(StoryKey::id("odd").unwrap(), at("2026-03-01"), NewOutcome::Gone)
        },
    ]
}

fn written(captures: &[NewCapture], compress: bool) -> (Vec<u8>, Vec<String>) {
    let options = WriteOptions { compress, written_at: "2026-04-01".parse().unwrap(), filename: "a.warc".into() };
    let mut writer = WarcWriter::new(Vec::new(), options).unwrap();
    captures.iter().for_each(|capture| writer.capture(capture).unwrap());
    writer.finish().unwrap()
}

#[test]
fn whatever_is_written_comes_back_as_it_was() {
    for compress in [false, true] {
        let (file, index) = written(&captures(), compress);
        assert_eq!(read(&file), (captures(), vec![]));
        // Each line of the index leads to its record.
        let revisits = index.iter().filter(|line| line.contains("warc/revisit")).count();
        assert_eq!((index.len(), revisits), (8, 3), "{index:?}");
        for line in index {
            let fields: serde_json::Value = serde_json::from_str(line.splitn(3, ' ').nth(2).unwrap()).unwrap();
            let number = |name: &str| fields[name].as_str().unwrap().parse::<usize>().unwrap();
            let bytes = &file[number("offset")..number("offset") + number("length")];
            let mut text = Vec::new();
            match compress {
                true => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut text).unwrap()),
                false => text.extend_from_slice(bytes),
            }
            assert!(text.starts_with(b"WARC/1.1\r\n") && text.ends_with(b"\r\n\r\n"));
        }
    }
}

#[test]
fn an_alias_comes_back_too() {
    let options =
        WriteOptions { compress: true, written_at: "2026-04-01".parse().unwrap(), filename: "a.warc.gz".into() };
    let mut writer = WarcWriter::new(Vec::new(), options).unwrap();
    let (alias, of) = (StoryKey::url("https://amp.news.example/bridge").unwrap(), StoryKey::id("wire-7").unwrap());
    let dates = AliasDates { since: Some("2026-03-01".parse().unwrap()), ..AliasDates::default() };
    let alias = Alias { alias, of, dates };
    writer.alias(&alias).unwrap();
    let (file, _) = writer.finish().unwrap();
    let facts: Vec<Fact> = WarcReader::new(&file[..], Options::default()).map(|item| item.unwrap().fact).collect();
    assert_eq!(facts, [Fact::Alias(alias)]);
}

#[test]
fn a_capture_whose_record_is_lost_is_told() {
    let (file, _) = written(&captures()[..1], false);
    let text = String::from_utf8(file).unwrap();
    let (rows, _) = text.rsplit_once("WARC/1.1").unwrap();
    let (captures, bad) = read(rows.as_bytes());
    assert!(captures.is_empty());
    assert!(bad[0].1.contains("lost") && bad[0].1.contains(URL), "{bad:?}");
}

#[test]
fn urls_sort_as_other_tools_sort_them() {
    for (uri, key) in [
        ("https://www.News.example/B/?z=1&A=2#x", "example,news)/b?a=2&z=1"),
        ("http://news.example:8080", "example,news:8080)/"),
        ("http://10.0.0.1/a", "10.0.0.1)/a"),
        ("urn:morgue:wire-7", "urn:morgue:wire-7"),
    ] {
        assert_eq!(cdxj::surt(uri), key);
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_and_every_file_has_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = WarcReader::new(&bytes[..], Options::default()).count();
        let _ = WarcReader::new(&[b"WARC/1.0\r\n", &bytes[..]].concat()[..], Options::default()).count();
        let _ = http::Response::parse(&bytes).map(|response| response.body(100));
        let _ = http::Response::parse(&response("Transfer-Encoding: chunked\r\n", &bytes)).unwrap().body(100);
    }

    #[test]
    fn damage_anywhere_loses_little(at in any::<proptest::sample::Index>(), compress in any::<bool>()) {
        let (mut file, _) = written(&captures(), compress);
        let at = at.index(file.len());
        file[at] ^= 0x55;
        let (captures, _) = read(&file);
        // A text that others refer to may be hurt, and a length that swallows what follows it.
        prop_assert!(!compress || captures.len() >= 8, "{} captures", captures.len());
    }
}
