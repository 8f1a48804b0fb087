//! What a page says of its story beside the text.
//!
//! The order of trust, for every field: schema.org in JSON-LD, OpenGraph (`og:`, `article:`), microdata, other `<meta>`, what is
//! seen on the page.

mod dates;
mod jsonld;
mod names;
mod seen;
mod tags;

use scraper::Html;
use serde_json::Value;
use url::Url;

use self::jsonld::{Object, strings, values};
use self::tags::{Metas, link, properties};
use super::dom::{attribute, elements, fold_space};
use super::names::Links;
use crate::model::Timestamp;

/// How many authors are asked for their names.
const MAX_AUTHORS: usize = 100;

/// What a page says of its story.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) headline: String,
    /// What the page gives as its description, in several places.
    pub(super) descriptions: Vec<String>,
    pub(super) byline: Vec<String>,
    pub(super) published_at: Option<Timestamp>,
    pub(super) modified_at: Option<Timestamp>,
    pub(super) section: Option<String>,
    pub(super) lang: Option<String>,
    pub(super) image: Option<String>,
    pub(super) image_caption: Option<String>,
    pub(super) correction: Option<String>,
    pub(super) is_free: Option<bool>,
    /// CSS selectors of the parts of the page that are not free.
    pub(super) paid_selectors: Vec<String>,
    /// Whether the page says that it is a story, by schema.org or `og:type`.
    pub(super) is_story: bool,
    pub(super) links: Links,
}

/// Reads what a page at `url` says of its story.
pub(super) fn facts(html: &Html, url: &str) -> Facts {
    let base = base(html, url);
    let objects = jsonld::objects(html);
    let sources = Sources {
        html,
        metas: Metas::of(html),
        objects: &objects,
        story: jsonld::story(&objects, |address| absolute(base.as_ref(), address).as_deref() == Some(url)),
        base,
    };
    Facts {
        headline: sources.headline(),
        descriptions: sources.descriptions(),
        byline: sources.byline(),
        published_at: sources.date(
            &["datePublished", "dateCreated", "uploadDate"],
            &["article:published_time", "og:article:published_time", "article:published"],
            &["datePublished", "dateCreated"],
            &[
                "pubdate",
                "publishdate",
                "publish-date",
                "date",
                "dc.date.issued",
                "dcterms.created",
                "dc.date",
                "parsely-pub-date",
                "sailthru.date",
                "cxenseparse:recs:publishtime",
                "article.published",
                "published_time",
                "publication_date",
                "dcterms.date",
            ],
        ),
        modified_at: sources.date(
            &["dateModified", "datemodified"],
            &["article:modified_time", "og:updated_time", "article:updated_time", "og:article:modified_time"],
            &["dateModified"],
            &[
                "lastmod",
                "last-modified",
                "dcterms.modified",
                "dc.date.modified",
                "revision_date",
                "article.updated",
                "modified_time",
            ],
        ),
        section: sources.section(),
        lang: sources.lang(),
        image: sources.image(),
        image_caption: sources.image_caption(),
        correction: sources.correction(),
        is_free: sources.is_free(),
        paid_selectors: sources.paid_selectors(),
        is_story: sources.story.is_some()
            || sources.metas.first(&["og:type"]).is_some_and(|kind| kind.eq_ignore_ascii_case("article")),
        links: sources.links(),
    }
}

struct Sources<'a> {
    html: &'a Html,
    metas: Metas,
    objects: &'a [Object],
    story: Option<&'a Object>,
    base: Option<Url>,
}

impl Sources<'_> {
    fn of_story(&self, key: &str) -> Option<&Value> {
        self.story?.get(key)
    }

    /// The first text under one of some keys of the story.
    fn said(&self, keys: &[&str]) -> Option<String> {
        keys.iter()
            .find_map(|key| strings(self.of_story(key)).first().map(|text| plain(text)))
            .filter(|text| !text.is_empty())
    }

    fn headline(&self) -> String {
        let site = self.metas.first(&["og:site_name", "application-name"]).unwrap_or_default();
        let candidates: Vec<String> = [
            self.said(&["headline", "name"]).map(|title| without_site(&title, site)),
            self.metas.first(&["og:title", "twitter:title"]).map(|title| without_site(&plain(title), site)),
            properties(self.html, &["headline"]).into_iter().next(),
            self.seen("h1"),
            self.seen("title").map(|title| without_site(&title, site)),
        ]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
        let Some(first) = candidates.first() else { return String::new() };
        // schema.org headlines end at 110 characters, for search engines.
        let whole = whole_of(first, &candidates);
        whole.unwrap_or(first).to_owned()
    }

    fn seen(&self, name: &str) -> Option<String> {
        elements(self.html.tree.root(), name)
            .map(|found| {
                fold_space(
                    &found
                        .descendants()
                        .filter_map(|node| node.value().as_text().map(|text| &**text))
                        .collect::<String>(),
                )
            })
            .find(|text| !text.is_empty())
    }

    fn descriptions(&self) -> Vec<String> {
        let said = ["alternativeHeadline", "description"].iter().flat_map(|key| strings(self.of_story(key))).map(plain);
        let metas = ["og:description", "twitter:description", "description"]
            .iter()
            .flat_map(|key| self.metas.all(&[key]))
            .map(|text| plain(text));
        said.chain(metas).collect()
    }

    fn byline(&self) -> Vec<String> {
        let mut byline = Vec::new();
        for key in ["author", "creator"] {
            values(self.of_story(key))
                .into_iter()
                .take(MAX_AUTHORS)
                .for_each(|author| self.add_author(author, 0, &mut byline));
            if !byline.is_empty() {
                return byline;
            }
        }
        let metas = |names: &[&str]| -> Vec<String> {
            names.iter().flat_map(|name| self.metas.all(&[name])).cloned().collect()
        };
        let sources: [&dyn Fn() -> Vec<String>; 4] = [
            &|| metas(&["article:author", "og:article:author"]),
            &|| properties(self.html, &["author", "creator"]),
            &|| metas(&["author", "byl", "dc.creator", "parsely-author", "sailthru.author", "dcterms.creator"]),
            &|| seen::byline(self.html),
        ];
        for source in sources {
            source().iter().for_each(|name| names::add(name, &mut byline));
            if !byline.is_empty() {
                break;
            }
        }
        byline
    }

    /// An author is a name, an object with one, or a reference to such an object.
    fn add_author(&self, author: &Value, depth: usize, byline: &mut Vec<String>) {
        match author {
            Value::String(name) => names::add(&plain(name), byline),
            Value::Object(object) => {
                let found = strings(object.get("name"));
                found.iter().for_each(|name| names::add(&plain(name), byline));
                let id = object.get("@id").and_then(Value::as_str).filter(|_| found.is_empty() && depth == 0);
                let other = id.and_then(|id| {
                    self.objects.iter().find(|other| {
                        other.get("@id").and_then(Value::as_str) == Some(id) && other.contains_key("name")
                    })
                });
                if let Some(other) = other {
                    strings(other.get("name")).iter().for_each(|name| names::add(&plain(name), byline));
                }
            }
            _ => {}
        }
    }

    fn date(&self, keys: &[&str], og: &[&str], micro: &[&str], meta: &[&str]) -> Option<Timestamp> {
        let said = keys.iter().flat_map(|key| strings(self.of_story(key))).find_map(dates::parse);
        said.or_else(|| og.iter().flat_map(|key| self.metas.all(&[key])).find_map(|text| dates::parse(text)))
            .or_else(|| properties(self.html, micro).iter().find_map(|text| dates::parse(text)))
            .or_else(|| meta.iter().flat_map(|key| self.metas.all(&[key])).find_map(|text| dates::parse(text)))
            .or_else(|| seen::time(self.html, micro).as_deref().and_then(dates::parse))
    }

    fn section(&self) -> Option<String> {
        self.said(&["articleSection"])
            .or_else(|| self.metas.first(&["article:section", "og:article:section"]).map(plain))
            .or_else(|| properties(self.html, &["articleSection"]).into_iter().next())
            .or_else(|| self.metas.first(&["section", "parsely-section", "sailthru.section"]).map(plain))
    }

    fn lang(&self) -> Option<String> {
        let root = elements(self.html.tree.root(), "html").next();
        let candidates = [
            self.said(&["inLanguage"]),
            values(self.of_story("inLanguage"))
                .first()
                .and_then(|lang| lang.get("alternateName"))
                .and_then(Value::as_str)
                .map(str::to_owned),
            self.metas.first(&["og:locale"]).map(str::to_owned),
            root.and_then(|root| attribute(root, "lang")).map(str::to_owned),
            self.metas.first(&["content-language", "language", "dc.language"]).map(str::to_owned),
        ];
        candidates.into_iter().flatten().find_map(|tag| language(&tag))
    }

    fn image(&self) -> Option<String> {
        let said = values(self.of_story("image")).into_iter().find_map(|image| match image {
            Value::String(url) => Some(url.as_str()),
            Value::Object(image) => {
                strings(image.get("url")).first().or(strings(image.get("contentUrl")).first()).copied()
            }
            _ => None,
        });
        said.or_else(|| self.metas.first(&["og:image:secure_url", "og:image", "og:image:url", "twitter:image"]))
            .and_then(|url| self.absolute(url))
    }

    fn image_caption(&self) -> Option<String> {
        let images = values(self.of_story("image"));
        images
            .iter()
            .find_map(|image| strings(image.get("caption")).first().map(|caption| plain(caption)))
            .filter(|caption| !caption.is_empty())
    }

    /// The text of a correction that the story claims.
    fn correction(&self) -> Option<String> {
        let texts = values(self.of_story("correction")).into_iter().filter_map(|correction| match correction {
            Value::String(text) => Some(text.as_str()),
            Value::Object(comment) => comment.get("text").or(comment.get("description"))?.as_str(),
            _ => None,
        });
        let text = texts.map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    /// What the story says of itself; else what a part of it says; else the page's `article:content_tier`.
    fn is_free(&self) -> Option<bool> {
        let parts =
            values(self.of_story("hasPart")).into_iter().filter_map(|part| truth(part.get("isAccessibleForFree")?));
        let part = parts.min();
        self.of_story("isAccessibleForFree").and_then(truth).or(part.filter(|is_free| !is_free)).or_else(|| match self
            .metas
            .first(&["article:content_tier"])?
        {
            "free" => Some(true),
            "locked" => Some(false),
            _ => None,
        })
    }

    fn paid_selectors(&self) -> Vec<String> {
        let parts = values(self.of_story("hasPart")).into_iter();
        parts
            .filter(|part| part.get("isAccessibleForFree").and_then(truth) != Some(true))
            .flat_map(|part| strings(part.get("cssSelector")))
            .map(str::to_owned)
            .collect()
    }

    fn links(&self) -> Links {
        let own = self.metas.first(&["og:url"]).map(str::to_owned);
        let own =
            own.or_else(|| self.story.and_then(|story| jsonld::addresses(story).first().map(|url| (*url).to_owned())));
        Links {
            canonical: link(self.html, "canonical").and_then(|url| self.absolute(url)),
            own: own.and_then(|url| self.absolute(&url)),
            amp: link(self.html, "amphtml").and_then(|url| self.absolute(url)),
            publisher_id: self.publisher_id(),
        }
    }

    fn publisher_id(&self) -> Option<String> {
        let said = values(self.of_story("identifier")).into_iter().find_map(|id| match id {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            Value::Object(id) => {
                id.get("value").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            }
            _ => None,
        });
        said.or_else(|| self.said(&["articleId"]))
            .or_else(|| {
                self.metas
                    .first(&[
                        "article:id",
                        "article_id",
                        "articleid",
                        "article-id",
                        "cxenseparse:articleid",
                        "parsely-post-id",
                        "contentid",
                        "content_id",
                        "content-id",
                        "post-id",
                        "story_id",
                        "storyid",
                        "nid",
                        "id",
                    ])
                    .map(str::to_owned)
            })
            .filter(|id| !id.trim().is_empty() && id.len() <= 200)
    }

    fn absolute(&self, url: &str) -> Option<String> {
        absolute(self.base.as_ref(), url)
    }
}

/// `true`, `"True"`, `"http://schema.org/True"`.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(is_true) => Some(*is_true),
        Value::String(text) => match text.rsplit('/').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A title without the name of its site at the end.
fn without_site(title: &str, site: &str) -> String {
    for separator in [" | ", " - ", " – ", " — ", " • ", " · ", " :: ", " » "] {
        if let Some((before, after)) = title.rsplit_once(separator)
            && !site.is_empty()
            && after.trim().eq_ignore_ascii_case(site.trim())
        {
            return before.trim().to_owned();
        }
    }
    title.to_owned()
}

/// The candidate of which a headline that was cut is the beginning.
fn whole_of<'a>(headline: &str, candidates: &'a [String]) -> Option<&'a str> {
    let stem = headline.trim_end_matches(['.', '…', ' ']);
    let is_cut = headline.ends_with("...") || headline.ends_with('…') || headline.chars().count() >= 100;
    candidates.iter().map(String::as_str).find(|other| {
        is_cut
            && other.len() > stem.len() + 1
            && other.starts_with(stem)
            && !other.ends_with(['…'])
            && !other.ends_with("...")
    })
}

/// What relative links of the page are relative to.
fn base(html: &Html, url: &str) -> Option<Url> {
    let own = Url::parse(url).ok();
    let of_page = elements(html.tree.root(), "base").find_map(|base| attribute(base, "href"));
    match (own, of_page) {
        (Some(own), Some(of_page)) => own.join(of_page).ok().or(Some(own)),
        (own, of_page) => own.or_else(|| of_page.and_then(|url| Url::parse(url).ok())),
    }
}

fn absolute(base: Option<&Url>, link: &str) -> Option<String> {
    let url = match base {
        Some(base) => base.join(link.trim()).ok()?,
        None => Url::parse(link.trim()).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// A text of JSON-LD or `<meta>` that may hold entities or tags, as plain text in one line.
fn plain(text: &str) -> String {
    if !text.contains(['&', '<']) {
        return fold_space(text);
    }
    let fragment = Html::parse_fragment(text);
    fold_space(
        &fragment
            .tree
            .root()
            .descendants()
            .filter_map(|node| node.value().as_text().map(|text| &**text))
            .collect::<String>(),
    )
}

/// A BCP 47 tag in the usual case, such as `pt-BR`; `en_US` is understood.
fn language(tag: &str) -> Option<String> {
    let mut parts = tag.trim().split(['-', '_']);
    let primary = parts.next()?.to_ascii_lowercase();
    if !(2..=3).contains(&primary.len()) || !primary.chars().all(|letter| letter.is_ascii_alphabetic()) {
        return None;
    }
    let rest = parts.map_while(|part| match part.len() {
        2 if part.chars().all(|letter| letter.is_ascii_alphabetic()) => Some(part.to_ascii_uppercase()),
        3 if part.chars().all(|digit| digit.is_ascii_digit()) => Some(part.to_owned()),
        4 if part.chars().all(|letter| letter.is_ascii_alphabetic()) => {
            let (first, rest) = part.split_at_checked(1)?;
            Some(first.to_ascii_uppercase() + &rest.to_ascii_lowercase())
        }
        _ => None,
    });
    Some(rest.fold(primary, |tag, part| tag + "-" + &part))
}
