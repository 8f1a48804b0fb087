//! Readings of invented pages.

mod boxes;
mod golden;
mod hostile;
mod metadata;
mod noise;
mod verdicts;

use super::*;

/// A page of the invented Harbour Post, around what stands in its head and article.
fn page_of(head: &str, article: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>Old bridge closed | The Harbour Post</title>\
         <meta property=\"og:site_name\" content=\"The Harbour Post\">{head}</head><body>\
         <nav><a href=\"/\">Home</a> <a href=\"/sport\">Sport</a> <a href=\"/culture\">Culture</a></nav>\
         <article><h1>Old bridge closed</h1>{article}</article><footer>All rights reserved by the Harbour Post</footer></body></html>"
    )
}

/// Paragraphs that every story here has.
const STORY: [&str; 4] = [
    "The old bridge over the Lind was closed on Monday after divers had found a crack of two metres in its northern pier.",
    "“Nobody should have driven over it since the winter,” said the harbour master, Edda Holm, who had asked for the dive.",
    "Lorries now go round by the weir, which takes them forty minutes more on a good day and two hours when the ferry is in.",
    "The town will decide in April whether it can be mended, or whether a new bridge has to be built beside the old one.",
];

fn story() -> String {
    STORY.iter().map(|text| format!("<p>{text}</p>\n")).collect()
}

fn read_html(html: &str) -> Reading {
    read(&Page::new("https://post.example/2026/03/bridge", html.as_bytes()), &Options::default())
}

fn paragraphs(article: &str) -> Vec<String> {
    let reading = read_html(&page_of("", article));
    assert_eq!(reading.verdict, Verdict::Article, "{}", reading.cause);
    reading.article.paragraphs
}
