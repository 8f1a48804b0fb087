//! What a comparison knows from the archive.

use morgue::diff::{Options, Stealth};
use morgue::{Archive, Article, NewCapture, Selector};

use crate::support::{add, in_memory, key, minute};

fn says(at: i64, modified_at: i64, dead: u64) -> NewCapture {
    let article =
        Article::new("The wall fell").with_text(&format!("The wall fell on Monday. It killed {dead} people."));
    let mut capture = NewCapture::article(key("wall"), minute(at), article);
    capture.observation.modified_at = Some(minute(modified_at));
    capture
}

fn stealth(archive: &Archive, options: &Options) -> Option<Stealth> {
    let compared = archive.compare(&key("wall"), &Selector::First, &Selector::Latest, options).unwrap();
    compared.unwrap().diff.summary.stealth
}

#[test]
fn what_the_publisher_says_of_its_changes_is_known_to_a_comparison() {
    let (archive, _) = in_memory();
    add(&archive, [says(1, 0, 17), says(5, 0, 22)]);
    assert_eq!(stealth(&archive, &Options::default()), Some(Stealth::Both), "it says that nothing was modified");
    let (archive, _) = in_memory();
    add(&archive, [says(1, 0, 17), says(5, 4, 22)]);
    assert_eq!(stealth(&archive, &Options::default()), Some(Stealth::NoNotice));
    let mut options = Options::default();
    options.new_modified_at = Some(minute(0));
    assert_eq!(stealth(&archive, &options), Some(Stealth::Both), "who asks knows better");
}
