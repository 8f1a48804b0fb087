//! Webhooks.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use morgue::{Archive, NewOutcome};
use ring::hmac;

use super::hook::{Answer, Hook, Post};
use super::support::{Hand, SECRET, edits, saw, see, subjects, tell, tell_one, teller};

fn config(hook: &Hook, more: &str) -> String {
    let url = hook.url();
    format!(
        "[[tell]]\nname = \"desk\"\nkind = \"webhook\"\nfrom = \"start\"\nallow_private = true\nurl = \"{url}\"\n{more}\n"
    )
}

fn ids(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.header("webhook-id")).collect()
}

#[test]
fn whatever_goes_wrong_each_change_is_confirmed_once_and_in_order_under_one_id() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 4);
    let hook = Hook::start(vec![
        Answer::Status(500),
        Answer::With(429, "Retry-After: 7200"),
        Answer::Close,
        Answer::Silence,
        Answer::Status(204),
        Answer::Status(503),
    ]);
    let (teller, clock) = (teller(&config(&hook, "timeout = \"1s\"\nsecret_env = \"HOOK_SECRET\"")), Hand::new());
    let mut tries = Vec::new();
    for _ in 0..40 {
        let report = tell_one(&teller, &archive, &clock);
        tries.push(report.held.as_ref().map(|held| (held.tries, held.reason.clone())));
        if report.held.is_none() {
            break;
        }
        // Not before it is time.
        let before = hook.posts().len();
        assert_eq!(tell_one(&teller, &archive, &clock).held.map(|held| held.tries), report.held.map(|held| held.tries));
        assert_eq!(hook.posts().len(), before);
        clock.pass(if tries.len() == 2 { 7_199 } else { 400 });
        if tries.len() == 2 {
            assert!(tell_one(&teller, &archive, &clock).held.is_some(), "it asked for two hours");
            assert_eq!(hook.posts().len(), before);
            clock.pass(1);
        }
    }
    let reasons: Vec<String> = tries.iter().flatten().map(|(tries, reason)| format!("{tries} {reason}")).collect();
    assert_eq!(reasons[0], "1 it answers 500");
    assert_eq!(reasons[1], "2 it answers 429");
    assert!(reasons[2].starts_with("3 the connection broke off"), "{reasons:?}");
    assert!(reasons[3].starts_with("4 timed out"), "{reasons:?}");
    assert_eq!(reasons[4], "1 it answers 503");
    assert_eq!(tries.len(), 6, "{tries:?}");
    let posts = hook.posts();
    let (first, second, third) = (ids(&posts)[0], ids(&posts)[5], ids(&posts)[7]);
    assert_eq!(ids(&posts), [first, first, first, first, first, second, second, third]);
    assert_eq!(
        hook.confirmed(),
        ["17 -> 18 people; no notice", "18 -> 19 people; no notice", "19 -> 20 people; no notice"]
    );
    assert_eq!(tell_one(&teller, &archive, &clock).told, []);
    assert_eq!(hook.posts().len(), 8);
}

#[test]
fn a_message_is_signed_as_standard_webhooks_say() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let hook = Hook::start(vec![]);
    tell_one(&teller(&config(&hook, "secret_env = \"HOOK_SECRET\"")), &archive, &Hand::new());
    let posts = hook.posts();
    let post = &posts[0];
    let key = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = format!("{}.{}.{}", post.header("webhook-id"), post.header("webhook-timestamp"), post.body);
    let signature = BASE64_STANDARD.decode(post.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
    hmac::verify(&key, signed.as_bytes(), &signature).expect("the signature is that of what was sent");
    assert_eq!(post.header("webhook-timestamp"), "1772923200");
    assert_eq!(post.header("content-type"), "application/json");
    let json = post.json();
    assert_eq!(json["type"], "morgue.change");
    assert_eq!(json["timestamp"], "2026-03-01T00:20:00Z");
    assert_eq!(json["data"]["story"], "https://news.example/bridge");
    assert_eq!(json["data"]["tags"][0], "harbour");
    assert_eq!(json["data"]["classes"][0], "number");
    assert_eq!(json["data"]["diff"]["summary"]["numbers"][0]["new"], 18.0);
    assert!(json["data"]["text"].as_str().unwrap().contains("- 17\n+ 18"), "{}", json["data"]["text"]);
}

#[test]
fn without_a_secret_nothing_is_signed() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let hook = Hook::start(vec![]);
    tell_one(&teller(&config(&hook, "")), &archive, &Hand::new());
    assert_eq!(hook.posts()[0].header("webhook-signature"), "");
}

#[test]
fn what_a_receiver_refuses_is_dropped_after_five_tries_and_the_next_is_told() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 3);
    let hook = Hook::start(vec![Answer::Status(400); 5]);
    let (teller, clock) = (teller(&config(&hook, "")), Hand::new());
    for tries in 1..5 {
        assert_eq!(tell_one(&teller, &archive, &clock).held.unwrap().tries, tries);
        clock.pass(4_000);
    }
    let report = tell_one(&teller, &archive, &clock);
    assert_eq!(report.dropped.len(), 1);
    assert_eq!(report.dropped[0].reason, "it answers 400");
    assert_eq!(subjects(&report), ["Bridge collapse: 18 -> 19 people; no notice"]);
    assert_eq!(hook.confirmed(), ["18 -> 19 people; no notice"]);
}

#[test]
fn what_somebody_must_mend_is_said_and_tried_each_hour_and_nothing_is_lost() {
    for (status, said) in [
        (404, "it answers 404: the url or the secret is wrong"),
        (410, "it answers 410: nobody"),
        (302, "redirects are not followed"),
    ] {
        let archive = Archive::in_memory();
        edits(&archive, "bridge", 1, 2);
        let other = Hook::start(vec![]);
        let to = Box::leak(format!("Location: {}", other.url()).into_boxed_str());
        let hook = Hook::start(vec![Answer::With(status, to); 7]);
        let (teller, clock) = (teller(&config(&hook, "")), Hand::new());
        for tries in 1..=7 {
            let held = tell_one(&teller, &archive, &clock).held.unwrap();
            assert!(held.reason.contains(said), "{}", held.reason);
            assert_eq!(held.tries, tries);
            clock.pass(3_599);
            assert_eq!(tell_one(&teller, &archive, &clock).held.unwrap().tries, tries, "not within the hour");
            clock.pass(1);
        }
        assert_eq!(tell_one(&teller, &archive, &clock).told.len(), 1);
        assert_eq!(hook.confirmed().len(), 1);
        assert_eq!(other.posts().len(), 0, "what was meant for one is told to no other");
    }
}

#[test]
fn a_target_that_cannot_be_told_keeps_no_other_waiting() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 5);
    let (bad, good) = (Hook::start(vec![Answer::Status(500); 9]), Hook::start(vec![]));
    let good_config = config(&good, "").replace("desk", "good");
    let (teller, clock) = (teller(&format!("{}{good_config}", config(&bad, ""))), Hand::new());
    let report = tell(&teller, &archive, &clock);
    assert!(report.targets[0].held.is_some());
    assert_eq!(report.targets[1].told.len(), 4);
    assert_eq!((bad.posts().len(), good.confirmed().len()), (1, 4));
    edits(&archive, "bridge", 6, 7);
    tell(&teller, &archive, &clock);
    assert_eq!((bad.posts().len(), good.confirmed().len()), (1, 6));
}

#[test]
fn a_private_address_is_asked_only_where_that_is_allowed() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let hook = Hook::start(vec![]);
    let held =
        tell_one(&teller(&config(&hook, "").replace("allow_private = true", "")), &archive, &Hand::new()).held.unwrap();
    assert_eq!(held.reason, "127.0.0.1 is not a public address");
    assert_eq!(hook.posts().len(), 0);
}

#[test]
fn a_template_makes_the_body_and_a_hostile_headline_stays_a_text_in_it() {
    let archive = Archive::in_memory();
    see(&archive, "bridge", 1, "Bridge", "It is open.");
    let hostile = "\"}, {{ 7 * 7 }} {% raw %} \\ \u{7} </script>";
    see(&archive, "bridge", 2, hostile, "It is open.");
    saw(&archive, "bridge", 3, NewOutcome::Gone);
    let hook = Hook::start(vec![]);
    let template = "template = '{\"text\": {{ (kind ~ \": \" ~ headline)|tojson }}}'";
    let report = tell_one(&teller(&config(&hook, template)), &archive, &Hand::new());
    assert_eq!(report.told.len(), 2);
    let kept = hostile.replace('\u{7}', "");
    let texts: Vec<String> = hook.posts().iter().map(|post| post.json()["text"].as_str().unwrap().to_owned()).collect();
    assert!(texts[0] == format!("edit: {hostile}") || texts[0] == format!("edit: {kept}"), "{texts:?}");
    assert!(texts[1].starts_with("gone: "), "{texts:?}");
}

#[test]
fn a_template_that_makes_no_json_is_said_and_nothing_is_sent() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let hook = Hook::start(vec![]);
    let held =
        tell_one(&teller(&config(&hook, "template = '{\"text\": \"{{ headline }}'")), &archive, &Hand::new()).held;
    assert!(held.unwrap().reason.starts_with("the template makes no JSON"));
    assert_eq!(hook.posts().len(), 0);
    let plain = "template = '{{ headline }}'\ncontent_type = \"text/plain\"";
    tell_one(&teller(&config(&hook, plain).replace("desk", "plain")), &archive, &Hand::new());
    assert_eq!(hook.posts()[0].body, "Bridge collapse");
}

#[test]
fn a_backlog_of_any_length_is_told_a_hundred_at_a_time() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 231);
    let hook = Hook::start(vec![]);
    let (teller, clock) = (teller(&config(&hook, "")), Hand::new());
    let mut told = Vec::new();
    loop {
        let report = tell(&teller, &archive, &clock);
        told.push(report.targets[0].told.len());
        if !report.has_more() {
            break;
        }
    }
    assert_eq!(told, [100, 100, 30]);
    let expected: Vec<String> =
        (17..247).map(|number| format!("{number} -> {} people; no notice", number + 1)).collect();
    assert_eq!(hook.confirmed(), expected);
}
