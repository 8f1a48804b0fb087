//! What belongs to the page and not to the story, in ten languages.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::Phrases;

/// What stands before a time or date, and nothing else.
#[rustfmt::skip]
const STAMPS: &[&str] = &[
    "last updated", "last update", "last modified", "updated", "updated at", "updated on", "update", "published", "published at", "published on", "first published",
    "posted", "posted on", "modified", "created", "as of", "stand", "aktualisiert", "aktualisiert am", "zuletzt aktualisiert", "letzte aktualisierung",
    "veröffentlicht", "veröffentlicht am", "erstellt", "publiziert", "mis à jour", "mis à jour le", "mise à jour", "dernière mise à jour", "publié", "publié le",
    "modifié le", "actualizado", "actualizado el", "última actualización", "publicado", "publicado el", "fecha de publicación", "обновлено", "обновлено в", "последнее обновление", "опубликовано",
    "дата публикации", "آخر تحديث", "تم التحديث", "تاريخ النشر", "نشر في", "نُشر في", "تم النشر", "تحديث", "अंतिम अपडेट", "अपडेट", "अपडेटेड", "प्रकाशित", "अंतिम बार अपडेट", "पोस्ट किया गया",
    "อัปเดตล่าสุด", "อัพเดตล่าสุด", "อัพเดทล่าสุด", "อัปเดตเมื่อ", "เผยแพร่", "เผยแพร่เมื่อ", "แก้ไขล่าสุด", "ปรับปรุงล่าสุด", "更新时间", "更新時間", "最后更新", "最後更新", "发布时间", "發布時間", "发布于", "發布於", "更新于", "更新於", "更新",
    "最終更新", "最終更新日", "最終更新日時", "更新日時", "更新日", "公開日", "公開日時", "配信", "掲載日", "投稿日",
];

/// Whole lines, perhaps with a word or two more.
#[rustfmt::skip]
const LINES: &[&str] = &[
    "share", "share this", "tweet", "print", "email", "comments", "comment", "advertisement", "sponsored", "sponsored content", "subscribe", "sign in", "log in", "read more", "more",
    "related", "related stories", "related articles", "related topics", "most read", "most popular", "trending", "recommended", "newsletter", "newsletters", "watch live",
    "copy link", "save", "menu", "skip to content", "loading", "show more", "view comments", "leave a comment", "article continues below advertisement", "story continues below advertisement",
    "anzeige", "werbung", "teilen", "artikel teilen", "drucken", "kommentare", "mehr zum thema", "weiterlesen", "zur startseite", "merken", "partager", "publicité", "imprimer", "commentaires",
    "lire aussi", "lire la suite", "s'abonner", "à lire aussi", "compartir", "publicidad", "imprimir", "comentarios", "leer más", "suscríbete", "suscribirse", "lo más leído", "поделиться", "реклама",
    "комментарии", "распечатать", "подписаться", "читать далее", "подробнее", "شارك", "شارك المقال", "مشاركة", "إعلان", "طباعة", "تعليقات", "اقرأ أيضا", "اقرأ أيضًا", "اقرأ المزيد", "مواضيع ذات صلة", "साझा करें", "शेयर करें", "विज्ञापन",
    "टिप्पणियां", "यह भी पढ़ें", "ये भी पढ़ें", "और पढ़ें", "संबंधित खबरें", "แชร์", "แชร์ข่าว", "โฆษณา", "อ่านต่อ", "อ่านเพิ่มเติม", "ข่าวที่เกี่ยวข้อง", "พิมพ์", "แสดงความคิดเห็น", "分享", "分享本文", "分享到", "广告", "廣告", "打印", "评论", "評論", "相关阅读", "相關閱讀", "相关新闻", "延伸阅读", "阅读更多", "推荐阅读",
    "シェア", "シェアする", "この記事をシェア", "広告", "印刷", "コメント", "関連記事", "あわせて読みたい", "続きを読む", "おすすめ記事", "ツイート", "ブックマーク",
];

/// What a line begins with, whatever follows a colon, dash or the like. Credits ("Photo: ...", "Reporting by ...") are not here: who
/// took a picture or wrote a line is a part of the record.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "read more", "read also", "also read", "read next", "more on this", "more on this story", "see also", "see more", "related", "related topics", "related stories", "related articles", "related coverage", "related content", "topics", "tags", "tag", "share this",
    "watch", "listen", "gallery", "in pictures", "live updates", "recommended", "up next", "don't miss", "must read", "keywords", "filed under",
    "mehr zum thema", "lesen sie auch", "lesen sie hierzu auch", "lesen sie mehr", "auch interessant", "weitere themen", "themen", "schlagworte", "lire aussi", "à lire aussi", "lire également", "à lire", "voir aussi",
    "sur le même sujet", "sujets", "mots-clés", "lea también", "lee también", "leer más", "lea más", "te puede interesar", "ver también", "temas", "etiquetas", "читайте также", "читать также", "смотрите также", "по теме", "теги", "темы",
    "اقرأ أيضا", "اقرأ أيضًا", "اقرأ أيضاً", "اقرأ المزيد", "مواضيع ذات صلة", "شاهد أيضا", "كلمات مفتاحية", "यह भी पढ़ें", "ये भी पढ़ें", "इसे भी पढ़ें", "और पढ़ें", "संबंधित खबरें", "संबंधित", "टैग", "อ่านเพิ่มเติม", "อ่านต่อ", "ข่าวที่เกี่ยวข้อง", "บทความที่เกี่ยวข้อง", "แท็ก", "相关阅读", "相關閱讀", "相关新闻", "相關新聞", "相关报道", "延伸阅读", "延伸閱讀",
    "推荐阅读", "阅读更多", "标签", "关键词", "関連記事", "関連リンク", "関連ニュース", "あわせて読みたい", "こちらもおすすめ", "タグ",
];

/// What only the furniture of a page says.
#[rustfmt::skip]
const PHRASES: &[&str] = &[
    "sign up for our", "sign up to our", "sign up for the", "subscribe to our", "subscribe now", "subscribe for", "our newsletter", "our daily newsletter", "share this article", "share this story", "share on facebook", "share on twitter", "share on x", "share via", "follow us on", "follow us",
    "like us on facebook", "download our app", "download the app", "click here to", "all rights reserved", "terms of use", "privacy policy", "support our journalism", "become a member", "already a subscriber", "get our app",
    "turn on notifications", "to our channel", "artikel teilen", "newsletter abonnieren", "unseren newsletter", "folgen sie uns", "alle rechte vorbehalten", "jetzt abonnieren", "diesen artikel drucken", "auf facebook teilen", "partager cet article", "partager sur", "abonnez-vous", "inscrivez-vous à notre", "notre newsletter", "suivez-nous",
    "tous droits réservés", "comparte esta", "compartir en", "suscríbete a", "suscríbase", "nuestro boletín", "nuestra newsletter", "síguenos en", "todos los derechos reservados", "подпишитесь на", "подписывайтесь на", "наш телеграм", "наш канал", "все права защищены", "поделиться в", "поделиться в соцсетях", "рассказать друзьям",
    "شارك المقال", "شارك هذا", "مشاركة المقال", "اشترك في", "تابعونا على", "تابعنا على", "النشرة الإخبارية", "جميع الحقوق محفوظة", "हमें फॉलो करें", "सब्सक्राइब करें", "न्यूज़लेटर", "इस खबर को शेयर", "सर्वाधिकार सुरक्षित", "ติดตามเราได้ที่", "ติดตามข่าว", "สมัครรับ", "แชร์บทความ", "แชร์เรื่องนี้", "สงวนลิขสิทธิ์", "关注我们", "關注我們", "订阅我们", "訂閱我們", "扫码", "版权所有", "版權所有", "分享本文",
    "分享这篇", "分享此文", "点击这里", "この記事をシェア", "記事をシェア", "ニュースレター", "メルマガ", "フォローする", "無断転載", "会員登録", "友だち追加",
];

/// Words that a time or date may be told with.
#[rustfmt::skip]
const AROUND_TIMES: &[&str] = &[
    "gmt", "utc", "bst", "cet", "cest", "mez", "mesz", "est", "edt", "et", "pst", "pdt", "pt", "ist", "jst", "msk", "am", "pm", "a.m", "p.m", "a", "p", "m", "uhr", "at", "on", "of", "ago", "hours", "hour", "minutes", "minute", "min", "mins", "days", "day", "um", "vom", "am", "der", "den", "à", "le", "h", "el", "las", "a", "hs", "de", "del", "в", "мск", "г", "года", "в", "по",
    "москве", "часов", "минут", "назад", "في", "الساعة", "بتوقيت", "غرينتش", "مكة", "ص", "م", "बजे", "को", "पर", "घंटे", "पहले", "मिनट", "น", "เวลา", "时间", "北京", "年", "月", "日", "时", "時", "分", "秒", "上午", "下午", "午前", "午後", "local", "time", "eastern", "ac", "and",
];

fn phrases(table: &'static [&'static str]) -> Phrases<()> {
    Phrases::new(table.iter().map(|phrase| (*phrase, ())))
}

/// What follows a stamp that a line begins with.
pub(in crate::diff::classify) fn stamp(line: &str) -> Option<&str> {
    static TABLE: LazyLock<Phrases<()>> = LazyLock::new(|| phrases(STAMPS));
    longest(&TABLE, line)
}

/// What follows a label.
pub(in crate::diff::classify) fn label(line: &str) -> Option<&str> {
    static TABLE: LazyLock<Phrases<()>> = LazyLock::new(|| phrases(LABELS));
    longest(&TABLE, line)
}

/// What follows the words of a whole line.
pub(in crate::diff::classify) fn line(line: &str) -> Option<&str> {
    static TABLE: LazyLock<Phrases<()>> = LazyLock::new(|| phrases(LINES));
    longest(&TABLE, line)
}

/// Whether a line says what only the furniture of a page says.
pub(in crate::diff::classify) fn phrase(line: &str) -> bool {
    static TABLE: LazyLock<Phrases<()>> = LazyLock::new(|| phrases(PHRASES));
    TABLE.within(line).is_some()
}

/// Whether a word may stand beside a time.
pub(in crate::diff::classify) fn around_time(word: &str) -> bool {
    static TABLE: LazyLock<FxHashSet<&str>> = LazyLock::new(|| AROUND_TIMES.iter().copied().collect());
    TABLE.contains(word)
}

/// What follows the longest of some beginnings, where that ends with a word.
fn longest<'a>(table: &Phrases<()>, line: &'a str) -> Option<&'a str> {
    let rests = table.starting(line.as_bytes()).filter_map(|(start, ())| {
        let rest = line.strip_prefix(start)?;
        let ends = !start.ends_with(is_spaced_letter) || !rest.starts_with(is_spaced_letter);
        ends.then_some((start.len(), rest))
    });
    rests.max_by_key(|(length, _)| *length).map(|(_, rest)| rest)
}

/// Letters of scripts that put spaces between words.
fn is_spaced_letter(character: char) -> bool {
    character.is_alphabetic() && u32::from(character) < 0xE00
}

#[cfg(test)]
pub(super) fn all() -> Vec<&'static str> {
    [STAMPS, LINES, LABELS, PHRASES, AROUND_TIMES].concat()
}
