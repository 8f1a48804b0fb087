//! Sentences that begin without a mark before them.
//!
//! A page's headlines, captions and datelines run into its text when it is scraped: `Ferry stops for good In the harbour nobody`.
//! A capital that no name explains tells where: that of an article, a pronoun, a preposition or another of the small words.
//! What decides is the words on both sides.

use super::dateline;
use super::marks::{closes, is_cjk, is_markless};
use super::openers::{Opener, is_carrier, is_english, is_label, is_title, opener};

/// The longest word that is looked at, in bytes.
const WORD_BYTES: usize = 32;

/// Whether a sentence begins at a byte although no mark ends the one before, which began at `start`.
pub(super) fn begins(text: &str, start: usize, at: usize) -> bool {
    if at <= start {
        return false;
    }
    let word = word_from(text, at);
    let after = text.get(at + word.len()..).unwrap_or_default();
    let before = text.get(start..at).unwrap_or_default().trim_end();
    let Some(last) = before.chars().next_back() else { return false };
    if last == ')' && is_emoticon(before) || is_after_dateline(text, start, at) {
        return true;
    }
    let may_end = match last {
        ';' | ':' => true,
        '"' => before.starts_with('"'),
        '\'' => before.ends_with("''"),
        '-' | '–' | '—' => before.strip_suffix(last).is_some_and(|before| before.ends_with(' ')),
        _ => last.is_alphanumeric() && !is_markless(last) && !is_cjk(last) || closes(last),
    };
    if !may_end {
        return false;
    }
    match opener(word) {
        Some(Opener::Adverb) => after.starts_with(',') && last != ':',
        Some(opener) => after.starts_with(' ') && opens_sentence(opener, word, before, after.trim_start()),
        None if after.starts_with(": ") && is_label(word) || dateline::length(text, at).is_some() => {
            last != ':' && !is_carrier(last_word(before))
        }
        None => dateline::is_place_line(text, at) && !dateline::is_place_line(text, at - 1 - last_word(before).len()),
    }
}

/// Whether the words around a capital let it begin a sentence.
///
/// After a colon German has a capital if a whole sentence follows; elsewhere a quotation or a title may.
fn opens_sentence(opener: Opener, word: &str, before: &str, next: &str) -> bool {
    let last = before.chars().next_back().unwrap_or(' ');
    let last_word = last_word(before);
    let next_word = word_from(next, 0);
    let is_small_next = || next_word.chars().next().is_some_and(char::is_lowercase);
    match opener {
        Opener::Sure | Opener::Article if is_english(next_word) => false,
        Opener::Sure => true,
        _ if last == ':' => opener == Opener::Article || matches!(word, "So" | "Du" | "Ihr"),
        _ if last == ';' => true,
        // No article follows an article; but `ein` ends many a German sentence: `Der Turm stürzt ein`.
        Opener::Article if last_word == "ein" => !is_title(next_word),
        _ if is_carrier(last_word) => false,
        Opener::Article => !is_title(next_word),
        Opener::Time if next_word == "the" || is_time(next_word) => true,
        // The first word of a sentence has a capital anyway: `Durch Ihre Hinweise`.
        Opener::Possessive if is_capital_word(next_word) => {
            word.starts_with('S') || is_capital_word(last_word) && before.contains(' ')
        }
        Opener::Pronoun | Opener::Time | Opener::Possessive => is_small_next(),
        _ => is_small_next() && !is_capital_word(last_word),
    }
}

fn is_capital_word(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// A quick look at a Latin or Cyrillic capital.
pub(super) fn is_capital(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(0xC3) => matches!(bytes.get(at + 1), Some(0x80..=0x9E)),
        Some(0xD0) => matches!(bytes.get(at + 1), Some(0x81 | 0x90..=0xAF)),
        _ => true,
    }
}

fn is_after_dateline(text: &str, start: usize, at: usize) -> bool {
    at - start < 64 && dateline::length(text, start).is_some_and(|length| start + length + 1 == at)
}

/// A day, a month or a year after `In`, `On`: `On Tuesday the`.
fn is_time(word: &str) -> bool {
    dateline::is_day(word)
        || dateline::is_month(word)
        || word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn word_from(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let inside = |character: char| character.is_alphanumeric() || matches!(character, '\'' | '’');
    let end = rest.char_indices().take(WORD_BYTES).find(|(_, character)| !inside(*character));
    rest.get(..end.map_or(rest.len(), |(end, _)| end)).unwrap_or_default()
}

fn last_word(before: &str) -> &str {
    let mut from = before.len();
    for character in before.chars().rev().take(WORD_BYTES) {
        if !character.is_alphanumeric() {
            break;
        }
        from -= character.len_utf8();
    }
    before.get(from..).unwrap_or_default()
}

/// `:-)`, `;)`
fn is_emoticon(before: &str) -> bool {
    [":-)", ":)", ";-)", ";)", ":-D", ":-(", ":("].iter().any(|face| before.ends_with(face))
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::super::sentences::tests;

    fn check(texts: &[&str]) {
        tests::check(" ", texts);
    }

    #[test]
    fn a_small_word_with_a_capital_begins_a_sentence() {
        check(&[
            "Ferry stops for good|In the harbour nobody knew",
            "Fares rise by a tenth|They rose in May too",
            "Published 12:46|However, the ferry left",
            "Fähre fährt nicht mehr|Die Stadt bedauert das",
            "Der Streit um die Brücke im Westen|Zudem fehlt Geld",
            "Am Hafen stürzte der Turm ein|Die Stadt bedauert das",
            "Streit um die alte Brücke|Ihr Abriss ist umstritten",
            "Kapitän bleibt verschwunden|Seine Frau sucht ihn",
            "Мост закрыт надолго|После шторма он упал",
            "Le pont reste fermé|Selon la ville il rouvrira",
        ]);
    }

    #[test]
    fn a_title_or_a_name_within_a_sentence_begins_none() {
        check(&[
            "It was printed in The Harbour Times and The Bay",
            "She wrote it for The Harbour, a weekly",
            "Das stand im Magazin Der Spiegel und in Die Zeit",
            "Sie zog nach Den Haag, zum Gericht Den Haag",
            "The film In the fog won, and Anil Das was there",
            "John Von Vale sailed off Auch Island",
            "У него гепатит В и грипп",
            "Wir danken für Ihr Vertrauen und haben Ihre Fähre geputzt",
            "Durch Ihre Hinweise fuhr sie wieder",
            "Sie wohnt an der Seine Nähe Paris",
        ]);
    }

    #[test]
    fn datelines_labels_and_faces_end_what_ran_into_them() {
        check(&[
            "Harbour magazine reports|Saturday, January 31, 2009|Divers found it",
            "It closed on Saturday, January 31, 2009 Harbour time",
            "Hafen gesperrt|Samstag, 31. Januar 2009|Taucher suchen",
            "Puerto cerrado|Sábado, 31 de enero de 2009|Buzos buscan",
            "Мост закрыт|Суббота, 31 января 2009|Водолазы ищут",
            "The pier at night|Image: Ann Vale",
            "Kapitän tot|BERGEN, 5. November (dvt).|Er war 60",
            "Kapitän tot|DEN HAAG, 5. November (dvt).|Er war 60",
            "Thanks for the ride :-)|Ann was great",
        ]);
    }

    #[test]
    fn whole_sentences_behind_a_colon_or_a_semicolon_are_their_own() {
        check(&[
            "Sie warnt vor dem Sturm:|Die Fähre bleibt im Hafen",
            "The ferry left; the pier closed",
            "The ferry left;|The pier closed",
            "He said: The Harbour is shut",
            "- If it rains",
        ]);
    }

    #[test]
    fn whole_quotations_in_a_row_are_sentences() {
        check(&[
            "\"Brücke bleibt zu\"|\"Fähre fährt\"|\"Alles gut\"",
            "\"We stay.\"|\"we wait.\"",
            "He called it \"bad\" \"sad\" news",
        ]);
    }
}
