//! Mail, through a program that only keeps what it is given.

use std::fs;
use std::path::{Path, PathBuf};

use mail_parser::{Message, MessageParser};
use morgue::Archive;

use super::support::{Hand, edits, script, see, tell_one, teller};

/// A sendmail that numbers what it is given.
fn sendmail(dir: &Path) -> PathBuf {
    let path = dir.join("sendmail");
    script(&path, "cd \"$(dirname \"$0\")\"\necho \"$*\" >> arguments\ncat > \"mail-$(ls | wc -l)\"");
    path
}

fn mails(dir: &Path) -> Vec<String> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("mail-"));
    paths.sort();
    paths.into_iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn config(sendmail: &Path, more: &str) -> String {
    format!(
        "[[tell]]\nname = \"desk\"\nkind = \"mail\"\nfrom = \"start\"\nsendmail = {:?}\n\
         to = [\"desk@gazette.example\", \"night@gazette.example\"]\nsender = \"morgue@gazette.example\"\n{more}\n",
        sendmail.to_str().unwrap()
    )
}

fn parse(mail: &str) -> Message<'_> {
    MessageParser::default().parse(mail).unwrap()
}

#[test]
fn a_mail_says_what_changed_as_text_and_as_html() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 3);
    let dir = tempfile::tempdir().unwrap();
    let path = sendmail(dir.path());
    let report = tell_one(&teller(&config(&path, "")), &archive, &Hand::new());
    assert_eq!(report.told.len(), 2, "{report:?}");
    assert_eq!(fs::read_to_string(dir.path().join("arguments")).unwrap(), "-t -i\n-t -i\n");
    let mails = mails(dir.path());
    assert!(mails.iter().all(|mail| !mail.contains('\r') && mail.lines().all(|line| line.len() <= 998)));
    let (first, second) = (parse(&mails[0]), parse(&mails[1]));
    assert_eq!(first.subject(), Some("Bridge collapse: 17 -> 18 people; no notice"));
    assert_eq!(first.from().unwrap().first().unwrap().address(), Some("morgue@gazette.example"));
    let to: Vec<_> = first.to().unwrap().iter().map(|one| one.address().unwrap()).collect();
    assert_eq!(to, ["desk@gazette.example", "night@gazette.example"]);
    assert_eq!(first.date().unwrap().to_timestamp(), 1_772_923_200);
    let id = report.told[0].id.strip_prefix("urn:uuid:").unwrap();
    assert_eq!(first.message_id(), Some(format!("{id}@gazette.example").as_str()));
    assert_ne!(first.message_id(), second.message_id());
    assert_eq!(first.references().as_text(), second.references().as_text(), "they are of one story");
    assert_eq!(first.header("Auto-Submitted").unwrap().as_text(), Some("auto-generated"));
    let text = first.body_text(0).unwrap();
    assert!(text.contains("https://news.example/bridge\n") && text.contains("- 17\n+ 18\n"), "{text}");
    let html = first.body_html(0).unwrap();
    assert!(html.contains("<del>17</del><ins>18</ins>"), "{html}");
    assert!(html.contains("<a href=\"https://news.example/bridge\">Bridge collapse</a>"), "{html}");
}

#[test]
fn no_headline_makes_a_header_or_a_tag() {
    let dir = tempfile::tempdir().unwrap();
    let path = sendmail(dir.path());
    let hostile = [
        "Open\r\nBcc: everybody@gazette.example\r\n\r\nBuy",
        "Open\u{2028}Bcc: everybody@gazette.example\u{0}",
        "=?utf-8?Q?Open=0D=0ABcc:_x@y?=",
        "Brücke offen – «Überraschung» 橋が開いた 🌉",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        &"A very long headline goes on and on ".repeat(60),
        ".\n.\nFrom here on",
    ];
    let archive = Archive::in_memory();
    // Of a short text, a very long headline would be the most.
    let text: Vec<String> = (0..200).map(|number| format!("In hall {number} the divers found a crack.")).collect();
    for (place, headline) in (0..).zip(hostile) {
        see(&archive, &format!("story-{place}"), place * 10, "Bridge", &text.join(" "));
        see(&archive, &format!("story-{place}"), place * 10 + 1, headline, &text.join(" "));
    }
    let report = tell_one(&teller(&config(&path, "subject = \"{{ headline }}\"")), &archive, &Hand::new());
    assert_eq!(report.told.len(), hostile.len(), "{report:?}");
    let mails = mails(dir.path());
    assert_eq!(mails.len(), hostile.len());
    let mut subjects = Vec::new();
    for mail in &mails {
        let (head, _) = mail.split_once("\n\n").unwrap();
        assert!(head.is_ascii(), "{head}");
        let names: Vec<&str> = head
            .lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        for name in &names {
            let known = [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "References",
                "MIME-Version",
                "Content-Type",
            ];
            assert!(known.contains(name), "{name} in {head}");
        }
        assert_eq!(names.iter().filter(|name| **name == "Subject").count(), 1, "{head}");
        let parsed = parse(mail);
        assert!(parsed.bcc().is_none());
        let html = parsed.body_html(0).unwrap();
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        subjects.push(parsed.subject().unwrap().to_owned());
    }
    assert!(subjects.iter().any(|subject| subject == hostile[3]), "{subjects:?}");
    assert!(subjects.iter().any(|subject| subject.starts_with("Open Bcc: everybody")), "{subjects:?}");
    assert!(subjects.iter().any(|subject| subject == hostile[2]), "what looks encoded is text: {subjects:?}");
    assert!(subjects.iter().all(|subject| subject.chars().count() <= 303));
}

#[test]
fn a_mail_without_html_has_one_part() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let dir = tempfile::tempdir().unwrap();
    let path = sendmail(dir.path());
    tell_one(
        &teller(&config(&path, "html = false\ntemplate = \"{{ kind }} – {{ summary }}\"")),
        &archive,
        &Hand::new(),
    );
    let mails = mails(dir.path());
    let mail = parse(&mails[0]);
    assert_eq!((mail.text_body_count(), mail.parts.len()), (1, 1));
    assert_eq!(mail.body_text(0).unwrap().trim_end(), "edit – 17 -> 18 people; no notice");
}

#[test]
fn a_mail_that_is_not_taken_is_sent_again() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sendmail");
    script(&path, "echo 'the queue is full' >&2; exit 75");
    let (teller, clock) = (teller(&config(&path, "")), Hand::new());
    let reason = tell_one(&teller, &archive, &clock).held.unwrap().reason;
    assert!(reason.ends_with("exit status: 75: the queue is full"), "{reason}");
    sendmail(dir.path());
    clock.pass(60);
    assert_eq!(tell_one(&teller, &archive, &clock).told.len(), 1);
    assert_eq!(mails(dir.path()).len(), 1);
}
