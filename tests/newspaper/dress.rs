//! Pages as publishers make them: the story, and all that is around it or in the midst of it.

use super::article::Story;

/// Where the ads, links and counts stand, which are others on every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dress {
    /// Inside of the article, between its paragraphs.
    Noisy,
    /// Around it.
    Calm,
    /// Inside of it, under names that say nothing, as programs make them.
    Obscure,
}

const OTHERS: [&str; 9] = [
    "Mayor opens the new swimming pool",
    "Five walks for the first warm days",
    "Bakers warn of dearer bread",
    "Handball: Velmar loses at home again",
    "What the new rules for scooters mean",
    "Thief returns a violin by post",
    "Quiz: how well do you know the harbour?",
    "Weather: rain from the west, then wind",
    "Our readers' best pictures of the snow",
];

const SOLD: [&str; 5] = [
    "Nordbank: your money sleeps well with us",
    "Fjell boots, now 30 percent off",
    "Hotel Strand: three nights for the price of two",
    "Try Lumo coffee at home for a month",
    "Drive the new Kestrel from 189 a month",
];

/// A page for the `request`th request.
pub(crate) fn page(story: &Story, root: &str, dress: Dress, request: usize) -> String {
    let url = format!("{root}{}", story.path());
    let body = match dress {
        Dress::Noisy | Dress::Obscure => noisy(story, request),
        Dress::Calm => body(story, |_| String::new()),
    };
    let around = match dress {
        Dress::Noisy | Dress::Obscure => String::new(),
        Dress::Calm => format!(
            "<aside class=\"sidebar\">{}{}{}{}</aside>",
            ad(request),
            related(request),
            newsletter(request),
            shares(request)
        ),
    };
    let authors: Vec<String> =
        story.authors.iter().map(|name| format!("{{\"@type\":\"Person\",\"name\":\"{}\"}}", json(name))).collect();
    let linked = format!(
        "{{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\"mainEntityOfPage\":{{\"@type\":\"WebPage\",\"@id\":\"{url}\"}},\
         \"headline\":\"{}\",\"description\":\"{}\",\"image\":[\"{root}/img/{}.jpg\"],\"datePublished\":\"{}\",\"dateModified\":\"{}\",\
         \"author\":[{}],\"articleSection\":\"{}\",\"isAccessibleForFree\":true,\"identifier\":\"{}\",\
         \"publisher\":{{\"@type\":\"NewsMediaOrganization\",\"name\":\"The Velmar Gazette\",\
         \"logo\":{{\"@type\":\"ImageObject\",\"url\":\"{root}/logo.png\"}}}}}}",
        json(&story.headline),
        json(&story.deck),
        story.id,
        story.published,
        story.modified,
        authors.join(","),
        story.section,
        1000 + story.id,
    );
    let page = format!(
        "{}<link rel=\"canonical\" href=\"{url}\">\n<meta property=\"og:url\" content=\"{url}\">\n\
         <meta property=\"og:image\" content=\"{root}/img/{}.jpg\">\n<meta property=\"article:published_time\" content=\"{}\">\n\
         <meta property=\"article:modified_time\" content=\"{}\">\n<meta property=\"article:section\" content=\"{}\">\n\
         <script type=\"application/ld+json\">{linked}</script>\n\
         <script>window.dataLayer=[{{\"pageId\":{},\"hit\":{request}}}];</script>\n</head>\n<body class=\"article-page\">\n{}\n\
         <main id=\"main\">\n<article class=\"story\">\n{body}</article>\n{around}</main>\n{}</body>\n</html>\n",
        head(&story.headline, &story.deck),
        story.id,
        story.published,
        story.modified,
        story.section,
        story.id,
        top(&story.section),
        bottom(request),
    );
    if dress == Dress::Obscure { obscure(&page) } else { page }
}

/// The same page with classes and ids that say nothing, and boxes that are no more than boxes.
fn obscure(page: &str) -> String {
    let page = page.replace("<aside", "<div").replace("</aside>", "</div>");
    let mut parts = page.split("class=\"");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('"').unwrap();
        let number = name.bytes().fold(7_u32, |number, byte| number.wrapping_mul(31).wrapping_add(byte.into()));
        told.push_str(&format!("class=\"css-{number:x}\"{rest}"));
    }
    told.replace("id=\"div-gpt-ad-", "id=\"b").replace("data-ad-unit", "data-u")
}

/// A stub of the page, as those see it who do not pay.
pub(crate) fn teaser(story: &Story, root: &str, request: usize) -> String {
    let url = format!("{root}{}", story.path());
    let linked = format!(
        "{{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\"headline\":\"{}\",\"datePublished\":\"{}\",\
         \"dateModified\":\"{}\",\"isAccessibleForFree\":false,\"hasPart\":{{\"@type\":\"WebPageElement\",\
         \"isAccessibleForFree\":false,\"cssSelector\":\".paywalled\"}}}}",
        json(&story.headline),
        story.published,
        story.modified
    );
    format!(
        "{}<link rel=\"canonical\" href=\"{url}\">\n<meta property=\"og:url\" content=\"{url}\">\n\
         <script type=\"application/ld+json\">{linked}</script>\n</head>\n<body>\n{}\n<main>\n<article class=\"story\">\n\
         <h1>{}</h1>\n<p class=\"standfirst\">{}</p>\n{}<p>{}</p>\n\
         <div class=\"paywall\" data-paywall=\"metered\"><h2>Subscribe to continue reading</h2>\n\
         <p>You have read all of your free articles this month. Subscribe now from 4.90 a month, or log in.</p>\n\
         <a class=\"button\" href=\"/subscribe\">Subscribe</a> <a href=\"/login\">Log in</a></div>\n</article>\n</main>\n{}</body>\n</html>\n",
        head(&story.headline, &story.deck),
        top(&story.section),
        html(&story.headline),
        html(&story.deck),
        byline(story),
        html(&story.paragraphs[0]),
        bottom(request),
    )
}

/// What stands in place of a story for those who are taken for a machine.
pub(crate) fn captcha() -> String {
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Are you a robot?</title>\n\
     <meta name=\"robots\" content=\"noindex,nofollow\"></head>\n<body><div class=\"captcha-container\"><h1>Please verify you are a human</h1>\n\
     <p>Our systems have detected unusual traffic from your network. Please complete the CAPTCHA to continue.</p>\n\
     <form id=\"challenge-form\" action=\"/verify\" method=\"post\"><div class=\"g-recaptcha\" data-sitekey=\"x\"></div>\n\
     <button>Continue</button></form></div></body></html>\n"
        .to_owned()
}

/// What a server says when it cannot.
pub(crate) fn error(status: u16) -> String {
    let words = match status {
        404 => "Page not found",
        410 => "This article is no longer available",
        _ => "Service unavailable",
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{words} | The Velmar Gazette</title></head>\n\
         <body>{}<main><h1>{words}</h1><p>We are sorry. Try the front page, or come back later.</p></main></body></html>\n",
        top("error")
    )
}

fn head(headline: &str, deck: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0} | The Velmar Gazette</title>\n\
         <meta name=\"description\" content=\"{1}\">\n<meta property=\"og:type\" content=\"article\">\n\
         <meta property=\"og:title\" content=\"{0}\">\n<meta property=\"og:description\" content=\"{1}\">\n\
         <meta property=\"og:site_name\" content=\"The Velmar Gazette\">\n<link rel=\"stylesheet\" href=\"/site.css\">\n",
        html(headline),
        html(deck)
    )
}

fn top(section: &str) -> String {
    format!(
        "<header class=\"site-header\"><a class=\"logo\" href=\"/\">The Velmar Gazette</a>\n<nav class=\"main-nav\"><ul><li><a \
         href=\"/local\">Local</a></li><li><a href=\"/politics\">Politics</a></li><li><a href=\"/business\">Business</a></li><li><a \
         href=\"/sport\">Sport</a></li><li><a href=\"/culture\">Culture</a></li></ul></nav></header>\n\
         <nav class=\"breadcrumb\"><a href=\"/\">Home</a> &rsaquo; <a href=\"/{section}\">{section}</a></nav>"
    )
}

fn bottom(request: usize) -> String {
    format!(
        "<section class=\"most-read\"><h2>Most read</h2><ol>{}</ol></section>\n\
         <footer class=\"site-footer\"><p>&copy; 2026 The Velmar Gazette</p><ul><li><a href=\"/about\">About us</a></li><li><a \
         href=\"/privacy\">Privacy</a></li><li><a href=\"/contact\">Contact</a></li></ul><p>{} people are reading now</p></footer>\n",
        links(request + 3, 5),
        214 + request * 7 % 900
    )
}

fn byline(story: &Story) -> String {
    let names: Vec<String> =
        story.authors.iter().map(|name| format!("<a rel=\"author\" href=\"/staff\">{}</a>", html(name))).collect();
    format!("<div class=\"byline\">By <span class=\"authors\">{}</span></div>\n", names.join(" and "))
}

/// The story, with what `between` puts behind each of its paragraphs.
fn body(story: &Story, between: impl Fn(usize) -> String) -> String {
    let mut text = format!(
        "<header><h1 class=\"headline\">{}</h1>\n<p class=\"standfirst\">{}</p>\n{}<p class=\"dateline\"><time datetime=\"{}\">{}</time>\
         </p></header>\n<figure class=\"lead-image\"><img src=\"/img/{}.jpg\" alt=\"\" width=\"1200\" height=\"800\">\
         <figcaption>{}</figcaption></figure>\n<div class=\"article-body\">\n",
        html(&story.headline),
        html(&story.deck),
        byline(story),
        story.published,
        &story.published[..10],
        story.id,
        html(&story.caption),
    );
    for (at, paragraph) in story.paragraphs.iter().enumerate() {
        text.push_str(&format!("<p>{}</p>\n{}", html(paragraph), between(at)));
    }
    if !story.table.is_empty() {
        let rows: String = story
            .table
            .iter()
            .map(|(name, value)| format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>", html(name), html(value)))
            .collect();
        text.push_str(&format!("<table class=\"facts\"><tbody>{rows}</tbody></table>\n"));
    }
    if let Some(correction) = &story.correction {
        text.push_str(&format!("<p class=\"correction\"><em>{}</em></p>\n", html(correction)));
    }
    text.push_str("</div>\n");
    text
}

fn noisy(story: &Story, request: usize) -> String {
    let before = format!("{}<p class=\"updated\">Updated {} minutes ago</p>\n", shares(request), 2 + request * 3 % 55);
    let text = body(story, |at| match at {
        0 => ad(request),
        1 => related(request),
        2 => newsletter(request),
        3 => ad(request + 2),
        _ => String::new(),
    });
    let after = format!(
        "<div class=\"subscribe-promo\"><p>Support the Gazette: subscribe for 4.90 a month. The offer ends in {} hours.</p>\
         <a class=\"button\" href=\"/subscribe\">Subscribe now</a></div>\n<div class=\"comments-teaser\"><a href=\"#comments\">{} comments\
         </a></div>\n{}",
        1 + request % 47,
        request * 5 % 300,
        related(request + 4)
    );
    format!("{before}{text}{after}")
}

fn ad(request: usize) -> String {
    format!(
        "<div class=\"ad-slot advertisement\" id=\"div-gpt-ad-{0}\" data-ad-unit=\"/4411/mid\"><span class=\"ad-label\">Advertisement</span>\
         <a href=\"https://ads.example/{0}\" rel=\"sponsored nofollow\">{1}</a></div>\n",
        100 + request,
        SOLD[request % SOLD.len()]
    )
}

fn related(request: usize) -> String {
    format!("<aside class=\"related-articles\"><h3>Read more</h3><ul>{}</ul></aside>\n", links(request, 3))
}

fn links(request: usize, many: usize) -> String {
    (0..many)
        .map(|n| {
            let other = (request * 5 + n * 2) % OTHERS.len();
            format!("<li><a href=\"/local/other-{other}\">{}</a></li>", OTHERS[other])
        })
        .collect()
}

fn newsletter(request: usize) -> String {
    format!(
        "<div class=\"newsletter-signup\"><h3>The morning letter</h3><p>Join {} readers who get our news in their inbox at seven every \
         morning.</p><form action=\"/newsletter\"><input type=\"email\" placeholder=\"Your email\"><button>Sign up</button></form></div>\n",
        12_000 + request * 13
    )
}

fn shares(request: usize) -> String {
    format!(
        "<div class=\"share-bar\"><span class=\"share-count\">{} shares</span><ul><li><a href=\"#fb\">Share</a></li><li><a \
         href=\"#mail\">Email</a></li></ul></div>\n",
        310 + request * 17
    )
}

pub(crate) fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn json(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
