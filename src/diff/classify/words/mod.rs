//! The words that the classes know, by subject; each list holds ten languages or those where the class can be told.

pub(super) mod boilerplate;
pub(super) mod dates;
pub(super) mod names;
pub(super) mod notices;
pub(super) mod numbers;
pub(super) mod speech;

/// Lines are looked at in normal form C and small letters; a word of a lexicon in another form is never found.
#[cfg(test)]
pub(super) fn check() {
    use unicode_normalization::UnicodeNormalization;
    let all = [boilerplate::all(), notices::all(), speech::all(), numbers::all(), dates::all()].concat();
    assert!(all.len() > 1000);
    for word in all {
        let form: String = word.nfc().collect();
        assert_eq!(word, form, "not in form C");
    }
    for word in [boilerplate::all(), notices::all(), speech::all(), numbers::all()].concat() {
        assert_eq!(word, word.to_lowercase(), "not in small letters");
    }
}
