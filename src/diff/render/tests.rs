use super::super::{ArticleDiff, Options as DiffOptions, compare};
use super::*;
use crate::model::Article;

mod any;
mod hand;
mod rows;

fn old() -> Article {
    Article::new("Alder bridge closed")
        .with_deck("A crack runs through two piers")
        .with_byline(["Ada Lund", "Bo Ek"])
        .with_text(
            "The Alder bridge was closed to all cars on Monday.\n\n\
         A crack had been found in the northern pier by divers of the port.\n\n\
         Buses go through the village of Holm.\n\n\
         The mayor said 17 ships had to wait.\n\n\
         It was built in 1931 by the firm of Voss and never painted again.\n\n\
         Nobody was hurt.",
        )
}

fn new() -> Article {
    Article::new("Alder bridge open again")
        .with_deck("A crack runs through two piers")
        .with_byline(["Ada Lund", "Cy Vang"])
        .with_text(
            "The Alder bridge was closed to all cars on Monday.\n\n\
         A crack had been found in the northern pier by divers of the port.\n\n\
         Buses go through the village of Holm.\n\n\
         The mayor claimed 22 ships had to wait.\n\n\
         Correction: an earlier version named another firm.\n\n\
         Nobody was hurt.",
        )
}

fn options() -> Options {
    Options {
        width: 48,
        old_label: "#1".into(),
        new_label: "#2".into(),
        title: "Alder <bridge>".into(),
        ..Options::default()
    }
}

type Render = fn(&ArticleDiff, &Article, &Article, &Options) -> String;
const ALL: [Render; 5] = [ansi, side_by_side, unified, markdown, html];

fn show(render: Render, old: &Article, new: &Article, options: &Options) -> String {
    render(&compare(old, new, &DiffOptions::default()), old, new, options)
}

#[test]
fn ansi_shows_the_headline_and_then_what_changed() {
    let expected = "\
~ Alder bridge [-closed-]{+open again+}
~ By Ada Lund, [-Bo Ek-], {+Cy Vang+}

  ... 2 paragraphs unchanged ...

  Buses go through the village of Holm.

~ (attribution; hedge)
~ The mayor [-said 17-]{+claimed 22+} ships had
~ to wait.

- It was built in 1931 by the firm of Voss and
- never painted again.

+ (correction)
+ Correction: an earlier version named another
+ firm.

  ... 1 paragraph unchanged ...
";
    assert_eq!(show(ansi, &old(), &new(), &options()), expected);
}

#[test]
fn ansi_in_colour_says_the_same_in_codes() {
    let (one, two) =
        (Article::new("Bridge closed").with_text("Gone."), Article::new("Bridge open").with_text("It stands."));
    let expected = "~ \u{1b}[1mBridge \u{1b}[0m\u{1b}[9;31mclosed\u{1b}[0m\u{1b}[1;32mopen\u{1b}[0m\n\n\
                    \u{1b}[31m-\u{1b}[0m \u{1b}[31mGone.\u{1b}[0m\n\n\
                    \u{1b}[32m+\u{1b}[0m \u{1b}[32mIt stands.\u{1b}[0m\n";
    assert_eq!(show(ansi, &one, &two, &Options { color: true, ..options() }), expected);
}

#[test]
fn a_moved_paragraph_is_shown_once_with_where_it_was() {
    let (crack, mayor) = ("A crack was found in the northern pier of the bridge.", "The mayor was told on Monday.");
    let one = Article::new("A").with_text(&format!("{mayor}\n\n{crack}"));
    let two = Article::new("A").with_text(&format!("{crack}\n\n{mayor}"));
    let expected = "  A\n\n< (moved to paragraph 2: \"The mayor was told on\n< Monday.\")\n\n  A crack was found in the northern pier of...\n\n> (moved down from paragraph 1)\n> The mayor was told on Monday.\n";
    assert_eq!(show(ansi, &one, &two, &options()), expected);
}

#[test]
fn identical_articles_show_no_change() {
    assert_eq!(show(ansi, &old(), &old(), &options()), "  Alder bridge closed\n");
    assert_eq!(show(unified, &old(), &old(), &options()), "");
    assert_eq!(show(markdown, &old(), &old(), &options()), "## Alder bridge closed\n\n*\\#1 → \\#2: no change*\n");
    let page = show(html, &old(), &old(), &options());
    assert!(!page.contains("<ins>") && !page.contains("<del>") && page.contains("6 paragraphs unchanged"));
}

#[test]
fn side_by_side_puts_what_went_left_and_what_came_right() {
    let expected = "\
#1                      | #2
------------------------+------------------------
Alder bridge [-closed-] | Alder bridge {+open
                        | again+}
By Ada Lund, [-Bo Ek-]  | By Ada Lund, {+Cy
                        | Vang+}
------------------------+------------------------
... 3 paragraphs        | ... 3 paragraphs
unchanged ...           | unchanged ...
------------------------+------------------------
                        | (attribution; hedge)
The mayor [-said 17-]   | The mayor {+claimed
ships had to wait.      | 22+} ships had to wait.
------------------------+------------------------
[-It was built in 1931  |
by the firm of Voss and |
never painted again.-]  |
------------------------+------------------------
                        | (correction)
                        | {+Correction: an
                        | earlier version named
                        | another firm.+}
------------------------+------------------------
... 1 paragraph         | ... 1 paragraph
unchanged ...           | unchanged ...
";
    assert_eq!(show(side_by_side, &old(), &new(), &Options { width: 49, ..options() }), expected);
}

#[test]
fn unified_is_a_diff_of_the_canonical_texts() {
    let expected = "\
--- #1
+++ #2
@@ -1,8 +1,8 @@
 morgue-article 1
-headline: Alder bridge closed
+headline: Alder bridge open again
 deck: A crack runs through two piers
 byline: Ada Lund
-byline: Bo Ek
+byline: Cy Vang
 \n The Alder bridge was closed to all cars on Monday.
 \n@@ -10,8 +10,8 @@
 \n Buses go through the village of Holm.
 \n-The mayor said 17 ships had to wait.
+The mayor claimed 22 ships had to wait.
-
-It was built in 1931 by the firm of Voss and never painted again.
+
+Correction: an earlier version named another firm.
 \n Nobody was hurt.
";
    assert_eq!(show(unified, &old(), &new(), &options()), expected);
}

/// Does what `patch` does, strictly: every context line and deleted line must be there.
fn patched(text: &str, patch: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut out, mut at) = (String::new(), 0);
    for line in patch.split_inclusive('\n').skip(2) {
        if let Some(place) = line.strip_prefix("@@ -") {
            let (start, count) =
                place.split(' ').next().unwrap().split_once(',').unwrap_or((place.split(' ').next().unwrap(), "1"));
            let start = start.parse::<usize>().unwrap() - usize::from(count != "0");
            lines[at..start].iter().for_each(|line| out.push_str(line));
            at = start;
            continue;
        }
        let (sign, rest) = line.split_at(1);
        if sign != "+" {
            assert_eq!(lines[at], rest);
            at += 1;
        }
        if sign != "-" {
            out.push_str(rest);
        }
    }
    out + &lines[at..].concat()
}

proptest::proptest! {
    #[test]
    fn an_exact_unified_diff_patches_the_older_text_to_the_newer(
        one in "[ab]?", two in "[ab]?", before in proptest::collection::vec("[a-d]|a b c d e|b c d e f", 0..12), after in proptest::collection::vec("[a-d]|a b c d e|\u{202e}|\u{b}x", 0..12),
    ) {
        let make = |headline: &str, paragraphs: &[String]| {
            let text = crate::text::canonical(&Article { headline: headline.into(), paragraphs: paragraphs.to_vec(), ..Article::default() }).unwrap().text;
            (crate::text::parse_canonical(&text).unwrap(), text)
        };
        let ((old, old_text), (new, new_text)) = (make(&one, &before), make(&two, &after));
        let patch = show(unified, &old, &new, &Options { exact: true, ..options() });
        proptest::prop_assert_eq!(patched(&old_text, &patch), new_text, "{}", patch);
    }

    #[test]
    fn no_renderer_panics_or_lets_a_code_through(one in "(?s).{0,60}", two in "(?s).{0,60}", width in 0usize..60, other in proptest::bool::ANY) {
        let (old, new) = (Article::new(&*one).with_text(&two).with_byline([&one, &two]), Article::new(&*two).with_text(&one).with_byline([&two]));
        let diff = compare(&old, &new, &DiffOptions::default());
        // Even with articles that are not those of the diff.
        let (old, new) = if other { (new, old) } else { (old, new) };
        for render in ALL {
            let text = render(&diff, &old, &new, &Options { width, ..options() });
            proptest::prop_assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{:?}", text);
        }
    }
}

#[test]
fn a_headline_with_escape_codes_stays_a_headline() {
    let one = Article::new("Bridge \u{1b}[2Jclosed").with_text("\u{202e}Plain.");
    let two = Article::new("Bridge \u{1b}]0;pwned\u{7}open")
        .with_text("\u{202e}Plain text.\n\n<script>alert(1)</script> *x* [y](z)");
    for render in [ansi, side_by_side, unified, markdown] {
        for color in [false, true] {
            let text = show(render, &one, &two, &Options { color, ..options() });
            assert!(
                !text.contains("\u{1b}[2J")
                    && !text.contains("\u{1b}]")
                    && !text.contains('\u{7}')
                    && !text.contains('\u{202e}'),
                "{text:?}"
            );
            assert!(text.contains("\u{fffd}"));
        }
    }
    let exact = show(unified, &one, &two, &Options { exact: true, ..options() });
    assert!(exact.contains("+headline: Bridge \u{1b}]0;pwned\u{7}open\n"));
    let page = show(html, &one, &two, &options());
    assert!(
        !page.contains("<script")
            && page.contains("&lt;script&gt;")
            && page.contains("<title>Alder &lt;bridge&gt;</title>")
            && !page.contains('\u{1b}')
    );
    assert!(
        show(markdown, &one, &two, &options()).contains("**\\<script\\>alert(1)\\</script\\> \\*x\\* \\[y\\](z)**")
    );
}

#[test]
fn markdown_strikes_through_and_makes_bold() {
    let expected = "\
## Alder bridge ~~closed~~ **open again**

*\\#1 → \\#2: headline, byline; correction added; 17 -\\> 22 ships; attribution: said -\\> claimed; 1 paragraph added, 1 removed*

By Ada Lund, ~~Bo Ek~~, **Cy Vang**

*... 3 paragraphs unchanged ...*

*(attribution; hedge)* The mayor ~~said 17~~ **claimed 22** ships had to wait.

~~It was built in 1931 by the firm of Voss and never painted again.~~

*(correction)* **Correction: an earlier version named another firm.**

*... 1 paragraph unchanged ...*
";
    assert_eq!(show(markdown, &old(), &new(), &options()), expected);
    let list = show(markdown, &Article::new("").with_text("1. one\n\n- two"), &Article::default(), &options());
    assert!(list.contains("1\\. one") && list.contains("\\- two"));
}

#[test]
fn html_marks_words_and_leaves_the_rest_folded() {
    let page = show(html, &old(), &new(), &options());
    for part in [
        "<title>Alder &lt;bridge&gt;</title>",
        "<p class=\"labels\"><bdi>#1</bdi> &rarr; <bdi>#2</bdi></p>",
        "<p class=\"summary\" dir=\"ltr\">headline, byline; correction added; <bdi>17</bdi> &rarr; <bdi>22 ships</bdi>; <bdi>attribution: said</bdi> &rarr; <bdi>claimed</bdi>; 1 paragraph added, 1 removed</p>",
        "<h1 dir=\"auto\">Alder bridge <del>closed</del><ins>open again</ins></h1>",
        "<p class=\"deck\" dir=\"auto\">A crack runs through two piers</p>",
        "<bdi>Ada Lund</bdi>, <bdi><del>Bo Ek</del></bdi>, <bdi><ins>Cy Vang</ins></bdi>",
        "<details><summary lang=\"en\">2 paragraphs unchanged</summary>",
        "<p class=\"context\" data-n=\"3\" dir=\"auto\">Buses go",
        "<p class=\"edit\" data-n=\"4\" dir=\"auto\">The mayor <del>said 17</del><ins>claimed 22</ins> ships had to wait.</p>",
        "<p class=\"delete\" data-n=\"5\" dir=\"auto\"><del>It was built",
        "<p class=\"add\" data-n=\"5\" dir=\"auto\"><ins>Correction:",
        "prefers-color-scheme:dark",
    ] {
        assert!(page.contains(part), "{part}\nin\n{page}");
    }
    let loads = ["<script", "<link", "<img", "url(", "@import", "http"];
    assert!(loads.iter().all(|load| !page.contains(load)));
}

#[test]
fn arabic_keeps_its_words_whole_and_japanese_its_columns() {
    let (one, two) = (Article::new("أُغلِقَ الجسر يوم الاثنين"), Article::new("أُغلِقَ الجسر يوم الثلاثاء"));
    assert_eq!(show(ansi, &one, &two, &options()), "~ أُغلِقَ الجسر يوم [-الاثنين-]{+الثلاثاء+}\n");
    assert!(
        show(html, &one, &two, &options())
            .contains("<h1 dir=\"auto\">أُغلِقَ الجسر يوم <del>الاثنين</del><ins>الثلاثاء</ins></h1>")
    );

    let page = show(html, &one, &two, &options());
    assert!(page.contains("<main lang=\"\" dir=\"rtl\">") && page.contains("unicode-bidi:isolate"));

    let one = Article::new("橋が閉鎖").with_text("オルダー橋は月曜日に閉鎖された。北の橋脚に亀裂が見つかった。");
    let two = Article::new("橋が再開").with_text("オルダー橋は火曜日に閉鎖された。北の橋脚に亀裂が見つかった。");
    let expected = "\
~ 橋が[-閉鎖-]{+再開+}

~ オルダー橋は[-月-]{+火+}曜
~ 日に閉鎖された。北の橋脚に
~ 亀裂が見つかった。
";
    assert_eq!(show(ansi, &one, &two, &Options { width: 28, ..options() }), expected);
    let columns = show(side_by_side, &one, &two, &Options { width: 33, ..options() });
    let line = columns.lines().nth(2).unwrap();
    assert_eq!(line, "橋が[-閉鎖-]    | 橋が{+再開+}");
}
