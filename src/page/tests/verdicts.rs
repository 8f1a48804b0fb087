//! What a page is.

use super::*;

fn plain(title: &str, body: &str) -> Reading {
    read_html(&format!("<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"))
}

#[test]
fn the_status_is_asked_first() {
    let html = page_of("", &story());
    for (status, verdict, cause) in [
        (200, Verdict::Article, ""),
        (404, Verdict::Gone, "404"),
        (410, Verdict::Gone, "410"),
        (503, Verdict::Failed, "503"),
        (403, Verdict::Failed, "403"),
        (500, Verdict::Failed, "500"),
    ] {
        let page = Page { status: Some(status), ..Page::new("https://post.example/a", html.as_bytes()) };
        let reading = read(&page, &Options::default());
        assert_eq!((reading.verdict, reading.cause.as_str()), (verdict, cause));
        assert_eq!(reading.observation.status, Some(status));
    }
}

#[test]
fn pages_that_are_not_there_say_so_in_ten_languages() {
    for title in [
        "Page not found | Post",
        "404",
        "Seite nicht gefunden",
        "Page introuvable",
        "Página no encontrada",
        "Страница не найдена",
        "الصفحة غير موجودة",
        "पेज नहीं मिला",
        "ไม่พบหน้า",
        "页面不存在",
        "ページが見つかりません",
    ] {
        let reading = plain(title, &format!("<h1>{title}</h1><p>Perhaps the address has a mistake in it.</p>"));
        assert_eq!(reading.verdict, Verdict::SoftNotFound, "{title}: {}", reading.cause);
    }
}

#[test]
fn checks_for_robots_are_told_in_ten_languages() {
    for title in [
        "Just a moment...",
        "Access Denied",
        "Zugriff verweigert",
        "Accès refusé",
        "Acceso denegado",
        "Доступ ограничен",
        "تم رفض الوصول",
        "पहुंच अस्वीकृत",
        "การเข้าถึงถูกปฏิเสธ",
        "访问被拒绝",
        "アクセスが拒否されました",
    ] {
        let reading = plain(title, &format!("<h1>{title}</h1><p>Reference 18.4fd1.</p>"));
        assert_eq!(reading.verdict, Verdict::Blocked, "{title}: {}", reading.cause);
    }
    let form = plain(
        "Post",
        "<form class='challenge-form'><div class='g-recaptcha'></div></form><p>One more step before you go on.</p>",
    );
    assert_eq!(form.verdict, Verdict::Blocked);
}

#[test]
fn consent_walls_are_told_in_ten_languages() {
    for title in [
        "Before you continue",
        "Ihre Privatsphäre ist uns wichtig",
        "Avant de continuer",
        "Antes de continuar",
        "Прежде чем продолжить",
        "قبل أن تتابع",
        "जारी रखने से पहले",
        "ก่อนดำเนินการต่อ",
        "继续之前",
        "続行する前に",
    ] {
        let reading = plain(
            title,
            &format!("<h1>{title}</h1><p>We and 812 others store small files with you.</p><button>OK</button>"),
        );
        assert_eq!(reading.verdict, Verdict::ConsentWall, "{title}: {}", reading.cause);
    }
}

#[test]
fn a_story_about_such_pages_is_a_story() {
    let about = ["Access denied", "Page not found", "Before you continue", "Are you a robot", "Subscribe to continue"];
    let paragraphs: String = about.iter().map(|phrase| format!("<p>“{phrase}”, said the machine, and the harbour master could not see the plans of the bridge that she had drawn herself. {}</p>", STORY[0])).collect();
    for title in about {
        let reading = plain(title, &format!("<article><h1>{title}</h1>{paragraphs}{}</article>", story()));
        assert_eq!(reading.verdict, Verdict::Article, "{title}: {}", reading.cause);
    }
}

#[test]
fn a_redirect_to_the_front_page_is_no_story() {
    let html = format!(
        "<title>Post</title><body>{}",
        "<h2><a href='/a'>The ferry is late again</a></h2><p>It was late before.</p>".repeat(12)
    );
    let redirects = ["https://post.example/2026/bridge".to_owned()];
    let page = Page { redirects: &redirects, ..Page::new("https://post.example/", html.as_bytes()) };
    assert_eq!(read(&page, &Options::default()).verdict, Verdict::SoftNotFound);
    assert_eq!(
        read(&Page::new("https://post.example/", html.as_bytes()), &Options::default()).verdict,
        Verdict::NotAStory
    );
}

const PAID: &str = r#"<script type="application/ld+json">{"@type":"NewsArticle","headline":"Old bridge closed","isAccessibleForFree":"False",
    "hasPart":{"@type":"WebPageElement","isAccessibleForFree":"False","cssSelector":".paid"}}</script>"#;

#[test]
fn the_beginning_of_a_story_that_is_not_free_is_a_teaser() {
    for article in [
        format!("<p>{}</p><p>Subscribe to continue reading</p>", STORY[0]),
        format!("<p>{}</p><div class='paid'></div>", STORY[0]),
        format!("<p>{}</p><p>The town will decide...</p>", STORY[0]),
    ] {
        let reading = read_html(&page_of(PAID, &article));
        assert_eq!(reading.verdict, Verdict::Teaser, "{article}");
        assert!(!reading.article.paragraphs.is_empty());
        assert_eq!(reading.is_free, Some(false));
    }
}

#[test]
fn the_whole_of_a_story_that_is_not_free_is_an_article() {
    let paid = format!("<p>{}</p><div class='paid'>{}{}</div>", STORY[0], story(), story());
    assert_eq!(read_html(&page_of(PAID, &paid)).verdict, Verdict::Article);
    let long: String = (0..12).map(|at| format!("<p>{at}: {}</p>", STORY[at % 4])).collect();
    assert_eq!(read_html(&page_of(PAID, &long)).verdict, Verdict::Article);
}

#[test]
fn a_teaser_is_told_by_its_words_in_ten_languages() {
    for words in [
        "Subscribe to continue reading",
        "Jetzt weiterlesen mit Abo",
        "Cet article est réservé aux abonnés",
        "Contenido exclusivo para suscriptores",
        "Материал доступен только для подписчиков",
        "هذا المقال للمشتركين فقط",
        "पढ़ना जारी रखने के लिए सदस्यता लें",
        "บทความนี้เฉพาะสมาชิก",
        "订阅后继续阅读",
        "この記事は会員限定です",
    ] {
        let reading = read_html(&page_of(
            "",
            &format!("<p>{}</p><p>{}…</p><div class='offer'>{words}</div>", STORY[0], STORY[1]),
        ));
        assert_eq!(reading.verdict, Verdict::Teaser, "{words}: {}", reading.cause);
    }
}

#[test]
fn what_is_no_article_is_archived_as_what_it_is() {
    let page = Page::new("https://post.example/a", b"<title>Just a moment...</title><p>Checking your browser</p>");
    let at = "2026-03-02T00:00:00Z".parse().unwrap();
    let capture = read(&page, &Options::default()).into_capture(&page, at, &Options::default()).unwrap();
    assert_eq!(capture.outcome, NewOutcome::Unreachable("a check for robots, or no access".to_owned()));
    assert!(capture.raw.is_some());
}
