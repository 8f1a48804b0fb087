//! Telling a server.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use serde_json::json;

use crate::fetch::{Client, Options};

use super::channel::{Channel, Content, Failure, Parcel};
use super::config::{ConfigError, Target};

/// The longest that a server may ask to be left alone.
const MAX_WAIT: Duration = Duration::from_secs(86_400);
/// The longest that a secret may be, in bytes, and the shortest.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=512;

/// A server that is sent each message, after the Standard Webhooks specification (version 1.0.0): with `webhook-id`,
/// `webhook-timestamp` and, where there is a secret, `webhook-signature`.
pub(super) struct Webhook {
    client: Client,
    url: String,
    content_type: String,
    has_template: bool,
    key: Option<hmac::Key>,
}

impl std::fmt::Debug for Webhook {
    /// Neither the secret nor the URL, which often is one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

impl Webhook {
    pub(super) fn new(
        target: &Target,
        timeout: Duration,
        secret: impl FnOnce(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let url = target.need("url", target.url.as_ref())?;
        match url::Url::parse(url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {}
            Ok(_) => return Err(target.wrong("url", "expected a URL of http or https")),
            Err(error) => return Err(target.wrong("url", format!("expected a URL of http or https: {error}"))),
        }
        let content_type = target.content_type.clone().unwrap_or_else(|| "application/json".to_owned());
        if !content_type.is_ascii() || content_type.chars().any(char::is_control) || !content_type.contains('/') {
            return Err(target.wrong("content_type", "expected a type such as application/json"));
        }
        let key = match &target.secret_env {
            None => None,
            Some(name) => {
                let secret = secret(name);
                let secret =
                    secret.ok_or_else(|| target.wrong("secret_env", format!("the variable {name} is not set")))?;
                Some(key(&secret).map_err(|reason| target.wrong("secret_env", format!("{name}: {reason}")))?)
            }
        };
        let options = Options {
            allow_private: target.allow_private.unwrap_or_default(),
            total_timeout: timeout,
            read_timeout: timeout,
            connect_timeout: timeout.min(Duration::from_secs(10)),
            ..Options::default()
        };
        let (client, url) = (Client::new(options), url.clone());
        Ok(Self { client, url, content_type, has_template: target.template.is_some(), key })
    }

    /// What is sent.
    fn body(&self, parcel: &Parcel<'_>) -> Result<String, Failure> {
        if self.has_template {
            return match self.content_type.contains("json") {
                true => match serde_json::from_str::<serde_json::Value>(&parcel.text) {
                    Ok(_) => Ok(parcel.text.clone()),
                    Err(error) => Err(Failure::Broken { reason: format!("the template makes no JSON: {error}") }),
                },
                false => Ok(parcel.text.clone()),
            };
        }
        let (kind, at) = match parcel.content {
            Content::Item(item) => ("morgue.change", item.captured_at),
            Content::Digest(digest) => ("morgue.digest", digest.until),
        };
        Ok(json!({ "type": kind, "timestamp": at.to_string(), "data": parcel.json() }).to_string())
    }
}

impl Channel for Webhook {
    fn deliver(&self, parcel: &Parcel<'_>) -> Result<(), Failure> {
        let body = self.body(parcel)?;
        let id = parcel.id.strip_prefix("urn:uuid:").unwrap_or(&parcel.id);
        let at = (parcel.now.as_micros().div_euclid(1_000_000)).to_string();
        let signature = self.key.as_ref().map(|key| signature(key, id, &at, &body));
        let mut headers = vec![("webhook-id", id), ("webhook-timestamp", at.as_str())];
        headers.extend(signature.as_deref().map(|signature| ("webhook-signature", signature)));
        // The URL may be a secret: it is no part of what is said.
        let answer = self.client.post(&self.url, &self.content_type, &headers, body.as_bytes());
        let answer = answer.map_err(|error| Failure::later(error.cause.to_string()))?;
        let wait = answer.retry_after.map(|after| after.wait(parcel.now).min(MAX_WAIT));
        judge(answer.status, wait)
    }
}

/// What a status says: told, later, not this one, or not here.
fn judge(status: u16, wait: Option<Duration>) -> Result<(), Failure> {
    match status {
        200..=299 => Ok(()),
        400 | 413 | 422 => Err(Failure::Refused { reason: format!("it answers {status}") }),
        408 | 425 | 429 | 500.. => Err(Failure::Later { reason: format!("it answers {status}"), wait }),
        300..=399 => Err(Failure::Broken {
            reason: format!("it answers {status}: redirects are not followed, so change the url"),
        }),
        410 => Err(Failure::Broken {
            reason: "it answers 410: nobody wants this there any more, so remove the target".to_owned(),
        }),
        _ => Err(Failure::Broken { reason: format!("it answers {status}: the url or the secret is wrong") }),
    }
}

/// The key of a secret: `whsec_` and Base64, or text as it is.
fn key(secret: &str) -> Result<hmac::Key, String> {
    let bytes = match secret.trim().strip_prefix("whsec_") {
        Some(encoded) => {
            BASE64_STANDARD.decode(encoded).map_err(|error| format!("after whsec_ there must be Base64: {error}"))?
        }
        None => secret.trim().as_bytes().to_vec(),
    };
    if !SECRET_BYTES.contains(&bytes.len()) {
        let (least, most) = (SECRET_BYTES.start(), SECRET_BYTES.end());
        return Err(format!("the secret has {} bytes, expected {least} to {most}", bytes.len()));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn signature(key: &hmac::Key, id: &str, at: &str, body: &str) -> String {
    let tag = hmac::sign(key, format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let found = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "{\"test\": 2432232314}");
        assert_eq!(found, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_no_secret_is_refused() {
        for secret in ["", "short", "whsec_%%%", "whsec_c2hvcnQ="] {
            assert!(key(secret).is_err(), "{secret}");
        }
        assert!(key("a secret that is long enough").is_ok());
    }

    #[test]
    fn each_status_has_its_rule() {
        let of = |status| judge(status, None);
        assert!([200, 204, 299].into_iter().all(|status| of(status).is_ok()));
        assert!(
            [408, 425, 429, 500, 503, 599].into_iter().all(|status| matches!(of(status), Err(Failure::Later { .. })))
        );
        assert!([400, 413, 422].into_iter().all(|status| matches!(of(status), Err(Failure::Refused { .. }))));
        assert!([301, 401, 403, 404, 410].into_iter().all(|status| matches!(of(status), Err(Failure::Broken { .. }))));
    }
}
