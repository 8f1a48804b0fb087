//! How newsrooms head and phrase notices to their readers, in ten languages.

use std::sync::LazyLock;

use super::Phrases;
use crate::diff::class::NoticeKind::{self, Clarification, Correction, EditorsNote, Retraction, Update};

/// What a notice begins with; a colon, dash, bracket or full stop, or a date, follows.
#[rustfmt::skip]
const HEADS: &[(&str, NoticeKind)] = &[
    ("correction", Correction), ("corrections", Correction), ("corrected", Correction), ("erratum", Correction),
    ("correction and clarification", Correction), ("corrections and clarifications", Correction), ("correction notice", Correction),
    ("clarification", Clarification), ("clarifications", Clarification), ("for the record", Correction),
    ("update", Update), ("updates", Update), ("updated", Update), ("latest update", Update), ("editor's note", EditorsNote), ("editors' note", EditorsNote),
    ("editors note", EditorsNote), ("editorial note", EditorsNote), ("note to readers", EditorsNote), ("ed. note", EditorsNote),
    ("note from the editor", EditorsNote), ("note from the editors", EditorsNote), ("retraction", Retraction), ("retracted", Retraction), ("editor’s note", EditorsNote),
    ("korrektur", Correction), ("korrekturhinweis", Correction), ("berichtigung", Correction), ("richtigstellung", Correction),
    ("klarstellung", Clarification), ("präzisierung", Clarification), ("aktualisierung", Update), ("aktualisiert", Update), ("nachtrag", Update),
    ("anmerkung der redaktion", EditorsNote), ("anm. d. red", EditorsNote), ("anm. der redaktion", EditorsNote), ("hinweis der redaktion", EditorsNote),
    ("in eigener sache", EditorsNote), ("widerruf", Retraction), ("rectificatif", Correction), ("correctif", Correction),
    ("mise au point", Clarification), ("précision", Clarification), ("précisions", Clarification), ("mise à jour", Update), ("mis à jour", Update), ("actualisation", Update),
    ("note de la rédaction", EditorsNote), ("note de l'éditeur", EditorsNote), ("ndlr", EditorsNote), ("rétractation", Retraction),
    ("corrección", Correction), ("fe de errores", Correction), ("fe de erratas", Correction), ("rectificación", Correction),
    ("aclaración", Clarification), ("actualización", Update), ("actualizado", Update), ("nota del editor", EditorsNote), ("nota de la redacción", EditorsNote),
    ("nota de redacción", EditorsNote), ("retractación", Retraction), ("исправление", Correction), ("исправлено", Correction),
    ("поправка", Correction), ("опровержение", Retraction), ("уточнение", Clarification), ("уточнено", Clarification), ("разъяснение", Clarification),
    ("обновление", Update), ("обновлено", Update), ("дополнено", Update), ("upd", Update), ("от редакции", EditorsNote),
    ("примечание редакции", EditorsNote), ("примечание редактора", EditorsNote), ("отзыв публикации", Retraction),
    ("تصحيح", Correction), ("تصويب", Correction), ("استدراك", Correction), ("توضيح", Clarification), ("إيضاح", Clarification), ("تحديث", Update),
    ("ملاحظة المحرر", EditorsNote), ("ملاحظة من المحرر", EditorsNote), ("تنويه", EditorsNote), ("سحب المقال", Retraction), ("اعتذار", Retraction),
    ("सुधार", Correction), ("भूल सुधार", Correction), ("शुद्धिपत्र", Correction), ("संशोधन", Correction), ("स्पष्टीकरण", Clarification), ("अपडेट", Update), ("अद्यतन", Update),
    ("संपादक की टिप्पणी", EditorsNote), ("संपादकीय टिप्पणी", EditorsNote), ("संपादकीय नोट", EditorsNote), ("खंडन", Retraction),
    ("แก้ไข", Correction), ("แก้ไขข่าว", Correction), ("แก้ไขข้อมูล", Correction), ("แก้ไขข้อผิดพลาด", Correction), ("แก้คำผิด", Correction), ("ชี้แจง", Clarification), ("คำชี้แจง", Clarification), ("อัปเดต", Update),
    ("อัพเดต", Update), ("อัพเดท", Update), ("อัปเดท", Update), ("หมายเหตุบรรณาธิการ", EditorsNote), ("หมายเหตุจากบรรณาธิการ", EditorsNote), ("หมายเหตุกองบรรณาธิการ", EditorsNote), ("ถอนข่าว", Retraction),
    ("更正", Correction), ("更正启事", Correction), ("更正啟事", Correction), ("勘误", Correction), ("勘誤", Correction), ("订正", Correction), ("澄清", Clarification), ("更新", Update),
    ("编者按", EditorsNote), ("編者按", EditorsNote), ("编者注", EditorsNote), ("編者註", EditorsNote), ("编辑注", EditorsNote), ("撤稿", Retraction), ("撤稿声明", Retraction), ("撤回", Retraction),
    ("訂正", Correction), ("お詫びと訂正", Correction), ("訂正とお詫び", Correction), ("訂正しました", Correction), ("おことわり", EditorsNote), ("追記", Update), ("補足", Clarification), ("編集部注", EditorsNote),
    ("編集部より", EditorsNote), ("編集部からのお知らせ", EditorsNote), ("記事の取り消し", Retraction), ("記事取り消し", Retraction),
];

/// What only a notice says, near its beginning.
#[rustfmt::skip]
const PHRASES: &[(&str, NoticeKind)] = &[
    ("earlier version of this", Correction), ("previous version of this", Correction), ("original version of this", Correction),
    ("this article was amended", Correction), ("this story was amended", Correction), ("this article has been amended", Correction),
    ("has been corrected to", Correction), ("this article has been corrected", Correction), ("this story has been corrected", Correction),
    ("this article was corrected", Correction), ("this story was corrected", Correction), ("this headline has been corrected", Correction),
    ("this article incorrectly", Correction), ("this story incorrectly", Correction), ("we regret the error", Correction),
    ("this article has been updated", Update), ("this story has been updated", Update), ("this article was updated", Update),
    ("this story was updated", Update), ("this post has been updated", Update), ("this piece has been updated", Update), ("this report has been updated", Update),
    ("this is a developing story", Update), ("this is a breaking news story", Update), ("this article has been clarified", Clarification),
    ("this story has been clarified", Clarification), ("this article has been retracted", Retraction), ("this story has been retracted", Retraction),
    ("this article has been withdrawn", Retraction), ("this story has been withdrawn", Retraction), ("this article has been removed", Retraction),
    ("früheren version dieses", Correction), ("früheren fassung dieses", Correction), ("ursprünglichen version dieses", Correction), ("ursprünglichen fassung dieses", Correction),
    ("in einer früheren version", Correction), ("in einer früheren fassung", Correction), ("in einer ersten version", Correction), ("wir haben den fehler korrigiert", Correction), ("wir haben die stelle korrigiert", Correction),
    ("wir bitten, den fehler zu entschuldigen", Correction), ("dieser artikel wurde korrigiert", Correction), ("dieser artikel wurde aktualisiert", Update),
    ("dieser artikel wurde nachträglich", Update), ("dieser text wurde aktualisiert", Update), ("dieser artikel wird laufend aktualisiert", Update),
    ("version antérieure de cet article", Correction), ("version précédente de cet article", Correction), ("une première version de cet article", Correction), ("une version précédente", Correction),
    ("cet article a été corrigé", Correction), ("cet article a été modifié", Correction), ("cet article a été mis à jour", Update), ("cet article a été actualisé", Update), ("cet article a été retiré", Retraction),
    ("versión anterior de este", Correction), ("versión previa de este", Correction), ("una primera versión de este", Correction), ("esta noticia ha sido corregida", Correction), ("este artículo ha sido corregido", Correction),
    ("este artículo fue corregido", Correction), ("este artículo ha sido actualizado", Update), ("esta noticia ha sido actualizada", Update), ("esta nota fue actualizada", Update), ("este artículo ha sido retirado", Retraction),
    ("ранней версии статьи", Correction), ("ранней версии этой", Correction), ("предыдущей версии", Correction), ("первоначальной версии", Correction), ("в более ранней версии", Correction), ("приносим извинения за ошибку", Correction),
    ("в текст внесены исправления", Correction), ("статья была исправлена", Correction), ("статья обновлена", Update), ("новость дополнена", Update), ("материал дополнен", Update), ("материал обновлён", Update), ("публикация отозвана", Retraction),
    ("نسخة سابقة من هذا", Correction), ("النسخة السابقة من هذا", Correction), ("نسخة سابقة من المقال", Correction), ("تم تصحيح هذا", Correction), ("جرى تصحيح هذا", Correction), ("تم تحديث هذا", Update), ("جرى تحديث هذا", Update),
    ("लेख के पिछले संस्करण", Correction), ("खबर के पिछले संस्करण", Correction), ("के पहले संस्करण में", Correction), ("इस लेख को सुधारा", Correction), ("इस लेख में सुधार", Correction), ("इस लेख को अपडेट", Update), ("इस खबर को अपडेट", Update),
    ("บทความฉบับก่อนหน้า", Correction), ("ข่าวฉบับก่อนหน้า", Correction), ("เวอร์ชันก่อนหน้าของบทความ", Correction), ("บทความนี้ได้รับการแก้ไข", Correction), ("บทความนี้ได้รับการอัปเดต", Update), ("ขออภัยในความผิดพลาด", Correction),
    ("本文先前版本", Correction), ("本文早前版本", Correction), ("本文较早版本", Correction), ("本文較早版本", Correction), ("此前版本有误", Correction), ("本文已更正", Correction), ("本文已更新", Update), ("本文经过更新", Update), ("本文已撤回", Retraction),
    ("この記事の以前の版", Correction), ("以前のバージョン", Correction), ("当初の記事", Correction), ("訂正しておわび", Correction), ("訂正してお詫び", Correction), ("訂正いたします", Correction), ("記事を訂正しました", Correction),
    ("記事を更新しました", Update), ("記事を修正しました", Correction), ("追記しました", Update), ("記事を取り消し", Retraction),
];

/// The kind of notice that a line in small letters begins with, and what follows its head.
pub(in crate::diff::classify) fn head(line: &str) -> Option<(NoticeKind, &str)> {
    static TABLE: LazyLock<Phrases<NoticeKind>> = LazyLock::new(|| Phrases::new(HEADS.iter().copied()));
    let heads = TABLE.starting(line.as_bytes());
    let heads = heads.filter_map(|(head, kind)| line.strip_prefix(head).map(|rest| (head.len(), kind, rest)));
    let (_, kind, rest) = heads.filter(|(_, _, rest)| ends_head(rest)).max_by_key(|(length, ..)| *length)?;
    Some((kind, rest))
}

/// A head ends with a mark; a date in brackets or after a space may stand between, as in `Correction (12 May):`.
fn ends_head(rest: &str) -> bool {
    let rest = rest.trim_start();
    let first = rest.chars().next();
    match first {
        None | Some(':' | '：' | '】' | ']' | ')' | '-' | '–' | '—' | '.' | '|' | '/') => true,
        Some('(' | '[' | '（') => true,
        _ => {
            let before: String = rest.chars().take(40).take_while(|mark| !matches!(mark, ':' | '：')).collect();
            let dated =
                before.chars().next().is_some_and(|first| first.is_numeric()) || before.contains(char::is_numeric);
            rest.chars().take(40).any(|mark| matches!(mark, ':' | '：')) && dated
        }
    }
}

/// The kind of notice whose wording stands in the text.
pub(in crate::diff::classify) fn phrase(text: &str) -> Option<NoticeKind> {
    static TABLE: LazyLock<Phrases<NoticeKind>> = LazyLock::new(|| Phrases::new(PHRASES.iter().copied()));
    TABLE.within(text)
}

#[cfg(test)]
pub(super) fn all() -> Vec<&'static str> {
    HEADS.iter().chain(PHRASES).map(|(words, _)| *words).collect()
}
