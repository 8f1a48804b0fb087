//! Sentences, by rules for marks, quotes and abbreviations that look at most a few words around a mark.
//!
//! What decides lies beside a mark, so that an edit moves no boundary far away from it; only in Thai and Lao, where sentences
//! are counted off, the rest of the paragraph may shift.

use std::ops::Range;

use super::clauses::Counted;
use super::ends::Place;
use super::marks::{LOOK, Look, is_markless};
use super::run_in;

/// Returns the sentences of a paragraph, in order, without the white space around them.
///
/// A mark such as `.`, `?`, `。` or `।` ends a sentence together with the quotes and brackets that it closes. A full stop in a
/// number, a name or an abbreviation does not, nor does a mark inside a quotation that goes on in lower case. Where a headline or
/// a caption ran into the text, a sentence also begins without a mark, at a capital that only the start of a sentence explains.
/// Else a paragraph without a mark is one sentence; in Thai and Lao, which have none, a sentence ends at the first space after
/// more than 90 characters, unless no more than 30 are left. Takes time linear in the text.
///
/// ```
/// use morgue::text::segment::sentences;
///
/// let text = "Dr. Vale closed it. “Why now?” asked the U.S. officials. 橋は閉鎖。";
/// let found: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
/// assert_eq!(found, ["Dr. Vale closed it.", "“Why now?” asked the U.S. officials.", "橋は閉鎖。"]);
/// ```
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = skip_space(text, 0);
    let (mut at, mut quoted, mut counted) = (start, false, Counted::from(start));
    while let Some(look) = look(bytes, at) {
        let end = match bytes.get(look) {
            Some(b'"') => {
                let is_whole = quoted && bytes.get(start) == Some(&b'"') && look > start;
                (at, quoted) = (look + 1, !quoted);
                (is_whole && text.get(at..).is_some_and(|rest| rest.starts_with(" \""))).then_some(at)
            }
            Some(b'\n') => {
                at = look + 1;
                before_item(text, at).then_some(look)
            }
            Some(b'A'..=b'Z' | 0xC3 | 0xD0) => {
                at = next_character(bytes, look);
                (!quoted && run_in::begins(text, start, look)).then_some(look)
            }
            _ => {
                if let Some(place) = Place::read(text, start, look, &mut quoted) {
                    at = place.after;
                    place.is_end().then_some(place.after)
                } else if char_at(text, look).is_some_and(is_markless) {
                    let (end, next) = counted.markless_end(text, look);
                    at = next;
                    end
                } else {
                    at = next_character(bytes, look);
                    None
                }
            }
        };
        if let Some(end) = end {
            found.extend(trimmed(text, start, end));
            start = skip_space(text, end);
            (at, quoted, counted) = (start, false, Counted::from(start));
        }
    }
    found.extend(trimmed(text, start, text.len()));
    found
}

/// The next byte that may end a sentence, begin one or matters for one.
fn look(bytes: &[u8], mut from: usize) -> Option<usize> {
    let kind = |byte: &u8| LOOK.get(usize::from(*byte)).copied().unwrap_or(Look::Never);
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| kind(byte) != Look::Never)?;
        let is_capital = || at > 0 && bytes.get(at - 1) == Some(&b' ') && run_in::is_capital(bytes, at);
        if bytes.get(at).map(kind) == Some(Look::Always) || is_capital() {
            return Some(at);
        }
        from = at + 1;
    }
}

fn next_character(bytes: &[u8], at: usize) -> usize {
    at + match bytes.get(at) {
        Some(0xE0..) => 3,
        Some(0xC0..) => 2,
        _ => 1,
    }
}

pub(super) fn skip_space(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + (rest.len() - rest.trim_start().len())
}

fn trimmed(text: &str, start: usize, end: usize) -> Option<Range<usize>> {
    let sentence = text.get(start..end)?.trim_end();
    (!sentence.is_empty()).then(|| start..start + sentence.len())
}

pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at)? {
        byte @ 0..=127 => Some(char::from(*byte)),
        _ => text.get(at..)?.chars().next(),
    }
}

/// Whether a line begins with the mark of a list.
fn before_item(text: &str, line: usize) -> bool {
    let at = line + text.as_bytes().iter().skip(line).take(8).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match char_at(text, at) {
        Some('•' | '◦' | '▪' | '●' | '·') => true,
        Some('-' | '*' | '–') => matches!(text.as_bytes().get(at + 1), Some(b' ') | None),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::string_slice)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each text is given as its sentences, with a line between two.
    pub(in super::super) fn check(between: &str, texts: &[&str]) {
        for wanted in texts {
            let text = wanted.replace('|', between);
            let found: Vec<&str> = sentences(&text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found.join("|"), *wanted);
        }
    }

    #[test]
    fn sentences_are_without_the_space_between() {
        assert_eq!(sentences(" It closed.  Why? "), [1..11, 13..17]);
        assert_eq!(sentences(" \n"), Vec::<Range<usize>>::new());
    }

    #[test]
    fn a_stop_in_a_number_a_name_or_an_address_is_no_end() {
        check(
            " ",
            &[
                "It rose 1.5 points on 3.11.2023.|See www.ferry.example for more.|Write to a.b@port.example now.",
                "J. K. Marlow and George W. Finch sail.|U.S. officials left the U.S.|The ferry stayed.",
                "It sails at 5 p.m. Tuesday.|It is back at 9 a.m.|Passengers wait.",
                "She read plan.v2.txt twice.|iFerry is new.|2012.|Port Vale.|1. Fares rise.|The (U.S.) Navy came.|(It left.)|She stayed.",
            ],
        );
    }

    #[test]
    fn an_abbreviation_is_no_end() {
        check(
            " ",
            &[
                "Mr. Vale met Dr. Ito and Gen. Moss.|They met on Jan. 5 at Pier No. 3.",
                "They met in Port Vale D.C.|Image: Ann Vale.",
                "Harbor Inc. chief Ann Vale left Harbor Inc.|She sold it, e.g. the ferry, etc. for cash.",
                "Die Fähre fährt z.B. am 3. Oktober.|Sie kostet ca. 5 Mio. Euro.|Am 12. März war sie bzw. Dr. Vale da.|Es war 1995.|Dann nicht.",
                "M. Vale et Mme. Ito sont là.|Elle part.",
                "El Sr. Vale vive en EE.UU. desde mayo.|La Sra. Ito no.",
                "Порт закрыт в 2005 г. из-за шторма, т.е. надолго.|Он стоит 5 млн руб. и т.д.|Проф. А. В. Вал ушёл.|Он дома.",
                "डॉ. वाले आए।|वे गए।",
                "قال د. فالي نعم.|ثم غادر؟|لا.",
            ],
        );
    }

    #[test]
    fn what_a_mark_closes_belongs_to_its_sentence() {
        check(
            " ",
            &[
                "“Stop!” he said.|“Go.”|He went (slowly.)|She asked: 'Why?'|Nobody knew.",
                "\"We go. |We stay.\"|He left.|\"Why?\" she asked.".replace(". |", ".|").as_str(),
                "He said \" Go ! \"|They went .|It ended .",
                "« Bonjour ! » dit-il.|« Le pont est fermé. »|Il part.",
                "„Das Tor ist zu.“|Er ging.|»Nein!« rief sie.|Sie blieb.",
                "¿Quién cierra el puente?|¡Nadie!|«No hay paso.»|Lo dijo ayer.",
                "«Мост закрыт».|Он ушёл.|— Кто? — спросила она.",
                "It closed.[3][4]|It opened.",
            ],
        );
    }

    #[test]
    fn an_ellipsis_before_a_small_letter_is_no_end() {
        check(" ", &["He waited... and left.|Then… nothing.|Well...|The end?!|Yes!!!"]);
    }

    #[test]
    fn scripts_without_spaces_need_none_between_sentences() {
        check(
            "",
            &[
                "橋は閉鎖。|再開は未定。|「なぜ。」と彼は言った。|「まだだ。」|彼は去った！|本当？|はい。",
                "大桥关闭。|“何时开放？”|没有人知道！|他走了。",
                "他说：“大桥关闭。\"|没有人知道。|他走了。",
            ],
        );
    }

    #[test]
    fn thai_ends_at_a_space_when_it_is_long() {
        let clause = "สะพานปิด".repeat(6);
        let text = [clause.as_str(); 4].join(" ");
        let found: Vec<&str> = sentences(&text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, [[clause.as_str(); 2].join(" ").as_str(); 2]);
        let english = "The ferry ไทย ".repeat(20);
        assert_eq!(sentences(&english).len(), 1);
    }

    #[test]
    fn a_short_rest_of_a_thai_paragraph_is_no_sentence() {
        let clause = "สะพานปิด".repeat(12);
        for (rest, sentences_in_it) in [("1998 นาน", 1), ("เรือข้ามฟากวิ่งทุกสิบนาทีจนถึงเที่ยงคืน", 2)]
        {
            assert_eq!(sentences(&format!("{clause} {rest}")).len(), sentences_in_it, "{rest}");
        }
    }

    #[test]
    fn an_item_of_a_list_is_a_sentence() {
        check("\n", &["Fares:|- bridge 3|- ferry 5", "One|• two"]);
        assert_eq!(sentences("A line\nthat goes on").len(), 1);
    }

    const PIECES: &str = "([a-zA-Z]{1,3}|[0-9]|[.!?…。।؟]|[\"'“”«»()\\[\\]「」]|[ \n\u{a0}]|[กขхХहع橋、,-]|\\PC){0,60}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn sentences_are_in_order_and_leave_out_only_space(text in PIECES) {
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(text[end..range.start].trim().is_empty());
                prop_assert!(!text[range.clone()].is_empty() && text[range.clone()].trim() == &text[range.clone()]);
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }

        #[test]
        fn an_edit_moves_no_boundary_behind_the_next_sentences(text in "[ab .\"]{0,40}", edit in "[ab.!,\"]{0,5}") {
            let tail = " Then the ferry left. It was late. \" Why ? \" He went .";
            let ends = |head: &str| -> Vec<usize> {
                let text = format!("{head}{tail}");
                sentences(&text).into_iter().rev().take(2).map(|range| text.len() - range.start).collect()
            };
            prop_assert_eq!(ends(&text), ends(&format!("{edit}{text}")));
        }
    }
}
