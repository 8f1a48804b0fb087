//! Readings of real pages and of what real pages say of themselves.

use std::io::Read as _;
use std::path::Path;

use morgue::page::{Options, Page, Reading, Verdict, read};
use serde_json::Value;

use crate::support::corpus;

fn unzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    morgue::exchange::Input::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn read_html(url: &str, html: &[u8]) -> Reading {
    read(&Page::new(url, html), &Options::default())
}

/// 181 news pages with their true text. The bench `page` has the figures; here is what must hold for each of them.
#[test]
fn each_news_page_is_a_story_with_its_text() {
    let Some(aeb) = corpus("aeb") else { return };
    let truth: Value = serde_json::from_slice(&unzip(&aeb.join("ground-truth.json.gz"))).unwrap();
    let (mut pages, mut poor) = (0, Vec::new());
    for (id, truth) in truth.as_object().unwrap() {
        let url = truth["url"].as_str().unwrap();
        let reading = read_html(url, &unzip(&aeb.join(format!("html/{id}.html.gz"))));
        assert!(
            matches!(reading.verdict, Verdict::Article | Verdict::Teaser),
            "{url}: {:?}, {}",
            reading.verdict,
            reading.cause
        );
        assert!(!reading.article.headline.is_empty(), "{url}");
        let text = letters(&reading.article.text());
        let sentences: Vec<String> = truth["articleBody"]
            .as_str()
            .unwrap()
            .split(['.', '\n'])
            .map(letters)
            .filter(|text| text.len() > 30)
            .collect();
        let found = sentences.iter().filter(|sentence| text.contains(sentence.as_str())).count();
        if found * 10 < sentences.len() * 9 {
            poor.push(format!("{found} of {} sentences: {url}", sentences.len()));
        }
        pages += 1;
    }
    println!("{pages} pages, {} with less than nine tenths of their sentences: {poor:#?}", poor.len());
    assert_eq!(pages, 181);
    assert!(poor.len() <= 8, "{poor:#?}");
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// 697 schema.org objects, each put into a page of its own: what they say is what is read.
#[test]
fn what_schema_org_says_is_read() {
    let Some(path) = corpus("jsonld_newsarticle.jsonl.gz") else { return };
    let text = String::from_utf8(unzip(&path)).unwrap();
    let (mut objects, mut dated, mut unread, mut signed) = (0, 0, Vec::new(), 0);
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let said = &row["ld"];
        let html = format!(
            "<html><head><script type='application/ld+json'>{}</script></head><body><p>Text.</p></body></html>",
            said.to_string().replace("</", "<\\/")
        );
        let reading = read_html("https://news.example/a", html.as_bytes());
        objects += 1;
        if let Some(headline) = said["headline"].as_str().filter(|headline| !headline.contains(['&', '<'])) {
            assert_eq!(letters(&reading.article.headline), letters(headline), "{line}");
        }
        for (key, found) in
            [("datePublished", reading.observation.published_at), ("dateModified", reading.observation.modified_at)]
        {
            let Some(date) = said[key].as_str().filter(|date| !date.trim().is_empty()) else { continue };
            match found {
                // The day is that of the text, or beside it where the zone says so.
                Some(at) => {
                    dated += 1;
                    if let Ok(expected) = date.parse::<morgue::Timestamp>() {
                        assert_eq!(at, expected, "{date}");
                    }
                }
                None => unread.push(date.to_owned()),
            }
        }
        signed += usize::from(!reading.article.byline.is_empty());
        for author in &reading.article.byline {
            assert!(
                !author.contains("://") && !author.to_lowercase().starts_with("by ") && !author.trim().is_empty(),
                "{author}"
            );
        }
        if let Some(is_free) = said["isAccessibleForFree"].as_bool() {
            assert_eq!(reading.is_free, Some(is_free), "{line}");
        }
    }
    unread.sort();
    unread.dedup();
    println!("{objects} objects, {dated} dates read, {signed} with authors; dates not read: {unread:#?}");
    assert_eq!(objects, 697);
    assert!(dated >= 1300, "{dated}");
    assert!(signed >= 650, "{signed}");
    assert_eq!(unread, ["0001-01-01T00:00:00Z"], "a sentinel, and nothing else");
}
