//! When two URLs are one: the canonical form, and the order of stories by host.

use url::Url;

/// Query parameters that say how a reader came to a page, not which page it is. The list is part of
/// the identity of stories: see `migrations/FORMAT.md`.
const TRACKING: [&str; 24] = [
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "cmpid",
    "dclid",
    "fbclid",
    "gbraid",
    "gclid",
    "gclsrc",
    "icid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ocid",
    "oly_anon_id",
    "oly_enc_id",
    "s_cid",
    "twclid",
    "vero_id",
    "wbraid",
    "yclid",
];

/// Families of tracking parameters, by what their names begin with.
const TRACKING_PREFIXES: [&str; 4] = ["at_", "mtm_", "pk_", "utm_"];

/// Returns the canonical form of an `http` or `https` URL, or why there is none.
///
/// Lower-case host, no default port, no user name, no fragment, no dot segments, no known tracking
/// parameters (the others keep their order), no trailing slash. Scheme, `www.`, `m.` and `amp.` are left as they are.
///
/// ```
/// let url = morgue::model::canonical_url("HTTPS://News.Example:443/a/../story/?utm_source=x&page=2#top").unwrap();
/// assert_eq!(url, "https://news.example/story?page=2");
/// ```
///
/// # Errors
/// A sentence for people when the text is not an absolute `http` or `https` URL with a host.
pub fn canonical_url(text: &str) -> Result<String, String> {
    let mut url = Url::parse(text.trim()).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("the scheme is {}, expected http or https", url.scheme()));
    }
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let query = url.query().map(without_tracking).filter(|query| !query.is_empty());
    url.set_query(query.as_deref());
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url.into())
}

fn without_tracking(query: &str) -> String {
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
    kept.join("&")
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Appends text that sorts canonical URLs by host from its right end, then port, path and query, then scheme:
/// `news.example/a` becomes `example,news)/a https`.
pub(super) fn push_sort_form(canonical: &str, sort: &mut String) {
    let (scheme, rest) = canonical.split_once("://").unwrap_or(("", canonical));
    let split = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(split).unwrap_or((rest, ""));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    if is_address {
        sort.push_str(host);
    } else if host.contains(',') {
        // A comma is allowed in a host, though none has one: with the labels reversed it would be taken for a dot.
        sort.push('.');
        sort.push_str(host);
    } else {
        for (place, label) in host.rsplit('.').enumerate() {
            if place > 0 {
                sort.push(',');
            }
            sort.push_str(label);
        }
    }
    if let Some(port) = port {
        sort.push(':');
        sort.push_str(port);
    }
    sort.push(')');
    sort.push_str(path);
    sort.push(' ');
    sort.push_str(scheme);
}

fn sort_form(canonical: &str) -> String {
    let mut sort = String::with_capacity(canonical.len());
    push_sort_form(canonical, &mut sort);
    sort
}

/// Returns the canonical URL that has this sort form; `None` where none has.
pub(super) fn from_sort_form(sort: &str) -> Option<String> {
    let (rest, scheme) = sort.rsplit_once(' ')?;
    let (authority, path) = rest.split_once(')')?;
    let (reversed, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, format!(":{port}")),
        _ => (authority, String::new()),
    };
    let host = match reversed.strip_prefix('.') {
        Some(host) => host.to_owned(),
        None if reversed.starts_with('[') || reversed.contains('.') => reversed.to_owned(),
        None => reversed.rsplit(',').collect::<Vec<_>>().join("."),
    };
    let url = format!("{scheme}://{host}{port}{path}");
    (sort_form(&url) == sort).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_has_one_canonical_url() {
        let one = canonical_url("https://a.example/x?b=2&a=1").unwrap();
        for same in [
            "https://A.EXAMPLE:443/x/?b=2&a=1",
            "https://a.example/./y/../x?utm_medium=m&b=2&UTM_Source=s&a=1&fbclid=9#part",
            "  https://user:secret@a.example/x?b=2&&a=1 ",
        ] {
            assert_eq!(canonical_url(same).unwrap(), one, "{same}");
        }
    }

    #[test]
    fn what_may_be_another_page_stays_apart() {
        let urls = [
            "https://a.example/x",
            "http://a.example/x",
            "https://www.a.example/x",
            "https://a.example/x?p=1",
            "https://a.example/X",
        ];
        let mut canonical: Vec<String> = urls.iter().map(|url| canonical_url(url).unwrap()).collect();
        canonical.sort();
        canonical.dedup();
        assert_eq!(canonical.len(), urls.len());
    }

    #[test]
    fn canonical_is_a_fixed_point() {
        for url in [
            "https://a.example//",
            "https://a.example/?utm_source=x",
            "http://[::1]:8080/a/",
            "https://bücher.example/ä b",
        ] {
            let once = canonical_url(url).unwrap();
            assert_eq!(canonical_url(&once).unwrap(), once);
        }
    }

    #[test]
    fn other_schemes_and_relative_urls_are_refused_with_the_reason() {
        assert!(canonical_url("ftp://a.example/").unwrap_err().contains("ftp"));
        assert!(canonical_url("/story").is_err());
        assert!(canonical_url("https://").is_err());
    }

    #[test]
    fn urls_of_one_host_and_its_subdomains_sort_together() {
        assert_eq!(sort_form("https://lite.cnn.example/2024/x?p=1"), "example,cnn,lite)/2024/x?p=1 https");
        assert_eq!(sort_form("http://127.0.0.1:8080/"), "127.0.0.1:8080)/ http");
        assert_eq!(sort_form("http://[::1]/"), "[::1])/ http");
    }

    #[test]
    fn a_sort_form_leads_back_to_its_url_and_to_no_other() {
        for url in [
            "https://lite.cnn.example/2024/x?p=1",
            "https://cnn.example?p=(a) b",
            "http://127.0.0.1:8080/",
            "http://[::1]:81/)",
            "https://localhost/",
            "https://a,b.example/",
            "https://b.a.example/",
            "https://a.b/",
            "https://b,a/",
            "https://example./x",
        ] {
            assert_eq!(from_sort_form(&sort_form(url)).as_deref(), Some(url));
        }
        for none in ["", "example,a", "example,a)/x", "a.b)/ https"] {
            assert_eq!(from_sort_form(none), None, "{none}");
        }
    }
}
