//! Boxes under names that say nothing: told by what they hold, and what looks like one and stays.

use super::{STORY, paragraphs};

/// A story with something between its second and third paragraph.
fn with(inner: &str) -> Vec<String> {
    let [a, b, c, d] = STORY;
    paragraphs(&format!(
        "<div class=\"x1\"><p>{a}</p><p>{b}</p><div class=\"css-1\">{inner}</div><p>{c}</p><p>{d}</p></div>"
    ))
}

fn goes(boxes: &[&str]) {
    for inner in boxes {
        assert_eq!(with(inner), STORY, "{inner}");
    }
}

fn stays(boxes: &[(&str, &str)]) {
    let [a, b, c, d] = STORY;
    for (inner, text) in boxes {
        assert_eq!(with(inner), [a, b, text, c, d], "{inner}");
    }
}

#[test]
fn what_is_paid_for_goes_and_a_sentence_with_a_paid_link_stays() {
    goes(&["<a href='https://shop.example/1' rel='nofollow sponsored'>Lumm lamps: light for long winters</a>"]);
    stays(&[(
        "<p>Divers lit the pier with <a href='https://shop.example/1' rel=sponsored>lamps from Lumm</a>, which the town had rented for the week.</p>",
        "Divers lit the pier with lamps from Lumm, which the town had rented for the week.",
    )]);
}

#[test]
fn what_is_labelled_as_advertising_goes_in_ten_languages() {
    for label in
        ["Advertisement", "Anzeige", "Publicité", "Publicidad", "Реклама", "إعلان", "विज्ञापन", "โฆษณา", "广告", "広告"]
    {
        goes(&[
            &format!("<span>{label}</span> <a href='/go/7'>Lumm lamps: light for long winters</a>"),
            &format!(
                "<p>{label}</p><p>Lumm lamps give light for long winters, and cost less than the candles of your grandmother did.</p>"
            ),
        ]);
    }
}

#[test]
fn a_paragraph_that_begins_with_such_a_word_stays() {
    stays(&[(
        "<p><b>Anzeige</b> gegen den Fahrer hat der <a href='/hafen'>Hafenmeister</a> am Montag bei der Polizei erstattet, weil er trotz der Sperre über die Brücke fuhr.</p>",
        "Anzeige gegen den Fahrer hat der Hafenmeister am Montag bei der Polizei erstattet, weil er trotz der Sperre über die Brücke fuhr.",
    )]);
}

#[test]
fn a_field_for_mail_takes_its_box_along_and_no_story() {
    goes(&[
        "<h3>The tide table</h3><p>Read by 4,120 people who like to know when the harbour is full before they go there.</p>\
         <form action='/n'><input type=email><button>Go</button></form>",
        "<p>Ein Brief am Morgen, den schon 512 Leute lesen, bevor sie an den Hafen gehen.</p><form><input name=email></form>",
    ]);
    let [a, b, c, d] = STORY;
    let form = "<form action='/n'><input type=email><button>Go</button></form>";
    assert_eq!(paragraphs(&format!("<div><p>{a}</p><p>{b}</p>{form}<p>{c}</p><p>{d}</p>{form}</div>")), STORY);
}

#[test]
fn an_offer_with_a_button_of_its_own_goes() {
    goes(&[
        "<p>The Harbour Post has told you all about the bridge since 1912, for 3.90 a week. The offer ends in 4 hours.</p>\
         <a href='/s'>Subscribe now</a>",
        "<p>Neun von zehn Leuten am Hafen lesen die Zeitung auf Papier, und nun auch auf dem Telefon.</p><button>Jetzt abonnieren</button>",
        "<p>Нас читают девять из десяти жителей порта, и каждый десятый пишет нам письма о мосте.</p><a href='/s'>Подписаться</a>",
        "<p>港で働く人の十人に九人がこの新聞を毎朝読んでいます。</p><a href='/s'>会員登録はこちら</a>",
    ]);
}

#[test]
fn a_sentence_of_the_story_about_subscribing_stays() {
    stays(&[(
        "<p>Those who live by the weir can <a href='/list'>sign up</a> at the town hall for a pass until the end of May.</p>",
        "Those who live by the weir can sign up at the town hall for a pass until the end of May.",
    )]);
}

#[test]
fn a_list_of_links_to_other_stories_goes_and_a_list_with_words_of_its_own_stays() {
    goes(&[
        "<h3>On the quay</h3><ul><li><a href='/a'>Ferry fares rise again</a></li><li><a href='/b'>Weir to be painted green</a></li></ul>",
        "<div><a href='/a'>Ferry fares rise again</a></div><div><a href='/b'>Weir to be painted green</a></div>",
    ]);
    let [a, b, c, d] = STORY;
    let list = "<ul><li>The <a href='/a'>northern pier</a> has to be rebuilt.</li><li>The <a href='/b'>southern one</a> has not.</li></ul>";
    let kept = ["The northern pier has to be rebuilt.", "The southern one has not."];
    assert_eq!(with(list), [a, b, kept[0], kept[1], c, d]);
}

#[test]
fn times_and_counts_that_are_a_whole_line_go() {
    goes(&[
        "<p>5 minutes ago</p>",
        "<p>Il y a 5 minutes</p>",
        "<p>5 минут назад</p>",
        "<p>5分前</p>",
        "<p>310 shares</p>",
        "<p>128 geteilt</p>",
        "<p>310次分享</p>",
    ]);
    stays(&[(
        "<p>The bridge was opened 114 years ago, and 12 minutes ago the last lorry went over it, she said.</p>",
        "The bridge was opened 114 years ago, and 12 minutes ago the last lorry went over it, she said.",
    )]);
}

#[test]
fn corrections_captions_tables_and_quotations_stay_whatever_stands_beside_them() {
    let call = "<a href='/s'>Subscribe now</a>";
    for (kept, text) in [
        (
            "<p>Correction: the crack is two metres long, not three.</p>",
            "Correction: the crack is two metres long, not three.",
        ),
        ("<figure><figcaption>The northern pier on Monday.</figcaption></figure>", "The northern pier on Monday."),
        ("<table><tr><td>Northern</td><td>2.1</td></tr></table>", "Northern | 2.1"),
        ("<blockquote><p>It was never meant for lorries.</p></blockquote>", "It was never meant for lorries."),
    ] {
        stays(&[(&format!("{kept}{call}"), text)]);
    }
}
