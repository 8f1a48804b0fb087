//! Readings of invented pages.

use super::*;

const BRIDGE: &str = r#"<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Old bridge closed - The Harbour Post</title>
<link rel="canonical" href="/2026/03/bridge"><script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle",
"headline":"Old bridge closed","author":[{"@type":"Person","name":"Ada Lund"},{"@type":"Person","name":"Ben Ode"}],
"datePublished":"2026-03-01T09:00:00+01:00","dateModified":"2026-03-02T07:30:00Z","articleSection":"Local"}</script></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>Old bridge closed</h1>
<p>The old bridge over the Lind was closed on Monday after divers had found a crack of two metres in its northern pier.</p>
<p>&ldquo;Nobody should have driven over it since the winter,&rdquo; said the harbour master, Edda Holm, who had asked for the dive.</p>
<p>The town will decide in April whether it can be mended, or whether a new bridge has to be built beside the old one.</p>
</article><footer>All rights reserved</footer></body></html>"#;

#[test]
fn a_story_is_read_with_what_stands_beside_it() {
    let reading =
        read(&Page::new("https://post.example/2026/03/bridge?utm_source=x", BRIDGE.as_bytes()), &Options::default());
    assert_eq!(reading.verdict, Verdict::Article, "{}", reading.cause);
    assert_eq!(reading.article.headline, "Old bridge closed");
    assert_eq!(reading.article.byline, ["Ada Lund", "Ben Ode"]);
    assert_eq!(reading.article.paragraphs.len(), 3, "{:#?}", reading.article.paragraphs);
    assert!(reading.article.paragraphs[1].starts_with("“Nobody should"), "{:#?}", reading.article.paragraphs);
    let observation = &reading.observation;
    assert_eq!(observation.published_at, "2026-03-01T08:00:00Z".parse().ok());
    assert_eq!(observation.modified_at, "2026-03-02T07:30:00Z".parse().ok());
    assert_eq!((observation.lang.as_deref(), observation.section.as_deref()), (Some("en-GB"), Some("Local")));
    assert_eq!(reading.links.canonical.as_deref(), Some("https://post.example/2026/03/bridge"));
}
