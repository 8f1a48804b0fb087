//! Packs are what they were made of, and no damage to one goes unnoticed.

use std::sync::Arc;

use proptest::prelude::*;

use super::build::{Gathering, NewSection, NewText, Packed, compress, encode};
use super::*;
use crate::format::frame::QUICK;

/// A section of a story with some versions, newest first.
fn section(name: &str, versions: usize, paragraphs: usize) -> NewSection {
    let key = StoryKey::id(name).unwrap();
    let mut section = NewSection::new(key.clone());
    for version in 0..versions {
        let lines = (0..paragraphs).map(|line| format!("Line {line} of {name}, as the council had it.\n"));
        let text: Arc<str> = format!("{}Version {version} of {name}.\n", lines.collect::<String>()).into();
        let (hash, folded) = (ArticleHash::of(text.as_bytes()), FoldedHash(version as u64));
        section.texts.insert(0, NewText { hash, folded, text });
        let outcome = Outcome::Article(hash);
        let observation = Observation { status: Some(200), lang: Some("en".into()), ..Observation::default() };
        section.captures.push(Capture {
            key: key.clone(),
            captured_at: Timestamp::from_micros(1_700_000_000_000_000 + version as i64 * 3_600_000_001).unwrap(),
            digest: digest(&outcome, &observation),
            outcome,
            observation,
            folded: Some(folded),
            arrival: 1_000 - version as u64,
        });
    }
    section
}

fn row(sections: &[NewSection]) -> Vec<u8> {
    encode(7, sections, compress(sections, QUICK).unwrap()).unwrap()
}

fn texts(pack: &Pack) -> Vec<(StoryKey, Result<String, FormatError>)> {
    texts_with(pack, None)
}

/// The texts of a pack, read with the help of one that stands elsewhere.
fn texts_with(pack: &Pack, base: Option<&NewText>) -> Vec<(StoryKey, Result<String, FormatError>)> {
    let mut texts = Vec::new();
    let elsewhere = |_: &Section, hash: &ArticleHash| {
        let base = base.filter(|base| base.hash == *hash).map(|base| base.text.to_string());
        base.ok_or_else(|| malformed("it is not there"))
    };
    pack.each_text(elsewhere, |section, _, text| texts.push((section.key.clone(), text.map(str::to_owned))));
    texts
}

/// The latest versions of a story, and an earlier one that stands elsewhere.
fn hanging(versions: usize, paragraphs: usize) -> NewSection {
    let mut section = section("a bridge", versions + 1, paragraphs);
    section.base = section.texts.pop();
    section
}

#[test]
fn a_pack_holds_what_it_was_made_of() {
    let mut sections = vec![section("a bridge", 3, 40), section("b harbour", 1, 4_000), section("c market", 40, 2_000)];
    let of = StoryKey::url("https://news.example/bridge").unwrap();
    let at = Timestamp::from_micros(7).unwrap();
    sections[0].links.push(Link { of: of.clone(), dates: AliasDates::default() });
    let dates = AliasDates { since: Some(at), merged_at: None, split_at: Some(at) };
    sections[1].links.push(Link { of, dates });
    let raw = Raw { captured_at: at, digest: [1; 8], hash: RawHash([2; 16]), bytes: 9, is_alone: true };
    sections[1].raws.extend([raw.clone(), Raw { is_alone: false, ..raw }]);
    let pack = Pack::decode(7, &row(&sections)).unwrap().unwrap();
    let told: Vec<String> = texts(&pack).into_iter().map(|(_, text)| text.unwrap()).collect();
    let given: Vec<String> =
        sections.iter().flat_map(|section| &section.texts).map(|text| text.text.to_string()).collect();
    assert_eq!(told, given);
    for section in &sections {
        let read = pack.section(&section.key.sort_bytes()).unwrap();
        assert_eq!((&read.captures, &read.links), (&section.captures, &section.links));
        assert_eq!(read.raws, section.raws);
    }
    assert!(pack.section(b"iz").is_none());
}

#[test]
fn an_empty_row_is_no_pack_and_another_place_is_damage() {
    assert!(Pack::decode(7, &[]).unwrap().is_none());
    assert_eq!(Pack::decode(8, &row(&[section("a", 1, 1)])).unwrap_err(), FormatError::Checksum);
}

#[test]
fn damage_to_any_byte_of_a_pack_is_noticed() {
    let whole = row(&[section("a", 2, 3)]);
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        assert!(Pack::decode(7, &damaged).is_err(), "byte {place}");
    }
}

/// The checksum of a row can be right and its frames wrong: then the hash of each text tells.
#[test]
fn a_frame_that_was_swapped_for_another_gives_no_text() {
    let (one, other) = (section("a", 1, 3), section("a", 1, 4));
    let mut pack = Pack::decode(7, &row(&[one])).unwrap().unwrap();
    pack.data = Pack::decode(7, &row(&[other])).unwrap().unwrap().data;
    assert!(texts(&pack).iter().all(|(_, text)| text.is_err()));
}

/// A frame that is its own prefix would unpack for ever.
#[test]
fn frames_in_a_circle_are_refused() {
    let mut pack = Pack::decode(7, &row(&[section("a", 2, 3)])).unwrap().unwrap();
    assert!(pack.check_bases().is_ok());
    pack.frames[0].base = Some(BaseRecord::Here(1));
    assert!(pack.check_bases().is_err());
    pack.frames[0].base = Some(BaseRecord::Here(99));
    assert!(pack.check_bases().is_err());
}

#[test]
fn versions_of_a_story_whose_earlier_ones_are_elsewhere_hang_on_one_of_them() {
    let sections = [hanging(2, 400), section("b harbour", 2, 400)];
    let alone = NewSection { base: None, ..sections[0].clone() };
    let hung = row(&sections);
    assert!(hung.len() < row(&[alone, sections[1].clone()]).len());
    let pack = Pack::decode(7, &hung).unwrap().unwrap();
    let given: Vec<String> =
        sections.iter().flat_map(|section| &section.texts).map(|text| text.text.to_string()).collect();
    let told = texts_with(&pack, sections[0].base.as_ref()).into_iter().map(|(_, text)| text.unwrap());
    assert_eq!(told.collect::<Vec<_>>(), given);
    assert_eq!(pack.sections.iter().map(|section| pack.has_head(section)).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn without_its_base_or_with_a_wrong_one_a_text_is_an_error_and_the_others_are_told() {
    let sections = [hanging(2, 400), section("b harbour", 2, 400)];
    let pack = Pack::decode(7, &row(&sections)).unwrap().unwrap();
    let is_told =
        |base: Option<&NewText>| texts_with(&pack, base).iter().map(|(_, text)| text.is_ok()).collect::<Vec<_>>();
    assert_eq!(is_told(None), [false, false, true, true]);
    let base = sections[0].base.as_ref().unwrap();
    let wrong = NewText { text: base.text.replace("council", "harbour").into(), ..base.clone() };
    assert_eq!(is_told(Some(&wrong)), [false, false, true, true]);
    assert_eq!(is_told(Some(base)), [true; 4]);
}

#[test]
fn what_gains_little_by_a_base_hangs_on_none() {
    let short = hanging(2, 3);
    let mut other = hanging(1, 400);
    let noise: String = (0..1_000_u32).map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761))).collect();
    let hash = ArticleHash::of(noise.as_bytes());
    other.texts = vec![NewText { hash, folded: FoldedHash(0), text: noise.into() }];
    other.captures.clear();
    for section in [short, other] {
        let pack = Pack::decode(7, &row(&[section])).unwrap().unwrap();
        assert!(pack.has_head(&pack.sections[0]));
        assert!(texts(&pack).iter().all(|(_, text)| text.is_ok()));
    }
}

#[test]
fn a_pack_that_is_written_anew_keeps_its_frames() {
    let sections = [hanging(2, 400), section("b harbour", 3, 40)];
    let packed = Packed::of(&Pack::decode(7, &row(&sections)).unwrap().unwrap()).unwrap();
    let again = encode(7, &sections, packed).unwrap();
    let pack = Pack::decode(7, &again).unwrap().unwrap();
    assert!(texts_with(&pack, sections[0].base.as_ref()).iter().all(|(_, text)| text.is_ok()));
}

#[test]
fn a_section_that_does_not_fit_begins_the_next_pack() {
    let mut gathering = Gathering::default();
    assert!(gathering.push(section("a", 1, 900)).is_none());
    let full = gathering.push(section("b", 1, 900)).expect("two of 40 KB are more than a pack takes");
    assert_eq!(full.len(), 1);
    assert!(gathering.push(section("b", 1, 1)).is_some(), "a key has one section in a pack");
    assert_eq!(gathering.take().len(), 1);
    assert!(gathering.take().is_empty());
}

proptest! {
    #[test]
    fn random_bytes_never_panic_the_reader(bytes: Vec<u8>, packed: Vec<u8>, frames: Vec<u8>) {
        prop_assert!(Pack::decode(7, &bytes).is_err() || bytes.is_empty());
        let contents = frame::compress(&packed, b"", QUICK).unwrap();
        let record = PackRecord { bytes: packed.len() as u32, contents, frames };
        let row = codec::encode(&key::pack(7), &record).unwrap();
        if let Ok(Some(pack)) = Pack::decode(7, &row) {
            let _ = texts(&pack);
        }
    }

    #[test]
    fn times_and_arrivals_of_any_size_are_read_back(times in prop::collection::vec(any::<(i64, u32)>(), 0..6)) {
        let mut section = section("a", 0, 0);
        for (micros, arrival) in times {
            let span = Timestamp::MAX.as_micros() - Timestamp::MIN.as_micros();
            let at = Timestamp::from_micros(Timestamp::MIN.as_micros() + micros.rem_euclid(span)).unwrap();
            let observation = Observation { published_at: Some(at), modified_at: Some(Timestamp::MIN), ..Observation::default() };
            let (outcome, arrival) = (Outcome::Gone, u64::from(arrival) << 20);
            let digest = digest(&outcome, &observation);
            section.captures.push(Capture { key: section.key.clone(), captured_at: at, digest, outcome, observation, folded: None, arrival });
        }
        section.captures.sort_by_key(Capture::order);
        section.captures.dedup_by_key(|capture| capture.order());
        let row = row(std::slice::from_ref(&section));
        prop_assert_eq!(&Pack::decode(7, &row).unwrap().unwrap().sections[0].captures, &section.captures);
    }
}

/// A pack that would not say the same again is never written.
#[test]
fn captures_that_would_not_be_read_back_are_refused() {
    let encoded = |change: &dyn Fn(&mut Vec<Capture>)| {
        let mut sections = [section("a", 1, 1), section("b", 3, 1)];
        change(&mut sections[1].captures);
        encode(7, &sections, compress(&sections, QUICK).unwrap())
    };
    assert!(encoded(&|_| {}).is_ok());
    assert_eq!(encoded(&|captures| captures.reverse()).unwrap_err(), build::wrong());
    // It stands with its text, which has another.
    assert_eq!(encoded(&|captures| captures[1].folded = Some(FoldedHash(77))).unwrap_err(), build::wrong());
}

#[test]
fn short_texts_of_several_stories_share_a_frame() {
    let sections: Vec<NewSection> = ["a", "b", "c"].iter().map(|name| section(name, 4, 1)).collect();
    assert!(sections.iter().all(|section| section.texts.iter().map(|text| text.text.len()).sum::<usize>() < 4_096));
    let pack = Pack::decode(7, &row(&sections)).unwrap().unwrap();
    assert_eq!(pack.frames.len(), 1);
    let long: Vec<NewSection> = ["a", "b", "c"].iter().map(|name| section(name, 4, 60)).collect();
    let pack = Pack::decode(7, &row(&long)).unwrap().unwrap();
    assert_eq!(pack.frames.len(), 4, "the first texts together, and the older ones of each");
}
