//! An article as a page of HTML.

use morgue::Memento;

use super::words::{claimed, minute, title};

/// Light and dark by what the reader's system says; the look of the pages that show a diff.
const STYLE: &str = "\
:root{color-scheme:light dark}
body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.6 Georgia,serif;color:#1b1b1b;background:#fff}
h1{line-height:1.25}
.deck{font-size:1.15rem}
header{font-family:system-ui,sans-serif;font-size:.9rem;color:#595959;overflow-wrap:anywhere}
@media (prefers-color-scheme:dark){
body{color:#e4e4e4;background:#161616}
header{color:#a8a8a8}
}
";

/// Returns an article as a page of HTML with its style, without script and without anything to load.
pub(crate) fn article(memento: &Memento) -> String {
    let (article, revision) = (&memento.article, &memento.revision);
    let published = revision.published_at.map(|at| format!("published {}; ", claimed(at))).unwrap_or_default();
    let mut body = format!(
        "<header>{}<br>\n#{} ({}), {published}captured {} UTC<br>\n{}</header>\n",
        escape(memento.story.as_str()),
        revision.number,
        revision.kind.as_str(),
        minute(revision.first_captured),
        revision.hash,
    );
    let byline = if article.byline.is_empty() { String::new() } else { format!("By {}", article.byline.join(", ")) };
    body.push_str(&element("h1", "", &article.headline));
    body.push_str(&element("p", " class=\"deck\"", &article.deck));
    body.push_str(&element("p", "", &byline));
    for paragraph in &article.paragraphs {
        body.push_str(&element("p", "", paragraph));
    }
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(&title(article))
    )
}

/// Each text finds its own direction of writing.
fn element(name: &str, attributes: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("<{name}{attributes} dir=\"auto\">{}</{name}>\n", escape(text))
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(element("p", "", "<script>\"&'"), "<p dir=\"auto\">&lt;script&gt;&quot;&amp;&#39;</p>\n");
    }
}
