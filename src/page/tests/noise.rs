//! What reaches the text of a story, and what does not.

use super::{STORY, page_of, paragraphs, read_html, story};

/// A story with something between its second and third paragraph.
fn with(inner: &str) -> Vec<String> {
    let [a, b, c, d] = STORY;
    paragraphs(&format!("<p>{a}</p><p>{b}</p>{inner}<p>{c}</p><p>{d}</p>"))
}

#[test]
fn the_text_is_the_paragraphs_in_page_order() {
    assert_eq!(paragraphs(&story()), STORY);
}

#[test]
fn what_a_page_puts_into_a_story_never_reaches_the_text() {
    for noise in [
        "<aside><h3>Related</h3><ul><li><a href='/a'>Ferry fares rise again</a></li><li><a href='/b'>Weir to be painted</a></li></ul></aside>",
        "<div class='ad-slot'><p>Try the new Lindwasser, the water that tastes of the mountains it has never seen, in all good shops.</p></div>",
        "<div class='share-tools'><span>1.2K shares</span> <a href='#'>Share on Facebook</a> <a href='#'>Tweet</a></div>",
        "<section class='newsletter-signup'><h4>Morning Post</h4><p>Sign up for our newsletter and read the news of the harbour before the gulls do.</p></section>",
        "<p><a href='/2025/12/ferry'>Read more: Ferry fares rise again in the new year, says the council</a></p>",
        "<p>Updated 12 minutes ago</p>",
        "<p class='time'>Published: 2 March 2026, 07:30 GMT</p>",
        "<p>34 comments</p>",
        "<p>Advertisement</p>",
        "<div hidden><p>This paragraph is not shown to anyone who reads the page, and so it is no part of the story.</p></div>",
        "<p>Subscribe to the Harbour Post for three months</p>",
        "<div id='comments'><p>I have said for years that the bridge would fall down, and nobody in the council listened to me at all.</p></div>",
        "<script>document.write('<p>Made by a script, which nobody runs here, whatever it says about the bridge.</p>')</script>",
        "<p>Vor 5 Minuten</p>",
        "<p>Lesen Sie auch: Die Fähre wird teurer</p>",
    ] {
        assert_eq!(with(noise), STORY, "{noise}");
    }
}

#[test]
fn what_changes_with_each_request_changes_nothing() {
    let calm = with("");
    for round in 1..4 {
        let noise = format!(
            "<div class='share'>{round}{round} shares</div><p>Updated {round} minutes ago</p><div class='related-links'><a href='/{round}'>\
             Story number {round} of the day, which is about something else</a></div><div class='promo-{round} advert'><p>Offer {round}: a \
             subscription to the Post for as little as {round} crowns a week, for the first year.</p></div>"
        );
        assert_eq!(with(&noise), calm, "{noise}");
    }
}

#[test]
fn captions_tables_lists_and_quotes_are_paragraphs_in_page_order() {
    let [a, b, c, d] = STORY;
    for (inner, expected) in [
        (
            "<figure><img src='p.jpg'><figcaption>Edda Holm at the northern pier on Monday.</figcaption></figure>",
            vec!["Edda Holm at the northern pier on Monday."],
        ),
        (
            "<table><tr><th>Pier</th><th>Crack in metres</th></tr><tr><td>Northern</td><td>2.1</td></tr><tr><td>Southern</td><td>0</td></tr></table>",
            vec!["Pier | Crack in metres", "Northern | 2.1", "Southern | 0"],
        ),
        (
            "<ul><li>The northern pier has to be rebuilt.</li><li>The southern one has not.</li></ul>",
            vec!["The northern pier has to be rebuilt.", "The southern one has not."],
        ),
        ("<blockquote><p>It was never meant for lorries.</p></blockquote>", vec!["It was never meant for lorries."]),
        ("<h2>A long winter</h2>", vec!["A long winter"]),
    ] {
        let expected: Vec<&str> = [a, b].into_iter().chain(expected).chain([c, d]).collect();
        assert_eq!(with(inner), expected, "{inner}");
    }
}

#[test]
fn a_figure_in_a_table_that_changes_is_seen() {
    let table = |length: &str| with(&format!("<table><tr><td>Northern</td><td>{length}</td></tr></table>"));
    let (before, after) = (table("2.1"), table("3.1"));
    assert!(before.contains(&"Northern | 2.1".to_owned()), "{before:#?}");
    assert_ne!(before, after);
}

#[test]
fn a_correction_is_part_of_the_story_wherever_it_stands() {
    for note in [
        "Correction: an earlier version of this story gave the crack a length of three metres.",
        "This article was amended on 3 March 2026 because the crack is in the northern pier.",
        "Berichtigung: In einer früheren Fassung stand, der Riss sei drei Meter lang.",
        "Rectificatif : la fissure mesure deux mètres, et non trois comme nous l’avions écrit.",
        "Исправление: трещина длиной два метра, а не три, как сообщалось ранее.",
        "更正：裂缝长两米，而不是早前报道的三米，本报谨此致歉。",
    ] {
        let text = paragraphs(&format!("{}<footer><p class='note'>{note}</p></footer>", story()));
        assert_eq!(text.last().map(String::as_str), Some(note));
        assert_eq!(text.len(), STORY.len() + 1);
    }
}

#[test]
fn a_correction_that_only_schema_org_tells_is_not_lost() {
    let head = r#"<script type="application/ld+json">{"@type":"NewsArticle","headline":"Old bridge closed",
        "correction":[{"@type":"CorrectionComment","text":"The crack is two metres long, not three."}]}</script>"#;
    let reading = read_html(&page_of(head, &story()));
    assert_eq!(reading.article.paragraphs.last().map(String::as_str), Some("The crack is two metres long, not three."));
}

#[test]
fn linked_words_stay_in_their_sentence() {
    let inner = "<p>The <a href='/weir'>weir</a>, which <a href='/2019/weir'>was built in 1912 and mended in 2019</a>, now carries the lorries.</p>";
    assert!(
        with(inner)
            .contains(&"The weir, which was built in 1912 and mended in 2019, now carries the lorries.".to_owned())
    );
}

#[test]
fn one_line_break_joins_and_two_separate() {
    let text = paragraphs(&format!("<div>{}</div>", STORY.join("<br><br>")));
    assert_eq!(text, STORY);
    let inner = "<p>Pier one is closed for the season,<br>pier two is open to walkers until the autumn.</p>";
    assert!(
        with(inner)
            .contains(&"Pier one is closed for the season, pier two is open to walkers until the autumn.".to_owned())
    );
}

#[test]
fn the_deck_is_no_paragraph() {
    let reading = read_html(&page_of(
        "",
        &format!("<p class='standfirst'>Lorries go round by the weir</p><div>{}</div>", story()),
    ));
    assert_eq!(reading.article.deck, "Lorries go round by the weir");
    assert_eq!(reading.article.paragraphs, STORY);
}

#[test]
fn a_deleted_paragraph_leaves_the_others_as_they_were() {
    for gone in 0..STORY.len() {
        let html: String =
            STORY.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, text)| format!("<p>{text}</p>")).collect();
        let expected: Vec<&str> =
            STORY.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, text)| *text).collect();
        assert_eq!(paragraphs(&html), expected);
    }
}

#[test]
fn reading_twice_gives_the_same() {
    let html = page_of("", &story());
    assert_eq!(read_html(&html), read_html(&html));
}
