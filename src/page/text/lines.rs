//! Lines that tell themselves apart from a story by their words, in ten languages.

use super::blocks::words;

/// The most words of a line that is judged by its words alone.
const SHORT: usize = 14;

/// Openings of lines that ask readers to do something, or lead to another story. In lower case.
const CALLS: &[&str] = &[
    // English
    "advertisement",
    "article continues below",
    "click here to",
    "click here for",
    "continue reading",
    "don't miss",
    "don’t miss",
    "download our app",
    "follow us",
    "get the latest",
    "have a tip",
    "join the conversation",
    "like this story",
    "like us on",
    "more from",
    "more news from",
    "more on this story",
    "more stories",
    "most read",
    "most popular",
    "read also",
    "read more",
    "read next",
    "recommended for you",
    "related:",
    "related articles",
    "related stories",
    "related topics",
    "see also",
    "see more:",
    "share on",
    "share this",
    "sign up",
    "sponsored",
    "story continues below",
    "subscribe",
    "tap here",
    "this slideshow requires",
    "trending now",
    "up next",
    "view comments",
    "watch:",
    "you may also like",
    "you might also like",
    "also read",
    "thanks for signing up",
    "skip to",
    "also on",
    "loading...",
    "show comments",
    "leave a comment",
    "comments",
    "sign in",
    "log in",
    "image 1 of",
    "close",
    // German
    "anzeige",
    "lesen sie auch",
    "lesen sie hier",
    "mehr zum thema",
    "mehr lesen",
    "newsletter",
    "auch interessant",
    "artikel teilen",
    "das könnte sie auch interessieren",
    "folgen sie uns",
    "werbung",
    "jetzt abonnieren",
    "kommentare",
    "weiterlesen",
    // French
    "abonnez-vous",
    "à lire aussi",
    "a lire aussi",
    "lire aussi",
    "lire la suite",
    "partager",
    "publicité",
    "suivez-nous",
    "voir aussi",
    "inscrivez-vous",
    "sur le même sujet",
    "commentaires",
    // Spanish (and Portuguese)
    "compartir",
    "lea también",
    "lee también",
    "leer más",
    "te puede interesar",
    "le puede interesar",
    "publicidad",
    "síguenos",
    "suscríbete",
    "suscríbase",
    "más noticias",
    "lea más",
    "comentarios",
    "leia também",
    "leia mais",
    "compartilhe",
    "publicidade",
    "siga-nos",
    // Russian
    "читайте также",
    "читать далее",
    "поделиться",
    "подписывайтесь",
    "подпишитесь",
    "реклама",
    "по теме:",
    "смотрите также",
    "комментарии",
    // Arabic
    "اقرأ أيضا",
    "اقرأ أيضًا",
    "إقرأ أيضا",
    "شارك",
    "تابعونا",
    "اشترك",
    "إعلان",
    "المزيد من",
    "مواضيع ذات صلة",
    "التعليقات",
    // Hindi
    "यह भी पढ़ें",
    "ये भी पढ़ें",
    "और पढ़ें",
    "शेयर करें",
    "सब्सक्राइब",
    "विज्ञापन",
    "टिप्पणियां",
    // Thai
    "อ่านเพิ่มเติม",
    "อ่านต่อ",
    "ข่าวที่เกี่ยวข้อง",
    "แชร์",
    "ติดตามเรา",
    "สมัครรับ",
    "โฆษณา",
    "ความคิดเห็น",
    // Chinese
    "相关阅读",
    "相关新闻",
    "延伸阅读",
    "相關新聞",
    "延伸閱讀",
    "分享到",
    "分享至",
    "扫码",
    "订阅",
    "訂閱",
    "广告",
    "廣告",
    "推荐阅读",
    "评论",
    // Japanese
    "関連記事",
    "あわせて読みたい",
    "続きを読む",
    "シェア",
    "ツイート",
    "広告",
    "フォロー",
    "会員登録",
    "コメント",
    "メールマガジン",
];

/// Labels of advertising, each the whole of its line. In lower case.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "ad", "ads", "advertisement", "advertisements", "advertising", "advertorial", "paid content", "paid post", "partner content",
    "promoted", "sponsored", "sponsored content",
    "anzeige", "anzeigen", "gesponsert", "werbung",
    "annonce", "contenu sponsorisé", "publicité", "sponsorisé",
    "anuncio", "contenido patrocinado", "patrocinado", "publicidad",
    "на правах рекламы", "реклама",
    "إعلان", "إعلان ممول", "إعلانات", "محتوى مدفوع",
    "प्रायोजित", "विज्ञापन",
    "สนับสนุนโดย", "โฆษณา",
    "广告", "廣告", "推广", "赞助内容",
    "pr", "スポンサー", "広告",
];

/// Openings of what stands on a link or a button that makes readers subscribe, join or give. In lower case.
#[rustfmt::skip]
const OFFERS: &[&str] = &[
    "become a member", "donate", "get the app", "get the newsletter", "join", "register", "sign me up", "sign up", "start your",
    "subscribe", "support us",
    "abonnieren", "anmelden", "jetzt abonnieren", "jetzt anmelden", "jetzt registrieren", "jetzt spenden", "jetzt testen",
    "mitglied werden", "registrieren", "zum abo",
    "abonnez-vous", "faire un don", "inscrivez-vous", "je m'abonne", "je m’abonne", "je m'inscris", "je m’inscris", "rejoignez",
    "s'abonner", "s’abonner", "s'inscrire", "s’inscrire",
    "apúntate", "donar", "hazte socio", "regístrate", "registrarse", "suscríbase", "suscríbete", "suscribirse", "únete",
    "зарегистрироваться", "оформить подписку", "подписаться", "подпишитесь", "присоединиться",
    "اشترك", "الاشتراك", "انضم", "تبرع", "سجل", "سجّل",
    "जुड़ें", "रजिस्टर", "सदस्यता लें", "सब्सक्राइब", "साइन अप",
    "บริจาค", "ลงทะเบียน", "สมัคร",
    "加入", "捐款", "注册", "立即订阅", "註冊", "訂閱", "订阅",
    "お申し込み", "今すぐ登録", "会員登録", "寄付", "無料登録", "申し込", "登録", "購読",
];

/// Words for a time that is told from now on. In lower case.
const AGO: &[&str] = &[
    "ago",
    "vor",
    "il y a",
    "hace",
    "назад",
    "منذ",
    "قبل",
    "पहले",
    "ที่แล้ว",
    "ที่ผ่านมา",
    "分钟前",
    "小时前",
    "天前",
    "分鐘前",
    "小時前",
    "分前",
    "時間前",
    "日前",
];

/// Units of such a time. In lower case.
const UNITS: &[&str] = &[
    "second",
    "sec",
    "minute",
    "min",
    "hour",
    "hr",
    "day",
    "week",
    "sekunde",
    "stunde",
    "tag",
    "woche",
    "heure",
    "jour",
    "semaine",
    "minuto",
    "hora",
    "día",
    "semana",
    "секунд",
    "минут",
    "мин",
    "час",
    "дн",
    "день",
    "недел",
    "دقيقة",
    "دقائق",
    "ساعة",
    "ساعات",
    "يوم",
    "मिनट",
    "मिन",
    "घंट",
    "दिन",
    "นาที",
    "ชั่วโมง",
    "วัน",
    "分",
    "时",
    "時",
    "天",
    "日",
];

/// Openings of a note that corrects a story. In lower case.
const CORRECTIONS: &[&str] = &[
    "correction",
    "corrections",
    "clarification",
    "corrected:",
    "editor's note",
    "editor’s note",
    "editors' note",
    "editors’ note",
    "an earlier version of this",
    "a previous version of this",
    "this article was amended",
    "this story was amended",
    "this article was updated on",
    "this story has been corrected",
    "this article has been corrected",
    "this article has been updated",
    "this story has been updated",
    "amendment",
    "berichtigung",
    "korrektur",
    "anmerkung der redaktion",
    "hinweis der redaktion",
    "in einer früheren version",
    "in einer früheren fassung",
    "rectificatif",
    "erratum",
    "mise à jour",
    "note de la rédaction",
    "une version précédente",
    "une première version",
    "corrección",
    "fe de errores",
    "fe de erratas",
    "nota del editor",
    "nota de la redacción",
    "una versión anterior",
    "исправление",
    "уточнение",
    "поправка",
    "от редакции",
    "в более ранней версии",
    "в предыдущей версии",
    "تصحيح",
    "تصويب",
    "ملاحظة المحرر",
    "تنويه",
    "सुधार",
    "शुद्धिपत्र",
    "भूल सुधार",
    "संपादक की टिप्पणी",
    "แก้ไขข่าว",
    "การแก้ไข",
    "หมายเหตุบรรณาธิการ",
    "更正",
    "勘误",
    "勘誤",
    "编者按",
    "編者按",
    "编者注",
    "訂正",
    "お詫びと訂正",
    "編集部注",
];

/// Whether a text is a note that corrects the story, or says how it was changed.
pub(in crate::page) fn is_correction(text: &str) -> bool {
    let lower: String = text
        .trim_start_matches(['*', '(', '[', '—', '–', '-', ' ', '•'])
        .chars()
        .take(60)
        .collect::<String>()
        .to_lowercase();
    words(text) >= 4 && CORRECTIONS.iter().any(|opening| opens(&lower, opening))
}

/// Whether a text is a label of advertising and nothing else.
pub(super) fn is_label(text: &str) -> bool {
    let bare = text.trim_matches(|letter: char| !letter.is_alphanumeric() && !is_mark(letter));
    bare.len() <= 80 && LABELS.contains(&bare.to_lowercase().as_str())
}

/// A vowel sign of Devanagari or Thai, which is no letter by itself.
const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}')
}

/// Whether the words of a link or a button offer to subscribe, to join or to give.
pub(super) fn is_offer(text: &str) -> bool {
    words(text) <= 6 && OFFERS.iter().any(|offer| opens(&text.to_lowercase(), offer))
}

/// Whether a line is a call to readers, a count of shares, or the time of publication.
pub(super) fn is_furniture(text: &str) -> bool {
    let count = words(text);
    let lower = text.to_lowercase();
    let bare = lower.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    if count <= SHORT && CALLS.iter().any(|call| opens(bare, call)) {
        return true;
    }
    if count <= 20
        && bare.starts_with("follow ")
        && ["twitter", "facebook", "instagram"].iter().any(|site| lower.contains(site))
    {
        return true;
    }
    count <= SHORT && (is_address(&lower) || is_count(&lower) || is_ago(&lower) || is_date_line(&lower))
}

/// An address of mail or of the web, or a handle, alone.
fn is_address(lower: &str) -> bool {
    let is_one = |word: &str| {
        word.contains('@') || word.contains("://") || word.starts_with("www.") || word.starts_with("twitter.com/")
    };
    lower.split_whitespace().all(is_one)
}

/// Whether a text begins with an opening, and with whole words of it.
fn opens(text: &str, opening: &str) -> bool {
    let Some(rest) = text.strip_prefix(opening) else { return false };
    !opening.ends_with(|letter: char| letter.is_ascii_alphabetic()) || !rest.starts_with(char::is_alphanumeric)
}

/// `1.2K shares`, `34 comments`, `5 min read`.
fn is_count(lower: &str) -> bool {
    const COUNTED: &[&str] = &[
        "share",
        "shares",
        "comment",
        "comments",
        "views",
        "likes",
        "retweets",
        "read",
        "kommentare",
        "commentaires",
        "partages",
        "comentarios",
        "lectura",
        "min",
        "compartidos",
        "просмотров",
        "комментариев",
        "комментария",
        "مشاهدة",
        "تعليق",
        "शेयर",
        "मिनट",
        "次浏览",
        "阅读",
        "评论",
        "件のコメント",
        "views",
        "lesezeit",
        "geteilt",
        "kommentar",
        "partage",
        "compartido",
        "репостов",
        "поделились",
        "مشاركة",
        "مشاركات",
    ];
    /// The same where no space stands before them.
    const GLUED: &[&str] = &["次分享", "次转发", "条评论", "件のシェア", "件のコメント", "シェア", "แชร์", "शेयर"];
    let glued = lower.trim_start_matches(|digit: char| digit.is_ascii_digit() || matches!(digit, '.' | ',' | ' '));
    if glued.len() < lower.len() && GLUED.contains(&glued.trim()) {
        return true;
    }
    let mut parts = lower.split_whitespace();
    let is_number = parts.next().is_some_and(|first| first.starts_with(|digit: char| digit.is_ascii_digit()));
    let rest: Vec<&str> = parts.collect();
    is_number
        && (1..=3).contains(&rest.len())
        && rest.iter().any(|word| COUNTED.contains(&word.trim_end_matches([':', '.'])))
}

/// `12 minutes ago`, `vor 3 Stunden`, `5分前`, with little else.
fn is_ago(lower: &str) -> bool {
    words(lower) <= 8
        && lower.chars().any(char::is_numeric)
        && AGO.iter().any(|ago| lower.contains(ago))
        && UNITS.iter().any(|unit| lower.contains(unit))
        && !lower.trim_end().ends_with(['.', '!', '?', '।', '。'])
}

/// `Published: Nov. 20, 2019, 9:28 AM UTC`, `Updated 14:05`: a year or a time of day, and hardly any word that is not of a date.
fn is_date_line(lower: &str) -> bool {
    // `2019Updated:` stands without a space where two elements meet.
    let lower = &lower.replace("updated", " updated ").replace("published", " published ");
    let parts: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric() && letter != ':')
        .map(|part| part.trim_matches(':'))
        .filter(|part| !part.is_empty())
        .collect();
    let is_year = |part: &&str| part.len() == 4 && part.parse::<u16>().is_ok_and(|year| (1990..2100).contains(&year));
    let is_clock = |part: &&str| {
        part.split_once([':', 'h']).is_some_and(|(hours, minutes)| {
            hours.len() <= 2
                && hours.parse::<u8>().is_ok()
                && minutes.get(..2).is_some_and(|minutes| minutes.parse::<u8>().is_ok())
        })
    };
    if !parts.iter().any(|part| is_year(part) || is_clock(part)) {
        return false;
    }
    let others = parts
        .iter()
        .filter(|part| !part.starts_with(|first: char| first.is_ascii_digit()) && !is_of_date(part))
        .count();
    others == 0
}

fn is_of_date(part: &str) -> bool {
    const WORDS: &[&str] = &[
        "am",
        "pm",
        "a",
        "p",
        "m",
        "at",
        "on",
        "the",
        "utc",
        "gmt",
        "est",
        "edt",
        "pst",
        "pdt",
        "cst",
        "cdt",
        "mst",
        "mdt",
        "et",
        "pt",
        "ct",
        "bst",
        "cet",
        "cest",
        "ist",
        "jst",
        "aest",
        "aedt",
        "msk",
        "published",
        "updated",
        "posted",
        "last",
        "first",
        "modified",
        "date",
        "time",
        "created",
        "th",
        "st",
        "nd",
        "rd",
        "of",
        "il",
        "le",
        "la",
        "de",
        "del",
        "der",
        "den",
        "um",
        "uhr",
        "am",
        "à",
        "stand",
        "aktualisiert",
        "veröffentlicht",
        "erstellt",
        "publié",
        "mis",
        "mise",
        "jour",
        "modifié",
        "publicado",
        "actualizado",
        "el",
        "a",
        "las",
        "hs",
        "h",
        "опубликовано",
        "обновлено",
        "г",
        "в",
        "نشر",
        "تحديث",
        "في",
        "प्रकाशित",
        "अपडेट",
        "เผยแพร่",
        "อัปเดต",
        "发布",
        "更新",
        "发布时间",
        "公開",
        "配信",
    ];
    const MONTHS: &[&str] = &[
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "mär",
        "mai",
        "okt",
        "dez",
        "janv",
        "fév",
        "avr",
        "juin",
        "juil",
        "aoû",
        "déc",
        "ene",
        "abr",
        "ago",
        "dic",
        "янв",
        "фев",
        "мар",
        "апр",
        "мая",
        "июн",
        "июл",
        "авг",
        "сен",
        "окт",
        "ноя",
        "дек",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "sábado",
        "domingo",
        "понедельник",
        "вторник",
        "среда",
        "четверг",
        "пятница",
        "суббота",
        "воскресенье",
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ];
    WORDS.contains(&part) || (MONTHS.iter().any(|month| part.starts_with(month)) && part.chars().count() <= 11)
}
