//! Configurations, good and bad.

use morgue::track::tell::{Config, Teller};

use super::support::secret;

const WHOLE: &str = r#"
[[source]]
url = "https://news.example/feed.xml"

[[tell]]
name = "program"
kind = "command"
command = ["notify", "--now"]
when = "stealth or number"
timeout = "10s"

[[tell]]
name = "hook"
kind = "webhook"
url = "https://desk.example/hook"
secret_env = "HOOK_SECRET"
every = "1h"
template = '{"text": {{ (count ~ " changes, first " ~ hosts[0].stories[0].items[0].summary)|tojson }}}'

[[tell]]
name = "mail"
kind = "mail"
to = ["desk@gazette.example"]
sender = "morgue@gazette.example"
every = "1d"
subject = "{{ count }} changes"
template = "{% for host in hosts %}{{ host.host }}{% for story in host.stories %}{{ story.headline }}{% endfor %}{% endfor %}{{ left_out }}{{ since }}{{ until }}"

[[tell]]
name = "atom"
kind = "atom"
file = "changes.atom"
from = "start"

[[tell]]
name = "json"
kind = "json-feed"
file = "changes.json"
link = "https://desk.example/changes.json"
entries = 10
"#;

fn error(config: &str) -> String {
    match Config::parse(config) {
        Err(error) => error.to_string(),
        Ok(config) => Teller::new(&config.tell, &secret).unwrap_err().to_string(),
    }
}

#[test]
fn every_kind_of_target_can_be_described() {
    let config = Config::parse(WHOLE).unwrap();
    assert_eq!(config.tell.len(), 5);
    let teller = Teller::new(&config.tell, &secret).unwrap();
    let shown = format!("{teller:?}");
    assert!(!shown.contains("desk.example/hook"), "neither the address nor the secret of a hook: {shown}");
}

#[test]
fn an_error_names_the_target_and_the_field() {
    let command = "[[tell]]\nname = \"x\"\nkind = \"command\"\ncommand = [\"true\"]\n";
    let hook = "[[tell]]\nname = \"x\"\nkind = \"webhook\"\nurl = \"https://desk.example/\"\n";
    let mail = "[[tell]]\nname = \"x\"\nkind = \"mail\"\nto = [\"a@b\"]\nsender = \"c@d\"\n";
    for (config, expected) in [
        (format!("{command}{command}"), "two targets are called \"x\""),
        (command.replace("\"x\"", "\"a b\""), "target \"a b\", name: expected 1 to 48 letters"),
        (
            command.replace("command = ", "to = "),
            "target \"x\", to: it is a field of kind \"mail\", and the kind here is \"command\"",
        ),
        (format!("{command}url = \"https://a.example/\""), "target \"x\", url: it is a field of kind \"webhook\""),
        (format!("{command}file = \"a\""), "target \"x\", file: it is a field of kind \"atom\" and \"json-feed\""),
        (format!("{command}shell = \"true\""), "target \"x\", shell: there is `command` as well"),
        (command.replace("[\"true\"]", "[]"), "target \"x\", command: expected the program and its arguments"),
        ("[[tell]]\nname = \"x\"\nkind = \"command\"\n".to_owned(), "target \"x\", command: name the program"),
        (format!("{command}every = \"often\""), "target \"x\", every: expected a time such as 30m"),
        (
            format!("{command}every = \"1s\""),
            "target \"x\", every: expected a time such as 30m, 1h or 1d of at least 60 s, found \"1s\"",
        ),
        (
            format!("{command}timeout = \"1h\""),
            "target \"x\", timeout: expected a time such as 30m, 1h or 1d of at least 1 s and at most 600 s",
        ),
        (
            hook.replace("https://desk.example/", "ftp://desk.example/"),
            "target \"x\", url: expected a URL of http or https",
        ),
        (
            hook.replace("url = \"https://desk.example/\"", ""),
            "target \"x\", url: a target of kind \"webhook\" needs it",
        ),
        (format!("{hook}secret_env = \"NO_SECRET\""), "target \"x\", secret_env: the variable NO_SECRET is not set"),
        (format!("{hook}content_type = \"json\""), "target \"x\", content_type: expected a type"),
        (mail.replace("a@b", "a@b\\r\\nBcc: x@y"), "target \"x\", to: expected an address"),
        (mail.replace("c@d", "somebody"), "target \"x\", sender: expected an address"),
        (mail.replace("[\"a@b\"]", "[]"), "target \"x\", to: expected 1 to 100 addresses"),
        (
            "[[tell]]\nname = \"x\"\nkind = \"atom\"\nfile = \"/nowhere/at/all.atom\"".to_owned(),
            "target \"x\", file: there is no directory /nowhere/at",
        ),
        (
            "[[tell]]\nname = \"x\"\nkind = \"atom\"\nfile = \"a.atom\"\nentries = 0".to_owned(),
            "target \"x\", entries: expected a number from 1 to 1000",
        ),
        (
            "[[tell]]\nname = \"x\"\nkind = \"atom\"\nfile = \"a.atom\"\nlink = \"a.atom\"".to_owned(),
            "target \"x\", link: expected the URL",
        ),
    ] {
        let error = error(&config);
        assert!(error.starts_with(expected), "{config}\n{error}");
    }
}

#[test]
fn an_error_of_the_file_names_the_line() {
    for (config, expected) in [
        ("[[tell]]\nname = \"x\"\nkind = \"pigeon\"\n", "unknown variant `pigeon`"),
        ("[[tell]]\nname = \"x\"\nkind = \"command\"\ncomand = [\"true\"]\n", "unknown field `comand`"),
        (
            "[[tell]]\nname = \"x\"\nkind = \"command\"\nwhen = \"stealth or nubmer\"\n",
            "column 12: expected a kind or class",
        ),
        ("[[tell]]\nname = x\n", "line 2"),
    ] {
        let error = error(config);
        assert!(error.contains(expected) && error.contains("line "), "{error}");
    }
}

#[test]
fn an_error_of_a_template_names_the_line_and_what_it_may_use() {
    let of = |template: &str, more: &str| {
        error(&format!(
            "[[tell]]\nname = \"x\"\nkind = \"command\"\ncommand = [\"true\"]\n{more}\ntemplate = '''{template}'''\n"
        ))
    };
    for (template, more, expected) in [
        (
            "{{ headline }}\n{{ titel }}",
            "",
            "target \"x\", template: line 2: there is no `titel`; it may use added, captured_at, classes",
        ),
        ("a\nb\n{{ headline", "", "target \"x\", template: line 3: syntax error"),
        ("{% for x in tags %}{{ x }}", "", "target \"x\", template: line 1: syntax error"),
        (
            "{{ headline }}",
            "every = \"1d\"",
            "target \"x\", template: line 1: there is no `headline`; it may use count, hosts, left_out",
        ),
        ("{{ headline|shout }}", "", "target \"x\", template: line 1: unknown filter"),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
            "",
            "target \"x\", template: line 1: engine ran out of fuel",
        ),
    ] {
        let error = of(template, more);
        assert!(error.starts_with(expected), "{error}");
    }
}
