//! The news is invented.

use proptest::prelude::*;

use super::super::anchors::pair_equal;
use std::ops::Range;

use super::*;
use crate::text::segment;

/// Clauses about a bridge; each sentence of these is longer than the segmenter asks for only with its last clause.
const SENTENCES: [&str; 5] = [
    "เทศบาลเมืองริมน้ำสั่งปิดสะพานข้ามคลอง หลังพบรอยร้าวยาวสองเมตร ที่เสาต้นกลาง เมื่อเช้าวันจันทร์ที่ผ่านมา",
    "วิศวกรสามคนลงไปตรวจใต้น้ำ และถ่ายภาพฐานราก เพื่อส่งให้คณะกรรมการ พิจารณาก่อนสิ้นเดือนนี้ ตามระเบียบของเมือง",
    "ชาวบ้านต้องใช้เรือข้ามฟาก ซึ่งออกทุกยี่สิบนาที จากท่าหน้าตลาด ไปถึงท่าวัดเก่า โดยไม่เสียค่าโดยสารในช่วงนี้",
    "นายกเทศมนตรีกล่าวขอโทษ ต่อพ่อค้าแม่ค้า ที่ขายของไม่ได้ และสัญญาว่าจะลดค่าเช่าแผง ครึ่งหนึ่งจนกว่าสะพานจะเปิด",
    "บริษัทผู้รับเหมารายเดิม ยังไม่ตอบคำถาม ของผู้สื่อข่าว เรื่องเหล็กเส้นที่ใช้ในการก่อสร้าง เมื่อสิบสองปีก่อนหน้านี้",
];

fn sentences_of(texts: &[&str], cuts: &Cuts) -> Vec<String> {
    let of = |(text, cuts): (&&str, &Option<Vec<Range<usize>>>)| -> Vec<String> {
        let ranges = cuts.clone().unwrap_or_else(|| segment::sentences(text));
        ranges.into_iter().map(|range| text.get(range).unwrap_or("not a range").to_owned()).collect()
    };
    texts.iter().zip(cuts).flat_map(of).collect()
}

/// The sentences of both sides.
fn cut_both(old: &[&str], new: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut paragraphs = Links::new(old.len(), new.len());
    pair_equal(old, new, &mut paragraphs);
    let (before, after) = cut(old, new, &paragraphs);
    (sentences_of(old, &before), sentences_of(new, &after))
}

/// Cuts both ways round; the answer must be the same.
fn check(old: &[&str], new: &[&str], wanted: (&[&str], &[&str])) {
    let (old, new) = (old.join(" "), new.join(" "));
    let (before, after) = cut_both(&[&old], &[&new]);
    assert_eq!((before.as_slice(), after.as_slice()), (&wanted.0.map_owned()[..], &wanted.1.map_owned()[..]));
    let (after, before) = cut_both(&[&new], &[&old]);
    assert_eq!((before.as_slice(), after.as_slice()), (&wanted.0.map_owned()[..], &wanted.1.map_owned()[..]));
}

trait MapOwned {
    fn map_owned(&self) -> Vec<String>;
}

impl MapOwned for &[&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn the_segmenter_finds_the_sentences_of_these_tests() {
    let text = SENTENCES.join(" ");
    let found: Vec<&str> = segment::sentences(&text).into_iter().filter_map(|range| text.get(range)).collect();
    assert_eq!(found, SENTENCES);
}

#[test]
fn a_change_of_length_moves_no_cut_behind_it() {
    let [first, second, third, fourth, fifth] = SENTENCES;
    let shorter = first.replace("หลังพบรอยร้าวยาวสองเมตร ", "");
    let changed = third.replace("ยี่สิบ", "สามสิบห้า").replace("จากท่าหน้าตลาด ", "");
    let new = [&shorter, second, &changed, fourth, fifth];
    check(&SENTENCES, &new, (&SENTENCES, &new));
}

#[test]
fn an_inserted_sentence_is_one_and_parts_no_other() {
    let [first, second, third, fourth, fifth] = SENTENCES;
    let shorter = first.replace("หลังพบรอยร้าวยาวสองเมตร ", "");
    let inserted = "โรงเรียนสองแห่งเลื่อนเวลาเข้าเรียน ให้สายกว่าเดิมครึ่งชั่วโมง เพราะเด็กมาไม่ทัน";
    let new = [&shorter, second, third, inserted, fourth, fifth];
    check(&SENTENCES, &new, (&SENTENCES, &new));
}

#[test]
fn a_sentence_that_moved_is_the_same_in_its_new_place() {
    let [first, second, third, fourth, fifth] = SENTENCES;
    let shorter = second.replace("และถ่ายภาพฐานราก ", "");
    let new = [fourth, first, &shorter, third, fifth];
    check(&SENTENCES, &new, (&SENTENCES, &new));
}

#[test]
fn a_few_words_at_an_end_belong_to_their_sentence() {
    let [first, second, third, fourth, fifth] = SENTENCES;
    let longer = format!("{second} เจ้าหน้าที่ยืนยัน");
    let new = [first, &longer, third, fourth, fifth];
    check(&SENTENCES, &new, (&SENTENCES, &new));
}

#[test]
fn sentences_joined_with_and_are_one() {
    let [first, second, third, fourth, fifth] = SENTENCES;
    let joined = format!("{second} และ{third}");
    let new = [first, &joined, fourth, fifth];
    check(&SENTENCES, &new, (&SENTENCES, &new));
}

#[test]
fn a_paragraph_may_be_parted_or_have_no_partner() {
    let [first, second, third, fourth, fifth] = SENTENCES;
    let shorter = first.replace("หลังพบรอยร้าวยาวสองเมตร ", "");
    let old = [first, second, third, fourth].join(" ");
    let new = [[&shorter, second].join(" "), [third, fourth].join(" "), fifth.to_owned()];
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let (before, after) = cut_both(&[&old], &new);
    assert_eq!(before, [first, second, third, fourth]);
    assert_eq!(after, [&shorter, second, third, fourth, fifth]);
}

#[test]
fn equal_paragraphs_and_other_scripts_are_left_to_the_segmenter() {
    let [first, second, ..] = SENTENCES;
    let (old, new) = ([first, "The bridge is closed.", second], [first, "The bridge is open.", "เปิดสะพาน"]);
    let mut paragraphs = Links::new(old.len(), new.len());
    pair_equal(&old, &new, &mut paragraphs);
    let (before, after) = cut(&old, &new, &paragraphs);
    let is_cut = |cuts: &Cuts| cuts.iter().map(Option::is_some).collect::<Vec<_>>();
    assert_eq!((is_cut(&before), is_cut(&after)), (vec![false, false, true], vec![false, false, true]));
    let (before, after) = cut(&["One."], &["Two."], &Links::new(1, 1));
    assert!(before.is_empty() && after.is_empty());
}

/// Texts of a few clauses that come again and again, and any others.
const TEXTS: &str =
    "((สะพาน|ปิด|เรือ12|และเรือ|ตลาด|ที่ท่าวัดเก่าซึ่งอยู่ไกลออกไปมาก|ລາວ|No\\. 5|\\?)[ \u{3000}]{0,2}){0,40}|\\PC{0,40}";

proptest! {
    #[test]
    fn cuts_leave_out_only_space(
        old in prop::collection::vec(TEXTS, 0..4),
        new in prop::collection::vec(TEXTS, 0..4),
    ) {
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        let mut paragraphs = Links::new(old.len(), new.len());
        pair_equal(&old, &new, &mut paragraphs);
        let (before, after) = cut(&old, &new, &paragraphs);
        for (text, cuts) in old.iter().zip(&before).chain(new.iter().zip(&after)) {
            let Some(cuts) = cuts else { continue };
            let mut end = 0;
            for range in cuts {
                prop_assert!(text.get(end..range.start).is_some_and(|gap| gap.trim().is_empty()));
                prop_assert!(text.get(range.clone()).is_some_and(|text| !text.is_empty() && text.trim() == text));
                end = range.end;
            }
            prop_assert!(text.get(end..).is_some_and(|gap| gap.trim().is_empty()));
        }
    }
}
