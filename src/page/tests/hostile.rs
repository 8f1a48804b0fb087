//! Pages that ask for more than a reader gives. Bounds are in counts, so none of these looks at a clock.

use super::*;
use crate::page::bounds::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_NODES, MAX_TAGS};
use crate::page::parse::parse;

fn depth(html: &str) -> usize {
    parse(html).unwrap().tree.nodes().map(|node| node.ancestors().count()).max().unwrap_or_default()
}

fn failed(html: &str) -> String {
    let reading = read_html(html);
    assert_eq!(reading.verdict, Verdict::Failed);
    assert!(reading.article.paragraphs.is_empty());
    reading.cause
}

#[test]
fn more_bytes_than_are_asked_for_are_refused_with_both_numbers() {
    let options = Options { max_bytes: 100, ..Options::default() };
    let reading = read(&Page::new("https://post.example/", &[b'a'; 101]), &options);
    assert_eq!((reading.verdict, reading.cause.as_str()), (Verdict::Failed, "the page has 101 bytes, more than 100"));
}

#[test]
fn nesting_is_cut_at_a_depth_and_the_text_stays() {
    for tag in [
        "div",
        "span",
        "b",
        "font",
        "i",
        "blockquote",
        "section",
        "a",
        "x-y",
        "table><tr><td",
        "ul><li",
        "svg><g",
        "button",
    ] {
        let html = format!("<body>{}<p>{}</p>", format!("<{tag}>").repeat(20_000), STORY[0]);
        // A table holds four levels for each that is counted.
        assert!(depth(&html) <= 2 * MAX_DEPTH, "{tag}: {}", depth(&html));
    }
    let deep = format!("{}{}{}", "<div>".repeat(5000), story(), "</div>".repeat(5000));
    assert_eq!(paragraphs(&deep), STORY);
}

#[test]
fn end_tags_of_cut_elements_close_nothing_else() {
    let deep = format!("{}{}", "<div>".repeat(1000), "</div>".repeat(1000));
    let html = parse(&format!("<body><div id='s'>{deep}<p>after</p></div>")).unwrap();
    let p = html.tree.nodes().find(|node| dom::name(*node) == "p").unwrap();
    assert_eq!(p.parent().and_then(|outer| dom::attribute(outer, "id")), Some("s"));
}

#[test]
fn too_many_tags_are_refused() {
    assert_eq!(failed(&"<br>".repeat(MAX_TAGS + 1)), format!("the page has more than {MAX_TAGS} tags"));
}

/// Each paragraph opens again all formatting elements that were not closed: few bytes, many nodes.
#[test]
fn too_many_nodes_are_refused_before_they_are_made() {
    let open: String = (0..100).map(|at| format!("<b id={at}>")).collect();
    let html = format!("<p>{open}</p>{}", "<p>x</p>".repeat(40_000));
    assert_eq!(failed(&html), format!("the page has more than {MAX_NODES} nodes"));
}

#[test]
fn too_many_attributes_of_one_tag_are_refused() {
    let attributes: String = (0..=MAX_ATTRIBUTES).map(|at| format!(" a{at}=\"x>y\"")).collect();
    let cause = format!("the page has a tag with more than {MAX_ATTRIBUTES} attributes");
    assert_eq!(failed(&format!("<p{attributes}>x</p>")), cause);
    assert_eq!(failed(&format!("<svg><script><a{attributes}>x</svg>")), cause);
    let script = format!("<script>if (a<b{attributes}) {{}}</script>");
    assert_eq!(paragraphs(&format!("{script}{}", story())), STORY, "a script has no tags in it");
}

#[test]
fn bytes_that_are_no_text_are_read_all_the_same() {
    let mut html = page_of("", &story()).into_bytes();
    html.extend((0..=255).cycle().take(5000));
    let reading = read(&Page::new("https://post.example/a", &html), &Options::default());
    assert_eq!(reading.verdict, Verdict::Article);
    for body in [
        &b"\xff\xfe<p>"[..],
        b"\xfe\xff",
        b"\x80\x81\x82",
        b"",
        b"<",
        b"<!",
        b"<!--",
        b"</",
        b"<a b",
        b"<a b=\"",
        b"&#xffffffff;&",
        b"<script>",
        b"\0\0\0",
    ] {
        let reading = read(&Page::new("https://post.example/a", body), &Options::default());
        assert_ne!(reading.verdict, Verdict::Article, "{body:?}");
    }
}

#[test]
fn a_page_cut_anywhere_is_read_without_a_panic() {
    let html =
        page_of(r#"<script type="application/ld+json">{"@type":"NewsArticle","headline":"Old"}</script>"#, &story());
    for end in (0..html.len()).step_by(7) {
        let _ = read(&Page::new("https://post.example/a", &html.as_bytes()[..end]), &Options::default());
    }
}

#[test]
fn a_page_made_by_scripts_is_no_story() {
    let reading = read_html(
        "<html><head><title>Post</title><script src='/app.js'></script></head><body><div id='root'></div><noscript>You need to enable JavaScript</noscript></body></html>",
    );
    assert_eq!(reading.verdict, Verdict::NotAStory);
    assert_eq!(reading.cause, "the page is made by scripts, which are not run");
}

#[test]
fn deep_and_long_json_is_bounded() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("[{}{{}}]", "{\"@type\":\"NewsArticle\"},".repeat(50_000));
    for json in [deep, wide] {
        let head = format!("<script type=\"application/ld+json\">{json}</script>");
        assert_eq!(read_html(&page_of(&head, &story())).verdict, Verdict::Article);
    }
}
