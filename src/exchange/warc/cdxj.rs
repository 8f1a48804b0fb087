//! The index of a WARC file: CDXJ, a line a record, as `pywb` and others read it.

use std::fmt;

use serde::Serialize;

use crate::model::Timestamp;

/// A line of the index.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) uri: &'a str,
    pub(super) date: Timestamp,
    pub(super) mime: &'a str,
    pub(super) status: Option<u16>,
    pub(super) digest: &'a str,
    pub(super) length: u64,
    pub(super) offset: u64,
    pub(super) filename: &'a str,
}

/// The fields in their usual order; numbers are texts there.
#[derive(Serialize)]
struct Fields<'a> {
    url: &'a str,
    mime: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    digest: &'a str,
    length: String,
    offset: String,
    filename: &'a str,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = Fields {
            url: self.uri,
            mime: self.mime.split(';').next().unwrap_or_default().trim(),
            status: self.status.map(|status| status.to_string()),
            digest: self.digest,
            length: self.length.to_string(),
            offset: self.offset.to_string(),
            filename: self.filename,
        };
        let json = serde_json::to_string(&fields).map_err(|_| fmt::Error)?;
        write!(f, "{} {} {json}", surt(self.uri), self.date.to_chrono().format("%Y%m%d%H%M%S"))
    }
}

/// The key that sorts URIs by host from its right end: `https://www.News.example/B?z&a` is `example,news)/b?a&z`.
///
/// As the Wayback Machine canonicalises: scheme, user, `www.`, default port and fragment go, letters become small, parameters are
/// sorted.
pub(super) fn surt(uri: &str) -> String {
    let Ok(url) = url::Url::parse(uri) else { return uri.to_ascii_lowercase() };
    let Some(host) = url.host_str() else { return uri.to_ascii_lowercase() };
    let host = host.to_ascii_lowercase();
    let host = host
        .strip_prefix("www")
        .and_then(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('.'))
        .unwrap_or(&host);
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    let mut key = if is_address { host.to_owned() } else { host.rsplit('.').collect::<Vec<_>>().join(",") };
    if let Some(port) = url.port() {
        key.push_str(&format!(":{port}"));
    }
    key.push(')');
    let path = url.path().to_lowercase();
    let path = path.trim_end_matches('/');
    key.push_str(if path.is_empty() { "/" } else { path });
    if let Some(query) = url.query().filter(|query| !query.is_empty()) {
        let query = query.to_lowercase();
        let mut parameters: Vec<&str> = query.split('&').collect();
        parameters.sort_unstable();
        key.push('?');
        key.push_str(&parameters.join("&"));
    }
    key
}
