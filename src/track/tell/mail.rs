//! Telling by mail, which a program of the system sends.

use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;

use super::channel::{Channel, Content, Failure, Parcel};
use super::config::{ConfigError, Target};
use super::item::urn;
use super::{html, process};

/// The most addresses of one target.
const MAX_TO: usize = 100;

/// A mail through the system's own sendmail.
#[derive(Debug)]
pub(super) struct Mail {
    sendmail: String,
    to: Vec<String>,
    sender: String,
    has_html: bool,
    timeout: Duration,
}

impl Mail {
    pub(super) fn new(target: &Target, timeout: Duration) -> Result<Self, ConfigError> {
        let to = target.need("to", target.to.as_ref())?;
        let sender = target.need("sender", target.sender.as_ref())?;
        if to.is_empty() || to.len() > MAX_TO {
            return Err(target.wrong("to", format!("expected 1 to {MAX_TO} addresses")));
        }
        for (field, address) in to.iter().map(|address| ("to", address)).chain([("sender", sender)]) {
            if !is_address(address) {
                return Err(
                    target.wrong(field, format!("expected an address such as desk@gazette.example, found {address:?}"))
                );
            }
        }
        Ok(Self {
            sendmail: target.sendmail.clone().unwrap_or_else(|| "/usr/sbin/sendmail".to_owned()),
            to: to.clone(),
            sender: sender.clone(),
            has_html: target.html.unwrap_or(true),
            timeout,
        })
    }

    /// The message (RFC 5322), its lines ended as programs of the system expect them.
    fn message(&self, parcel: &Parcel<'_>) -> Result<Vec<u8>, Failure> {
        let domain = self.sender.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let message_id = |id: &str| MessageId::new(format!("{}@{domain}", id.strip_prefix("urn:uuid:").unwrap_or(id)));
        let mut message = MessageBuilder::new()
            .from(self.sender.as_str())
            .to(self.to.iter().map(String::as_str).collect::<Vec<_>>())
            .header("Subject", subject(&parcel.subject))
            .date(Date::new(parcel.now.as_micros().div_euclid(1_000_000)))
            .message_id(message_id(&parcel.id))
            // So that nobody's holiday answers it (RFC 3834).
            .header("Auto-Submitted", Text::new("auto-generated"));
        if let Content::Item(item) = parcel.content {
            // Mails about one story stand together.
            message = message.references(message_id(&urn(&[b"story", &item.story.sort_bytes()])));
        }
        message = message.text_body(parcel.text.as_str());
        if self.has_html {
            message = message.html_body(page(parcel));
        }
        let bytes = message.write_to_vec().map_err(|error| Failure::Broken { reason: error.to_string() })?;
        Ok(bytes.split(|byte| *byte == b'\r').flatten().copied().collect())
    }
}

impl Channel for Mail {
    fn deliver(&self, parcel: &Parcel<'_>) -> Result<(), Failure> {
        let mut command = Command::new(&self.sendmail);
        command.args(["-t", "-i"]);
        process::run(command, self.message(parcel)?, self.timeout)
    }
}

/// The subject; one that looks like encoded words (RFC 2047) is encoded itself, as it would be decoded otherwise.
fn subject(text: &str) -> HeaderType<'_> {
    if !text.contains("=?") {
        return Text::new(text).into();
    }
    let (mut words, mut rest) = (Vec::new(), text);
    // With what stands around it, a word has at most 75 characters.
    while let Some((start, after)) =
        rest.split_at_checked(rest.floor_char_boundary(45)).filter(|(start, _)| !start.is_empty())
    {
        words.push(format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(start)));
        rest = after;
    }
    Raw::new(words.join(" ")).into()
}

fn page(parcel: &Parcel<'_>) -> String {
    let body = match parcel.content {
        Content::Item(item) => {
            let headline = if item.headline.is_empty() { item.story.as_str() } else { &item.headline };
            format!("<h2>{}</h2>\n{}", html::link(item.url.as_deref(), headline), html::of_item(item, html::MAX_BYTES))
        }
        Content::Digest(digest) => digest.html(),
    };
    let title = html::escape(&parcel.subject);
    format!(
        "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// An address alone, without a name; nothing in it ends a header.
fn is_address(text: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_graphic() && !"()<>[]:;,\\\"@".contains(character);
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_plain);
    text.len() <= 254 && text.split_once('@').is_some_and(|(local, domain)| is_part(local) && is_part(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts_and_nothing_that_ends_a_header() {
        assert!(["desk@gazette.example", "a.b+c@x"].into_iter().all(is_address));
        for text in ["", "desk", "@x", "desk@", "a@b@c", "a b@x", "a@x\r\nBcc: b@y", "Desk <a@x>", "a@x,b@y"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
