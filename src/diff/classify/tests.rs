//! Each class in several languages, and what is near it and is not it.

use super::*;
use crate::diff::{Direction, NoticeKind, NumberChange, Options, compare};

fn article(text: &str) -> Article {
    Article::new("A headline").with_text(&format!("{text}\n\nThe rest of it stays as it was."))
}

/// The group of the sentence that changed.
fn edit(old: &str, new: &str) -> (Group, Article, Article) {
    let (old, new) = (article(old), article(new));
    let groups = compare(&old, &new, &Options::default()).groups;
    let group = groups.into_iter().find(|group| group.op != Op::Unchanged).expect("something changed");
    (group, old, new)
}

fn tags(old: &str, new: &str) -> Vec<Class> {
    edit(old, new).0.tags
}

/// What proves a class, as old and new text.
fn proof(class: Class, old: &str, new: &str) -> Vec<(String, String)> {
    let (group, old, new) = edit(old, new);
    let text = |span: Option<Span>, article| span.map_or("", |span| span.of(group.field, article)).to_owned();
    let findings = group.findings.iter().filter(|finding| finding.class == class);
    findings.map(|finding| (text(finding.old, &old), text(finding.new, &new))).collect()
}

fn numbers(old: &str, new: &str) -> Vec<NumberChange> {
    edit(old, new).0.findings.into_iter().filter_map(|finding| finding.number).collect()
}

#[track_caller]
fn assert_number(old: &str, new: &str, values: (f64, f64), unit: Option<&str>) {
    let found = numbers(old, new);
    let [number] = found.as_slice() else { panic!("{old:?} {new:?}: {found:?}") };
    assert_eq!((number.old, number.new, number.unit.as_deref()), (values.0, values.1, unit), "{old:?} {new:?}");
    let direction = if values.1 > values.0 { Direction::Up } else { Direction::Down };
    assert_eq!(number.direction, if values.0 == values.1 { Direction::Same } else { direction });
}

#[test]
fn a_number_is_read_with_its_separators_multiplier_and_unit() {
    assert_number(
        "The quake left 17 dead in the town.",
        "The quake left 22 dead in the town.",
        (17.0, 22.0),
        Some("dead"),
    );
    assert_number(
        "It costs $1.1bn to mend the bridge.",
        "It costs $11bn to mend the bridge.",
        (1.1e9, 11e9),
        Some("$"),
    );
    assert_number("It costs €1.1 million to mend it.", "It costs €900,000 to mend it.", (1.1e6, 9e5), Some("€"));
    assert_number("Prices rose 3.5% in the town.", "Prices rose 5.3% in the town.", (3.5, 5.3), Some("%"));
    assert_number("Prices rose 3 percent in the town.", "Prices rose 5 percent in the town.", (3.0, 5.0), Some("%"));
    assert_number(
        "Rund 1.000 Häuser sind ohne Strom.",
        "Rund 1.200 Häuser sind ohne Strom.",
        (1e3, 1.2e3),
        Some("Häuser"),
    );
    assert_number("Das kostet 3,5 Mio. Euro im Jahr.", "Das kostet 4,5 Mio. Euro im Jahr.", (3.5e6, 4.5e6), None);
    assert_number(
        "Près de 10 000 maisons sont touchées.",
        "Près de 12 500 maisons sont touchées.",
        (1e4, 12.5e3),
        Some("maisons"),
    );
    assert_number("Погибли 17 человек в городе.", "Погибли 22 человек в городе.", (17.0, 22.0), Some("человек"));
    assert_number(
        "Ущерб составил 1,5 млн рублей за год.",
        "Ущерб составил 2 млн рублей за год.",
        (1.5e6, 2e6),
        Some("рублей"),
    );
    assert_number("قتل ٣٤ شخصا في المدينة اليوم.", "قتل ٤٥ شخصا في المدينة اليوم.", (34.0, 45.0), Some("شخصا"));
    assert_number("शहर में १७ लोग मारे गए थे।", "शहर में 22 लोग मारे गए थे।", (17.0, 22.0), Some("लोग"));
    assert_number("地震で17人が死亡した。", "地震で22人が死亡した。", (17.0, 22.0), Some("人"));
    assert_number("損失は3億円になる見込みだ。", "損失は5億円になる見込みだ。", (3e8, 5e8), Some("円"));
    assert_number("เหตุการณ์นี้มีผู้เสียชีวิต 17 คน", "เหตุการณ์นี้มีผู้เสียชีวิต 22 คน", (17.0, 22.0), None);
}

#[test]
fn a_number_in_words_is_a_number() {
    assert_number(
        "The fire killed two men in the town.",
        "The fire killed three men in the town.",
        (2.0, 3.0),
        Some("men"),
    );
    assert_number(
        "It took twenty-two hours to clear it.",
        "It took 23 hours to clear it.",
        (22.0, 23.0),
        Some("hours"),
    );
    assert_number(
        "Some two hundred and fifty people came.",
        "Some two hundred people came.",
        (250.0, 200.0),
        Some("people"),
    );
    assert_number(
        "Bei dem Brand starben zwei Menschen.",
        "Bei dem Brand starben drei Menschen.",
        (2.0, 3.0),
        Some("Menschen"),
    );
    assert_number("Il y a deux morts dans la ville.", "Il y a trois morts dans la ville.", (2.0, 3.0), Some("morts"));
    assert_number("Hay dos muertos en la ciudad.", "Hay tres muertos en la ciudad.", (2.0, 3.0), Some("muertos"));
    assert_number("В городе погибли два человека.", "В городе погибли три человека.", (2.0, 3.0), Some("человека"));
    assert_number("The fire killed two men there.", "The fire killed 2 men there.", (2.0, 2.0), Some("men"));
    let dozens = numbers("The mayor met dozens of people.", "The mayor met hundreds of people.");
    assert_eq!((dozens[0].old_text.as_str(), dozens[0].new_text.as_str()), ("dozens", "hundreds"));
}

#[test]
fn numbers_meet_their_likes_in_a_stretch_that_was_replaced() {
    let found = numbers("The storm hurt 30 people and killed 4.", "The storm hurt 45 people and killed 6.");
    assert_eq!(found.iter().map(|number| (number.old, number.new)).collect::<Vec<_>>(), [(30.0, 45.0), (4.0, 6.0)]);
    assert_number(
        "It needs 17 lorries to move the sand.",
        "It needs 17 million lorries to move the sand.",
        (17.0, 17e6),
        Some("lorries"),
    );
    assert_number(
        "It needs 3 million lorries for the sand.",
        "It needs 3 billion lorries for the sand.",
        (3e6, 3e9),
        Some("lorries"),
    );
}

#[test]
fn what_is_no_exchange_of_numbers_is_not_one() {
    assert_eq!(numbers("The mayor came to the bridge.", "The mayor came to the bridge at 10."), []);
    assert_eq!(numbers("The 17 men left the bridge early.", "The brave men left the bridge early."), []);
    assert_eq!(numbers("The mayor met 15 million of them.", "The mayor met 15 angry owners of them."), []);
    assert_eq!(tags("The mayor has one house there.", "The mayor has a house there."), []);
}

#[test]
fn a_date_is_told_from_other_words_and_a_year_is_a_number_too() {
    for (old, new) in [
        ("It was shut on Monday by the mayor.", "It was shut on Tuesday by the mayor."),
        ("It was shut yesterday by the mayor.", "It was shut today by the mayor."),
        ("Die Brücke wurde im Januar geschlossen.", "Die Brücke wurde im März geschlossen."),
        ("Le pont a fermé lundi à midi.", "Le pont a fermé mardi à midi."),
        ("El puente cerró en enero por obras.", "El puente cerró en marzo por obras."),
        ("Мост закрыли в понедельник утром.", "Мост закрыли во вторник утром."),
        ("أغلق الجسر يوم الاثنين في المدينة.", "أغلق الجسر يوم الثلاثاء في المدينة."),
        ("पुल सोमवार को बंद कर दिया गया।", "पुल मंगलवार को बंद कर दिया गया।"),
        ("橋は月曜日に閉鎖された。", "橋は火曜日に閉鎖された。"),
        ("大桥于星期一关闭。", "大桥于星期二关闭。"),
        ("สะพานปิดเมื่อวันจันทร์ที่ผ่านมา", "สะพานปิดเมื่อวันอังคารที่ผ่านมา"),
    ] {
        assert_eq!(tags(old, new), [Class::Date], "{old}");
    }
    for (old, new) in [
        ("It was shut in 2019 by the mayor.", "It was shut in 2021 by the mayor."),
        ("It was shut on 3 March by the mayor.", "It was shut on 5 March by the mayor."),
        ("It was shut on 2019-03-05 by the mayor.", "It was shut on 2019-03-07 by the mayor."),
        ("It was shut at 10:30 by the mayor.", "It was shut at 11:30 by the mayor."),
        ("Geschlossen wurde sie am 3.11.2023 um acht.", "Geschlossen wurde sie am 4.11.2023 um acht."),
        ("大桥于3月5日关闭。", "大桥于3月7日关闭。"),
    ] {
        assert_eq!(tags(old, new), [Class::Number, Class::Date], "{old}");
    }
    assert_eq!(tags("The bridge may be shut for good.", "The bridge will be shut for good."), [Class::Hedge]);
    assert_eq!(tags("About 1950 people came to see it.", "About 1970 people came to see it."), [Class::Number]);
}

#[test]
fn a_name_is_exchanged_for_a_name_inside_a_sentence() {
    assert_eq!(
        proof(Class::Name, "They met Mayor Lund at the gate.", "They met Mayor Ek at the gate."),
        [("Lund".into(), "Ek".into())]
    );
    let spelt_out = "They met the National Port Service at the gate.";
    assert_eq!(tags(spelt_out, "They met the NPS at the gate."), []);
    assert_eq!(tags("They met the NPB at the gate.", "They met the NPS at the gate."), [Class::Name]);
    assert_eq!(tags("Он поехал в Самару на поезде.", "Он поехал в Тверь на поезде."), [Class::Name]);
    assert_eq!(tags("Er fuhr am Abend nach Hamburg zurück.", "Er fuhr am Abend nach Bremen zurück."), [Class::Name]);
    assert_eq!(
        proof(Class::Name, "It was sold to Ada Lund for a song.", "It was sold to Bo van Ek for a song."),
        [("Ada Lund".into(), "Bo van Ek".into())]
    );
    assert_eq!(
        tags("Lund opened the bridge for cars.", "Nobody opened the bridge for cars."),
        [],
        "the sentence begins here"
    );
    assert_eq!(tags("They met the mayor at the gate.", "They met Lund at the gate."), []);
    assert_eq!(tags("They met lund at the gate.", "They met Lund at the gate."), [Class::Format]);
}

#[test]
fn words_inside_quotation_marks_are_a_quote() {
    for (old, new) in [
        (
            "The mayor said \"it is a very sad day\" on the bridge.",
            "The mayor said \"it is a rather fine day\" on the bridge.",
        ),
        ("The mayor said “it is a very sad day” on the bridge.", "The mayor said “it is a day” on the bridge."),
        (
            "Er sagte: „Das ist sehr traurig für alle“, und ging dann.",
            "Er sagte: „Das ist nicht gut für alle“, und ging dann.",
        ),
        (
            "Il a dit : « c’est un jour bien triste » devant le pont.",
            "Il a dit : « c’est un jour très heureux » devant le pont.",
        ),
        ("市長は「悲しい一日だ」と橋の上で述べた。", "市長は「嬉しい一日だ」と橋の上で述べた。"),
    ] {
        assert_eq!(tags(old, new), [Class::Quote], "{old}");
    }
    assert_eq!(tags("The \"old\" bridge was shut by force.", "The \"old\" bridge was painted by force."), []);
}

#[test]
fn a_quotation_after_a_colon_is_compared_without_the_words_that_introduce_it() {
    let said = |what: &str| format!("The mayor of the harbour said: \"{what}\"");
    let (old, new) = (said("Nothing is safe here before May."), said("Nothing is certain here before May."));
    assert_eq!(proof(Class::Quote, &old, &new), [("safe".to_owned(), "certain".to_owned())]);
    // What is all quoted is a sentence as another.
    assert!(tags("\"Nothing is safe here before May.\"", "\"Nothing is certain here before May.\"").is_empty());
}

#[test]
fn a_quotation_is_known_from_its_paragraph() {
    let text = "“We waited. The men had a very long wait. Then we left,” he said.";
    let (article, empty) = (article(text), Article::default());
    let span = |sent, start, end| Span { para: 0, sent, start, end };
    let mut quotes = Quotes::new(&article);
    assert!(quotes.holds(Field::Body, span(1, 20, 30)));
    assert!(!quotes.holds(Field::Body, span(2, text.len() - 5, text.len())));
    assert!(!Quotes::new(&empty).holds(Field::Body, span(0, 0, 1)));
}

#[test]
fn who_says_it_and_how_surely_is_told() {
    assert_eq!(
        tags("The mayor said that it was safe.", "The mayor claimed that it was safe."),
        [Class::Attribution, Class::Hedge]
    );
    assert_eq!(tags("It was safe, police said.", "It was safe, officials said."), [Class::Attribution]);
    assert_eq!(
        tags("The bridge was safe for lorries.", "The bridge was safe for lorries, officials said."),
        [Class::Attribution]
    );
    for (old, new) in [
        ("The bridge will be shut on Monday.", "The bridge may be shut on Monday."),
        ("The crack is the cause of it all.", "The crack appears to be the cause of it all."),
        ("The driver was drunk at the wheel.", "The driver was reportedly drunk at the wheel."),
        ("Soldiers killed ten of the men there.", "Ten of the men died there."),
        ("Die Brücke wird am Montag geschlossen.", "Die Brücke könnte am Montag geschlossen."),
        ("Le pont peut fermer lundi à midi.", "Le pont pourrait fermer lundi à midi."),
        ("El puente puede cerrar el lunes.", "El puente podría cerrar el lunes."),
        ("Мост будет закрыт утром.", "Мост может закрыт утром."),
    ] {
        let hedged = old != "Soldiers killed ten of the men there.";
        assert_eq!(tags(old, new).contains(&Class::Hedge), hedged, "{old}");
    }
    assert_eq!(tags("The bridge is shut to all lorries.", "The bridges are shut to all lorries."), []);
}

#[test]
fn an_attribution_names_who_says_it() {
    for (old, new) in [
        ("The bridge is shut, the Holm Courier reported Monday.", "The bridge is shut."),
        (
            "The bridge is shut and Lund hopes it stays.",
            "According to reports, the bridge is shut and Lund hopes it stays.",
        ),
        ("“It is shut,” said Lund on the quay.", "“It is shut,” said Ek on the quay."),
        ("“It is shut,” the town's mayor said.", "“It is shut,” the harbour master said."),
        ("The filing argued that it was shut.", "The filing denied that it was shut."),
    ] {
        assert_eq!(tags(old, new).last(), Some(&Class::Attribution), "{old}");
    }
}

#[test]
fn a_verb_of_saying_nearby_is_no_attribution() {
    for (old, new) in [
        ("“It is shut,” the pilot says, and laughs.", "“It is shut,” the pilot said, and laughs."),
        ("“It is shut,” Lund added.", "“It is shut,” Lund said."),
        ("The town said Sunday it would shut the bridge.", "The town said last month it would shut the bridge."),
        ("The pilots can claim a part of it.", "The pilots could claim a part of it."),
        ("“It is shut,” Lindgern said on the quay.", "“It is shut,” Lindgren said on the quay."),
        ("It rained in the north.", "It rained in the north, with a storm reported in Holm, Alder."),
        ("The bridge is shut.", "The bridge is shut, he said."),
        ("According to the port office, the bridge is shut.", "The port office said the bridge is shut."),
        ("Port officials have said that the bridge is shut.", "The bridge is shut, port officials have said."),
        (
            "The plans were scrapped after it was announced on the quay.",
            "The plans were scrapped after being announced on the quay.",
        ),
    ] {
        assert!(!tags(old, new).contains(&Class::Attribution), "{old}");
    }
}

#[test]
fn reported_speech_is_no_weaker_claim() {
    for (old, new) in [
        ("The judge ruled the case will be heard.", "The judge ruled the case would be heard."),
        ("Readers can expect a red moon.", "Readers could expect a red moon."),
    ] {
        assert!(!tags(old, new).contains(&Class::Hedge), "{old}");
    }
    assert_eq!(tags("The bridge will be shut at noon.", "The bridge may be shut at noon."), [Class::Hedge]);
}

#[test]
fn a_name_written_otherwise_is_no_other_name() {
    for (old, new) in [
        ("They met the Alder County's sheriff there.", "They met the Alder County sheriff there."),
        ("He was named Fed chair in May.", "He was named Federal Bank chair in May."),
    ] {
        assert!(!tags(old, new).contains(&Class::Name), "{old}");
    }
}

#[test]
fn a_day_is_told_with_its_month() {
    for (old, new, dates) in [
        ("It fell on May 5 at noon.", "It fell on May 8 at noon.", [("May 5", "May 8")]),
        ("It fell on 5 May at noon.", "It fell on 8 May at noon.", [("5 May", "8 May")]),
        ("It fell on March 25 at noon.", "It fell on April 11 at noon.", [("March 25", "April 11")]),
    ] {
        assert_eq!(proof(Class::Date, old, new), dates.map(|(old, new)| (old.into(), new.into())), "{old}");
    }
}

#[test]
fn a_slip_of_the_pen_is_no_other_word() {
    for (old, new) in [
        ("The bridge was cloesd on Monday.", "The bridge was closed on Monday."),
        ("The comission met on Monday.", "The commission met on Monday."),
        ("They met Mayor Lindgern at the gate.", "They met Mayor Lindgren at the gate."),
        ("Die Brükce wurde geschlossen.", "Die Brücke wurde geschlossen."),
        ("Комиссия собарлась в полдень.", "Комиссия собралась в полдень."),
        ("橋は月曜日に閉鎖さたれ。", "橋は月曜日に閉鎖された。"),
        ("大桥于星期一闭关，市长说。", "大桥于星期一关闭，市长说。"),
    ] {
        assert_eq!(tags(old, new), [Class::Typo], "{old}");
    }
    for (old, new) in [
        ("The bridge closes on the hill.", "The bridge closed on the hill."),
        ("The houses burn on the hill.", "The house burns on the hill."),
        ("Der Mann konnte es sehen.", "Der Mann könnte es sehen."),
        ("They met Mayor Lundell at the gate.", "They met Mayor Lindell at the gate."),
        ("He saw the cat in the hall.", "He saw the hat in the hall."),
    ] {
        assert!(!tags(old, new).contains(&Class::Typo), "{old}");
    }
}

#[test]
fn typography_is_told_from_meaning() {
    for (old, new) in [
        ("\"No\", said the mayor's aide.", "“No”, said the mayor’s aide."),
        ("The bridge - the old one - is shut.", "The bridge – the old one – is shut."),
        ("The bridge, however, is shut.", "The bridge however is shut."),
        ("The Bridge is shut for good.", "The bridge is shut for good."),
        ("The web site is down for good.", "The website is down for good."),
        ("大桥，关闭了。", "大桥关闭了。"),
    ] {
        assert_eq!(tags(old, new), [Class::Format], "{old}");
    }
    for (old, new) in [
        ("It is shut for good.", "It is shut for good?"),
        ("It costs 1.5 crowns a head.", "It costs 15 crowns a head."),
        ("It costs 15 crowns a head.", "It costs $15 crowns a head."),
        ("It is -5 degrees outside now.", "It is 5 degrees outside now."),
    ] {
        assert!(!tags(old, new).contains(&Class::Format), "{old}");
    }
}

#[test]
fn clauses_that_changed_places_are_a_reorder() {
    let (old, new) =
        ("After the storm had passed, the bridge was shut.", "The bridge was shut, after the storm had passed.");
    assert_eq!(tags(old, new), [Class::Reorder]);
    assert_eq!(
        tags("После бури в городе, мост закрыли на день.", "Мост закрыли на день, после бури в городе."),
        [Class::Reorder]
    );
    assert!(!tags(old, "The bridge was shut, after the flood had passed.").contains(&Class::Reorder));
}

#[test]
fn a_notice_is_known_in_ten_languages() {
    for (text, kind) in [
        ("Correction: An earlier version of this article gave the wrong year.", NoticeKind::Correction),
        ("Editor's note: This story was changed to protect a source.", NoticeKind::EditorsNote),
        ("CLARIFICATION (3 May): The mayor spoke of one bridge only.", NoticeKind::Clarification),
        ("This article has been retracted by the editors.", NoticeKind::Retraction),
        ("UPDATE: The bridge is open again, the mayor says.", NoticeKind::Update),
        ("Korrektur: In einer früheren Version stand ein falscher Name.", NoticeKind::Correction),
        ("Anmerkung der Redaktion: Wir haben den Namen geändert.", NoticeKind::EditorsNote),
        ("Rectificatif : une version précédente donnait un autre nom.", NoticeKind::Correction),
        ("Fe de errores: una versión anterior de este texto daba otro nombre.", NoticeKind::Correction),
        ("Исправление: в ранней версии статьи была другая фамилия.", NoticeKind::Correction),
        ("تصحيح: ورد في نسخة سابقة من هذا المقال اسم آخر.", NoticeKind::Correction),
        ("सुधार: इस लेख के पिछले संस्करण में दूसरा नाम था।", NoticeKind::Correction),
        ("แก้ไข: บทความฉบับก่อนหน้าระบุชื่อผิด", NoticeKind::Correction),
        ("更正：本文先前版本的名字有误。", NoticeKind::Correction),
        ("【訂正】この記事の以前の版では名前が誤っていました。", NoticeKind::Correction),
    ] {
        let (old, new) = (article("It is shut."), article(&format!("It is shut.\n\n{text}")));
        for (old, new, came) in [(&old, &new, true), (&new, &old, false)] {
            let groups = compare(old, new, &Options::default()).groups;
            let finding =
                groups.iter().flat_map(|group| &group.findings).find(|finding| finding.class == Class::Notice);
            let finding = finding.unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (finding.notice, finding.new.is_some(), finding.old.is_some()),
                (Some(kind), came, !came),
                "{text}"
            );
        }
    }
}

#[test]
fn a_line_of_the_page_is_known_in_ten_languages_and_prose_is_not_one() {
    for text in [
        "Last updated 12:30 GMT",
        "Share this story",
        "Read more: The old bridge",
        "Sign up for our newsletter",
        "Advertisement",
        "Stand: 12:30 Uhr",
        "Artikel teilen",
        "Lesen Sie auch: Die alte Brücke",
        "Publié le 3 mai 2024 à 12h30",
        "Lire aussi : le vieux pont",
        "Publicado el 3 de mayo de 2024",
        "Обновлено в 12:30",
        "Читайте также: старый мост",
        "آخر تحديث 12:30",
        "اقرأ أيضا: الجسر القديم",
        "अंतिम अपडेट 12:30",
        "यह भी पढ़ें: पुराना पुल",
        "อัปเดตล่าสุด 12:30",
        "อ่านเพิ่มเติม: สะพานเก่า",
        "更新时间：12:30",
        "相关阅读：老桥",
        "最終更新 12:30",
        "関連記事：古い橋",
    ] {
        assert_eq!(lines::kind(text), Some(Line::Boilerplate), "{text}");
    }
    for text in [
        "Share prices fell after the bridge was shut.",
        "He said he would read more books about bridges.",
        "Watch makers left the town long ago.",
        "The mayor published a book in 1999 about it.",
        "Updated plans for the bridge were shown on Monday.",
        "The correction of the river took ten years.",
        "Print shops in the town shut early on Friday.",
        "An update is due when the mayor speaks.",
        "",
    ] {
        assert_eq!(lines::kind(text), None, "{text}");
    }
}

#[test]
fn an_edited_headline_is_one_in_its_field_and_at_the_head_of_the_text() {
    let headline =
        |old: &Article, new: &Article| compare(old, new, &Options::default()).groups[0].tags.contains(&Class::Headline);
    assert!(headline(
        &Article::new("Bridge shut").with_text("It is."),
        &Article::new("Bridge open").with_text("It is.")
    ));
    let body = |first: &str| Article::new("").with_text(&format!("{first}\n\nThe old bridge is shut for good."));
    assert!(headline(&body("Old bridge in the town shut"), &body("Old bridge in the town open")));
    assert!(!headline(&body("The old bridge is shut."), &body("The old bridge is open.")));
    assert!(!headline(&Article::new("").with_text("One bridge shut"), &Article::new("").with_text("One bridge open")));
}

#[test]
fn what_was_written_anew_proves_nothing() {
    let old = "The council met on the hill and spoke of the bridge with the miller from Oldtown.";
    let new = "The council sang on the boat and wept for the river with the baker from Newtown.";
    assert_eq!(tags(old, new), []);
}

#[test]
fn the_lexicons_are_in_the_form_that_they_are_looked_up_in() {
    words::check();
}

proptest::proptest! {
    #[test]
    fn any_edit_is_classified_without_a_panic(old in "(?s).{0,60}", new in "(?s).{0,60}", cut in 0..60_usize) {
        let mixed: String = old.chars().take(cut).chain(new.chars().skip(cut)).collect();
        for (one, other) in [(&old, &new), (&old, &mixed)] {
            let (one, other) = (Article::new(one.as_str()).with_text(one), Article::new(other.as_str()).with_text(other));
            for group in compare(&one, &other, &Options::default()).groups {
                for finding in &group.findings {
                    let texts = [(finding.old, &one), (finding.new, &other)];
                    for (span, article) in texts.into_iter().filter_map(|(span, article)| Some((span?, article))) {
                        proptest::prop_assert!(span.text(group.field, article).is_some_and(|text| text.get(span.start..span.end).is_some()));
                    }
                    proptest::prop_assert!(finding.old.is_some() || finding.new.is_some());
                }
            }
        }
    }

    #[test]
    fn any_numbers_are_read_without_a_panic(old in "[0-9.,:% $٣४千万 a-]{0,24}", new in "[0-9.,:% $٣४千万 a-]{0,24}") {
        let (one, other) = (Article::new("").with_text(&format!("It was {old} then")), Article::new("").with_text(&format!("It was {new} then")));
        let _ = compare(&one, &other, &Options::default());
    }
}
