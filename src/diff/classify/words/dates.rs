//! Names of days and months.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::Phrases;

/// Days and months of scripts with case where they are written with a capital: so `may` and `sun` are other words.
#[rustfmt::skip]
const CAPITALISED: &[&str] = &[
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    "Mon", "Tue", "Tues", "Wed", "Thu", "Thur", "Thurs", "Fri", "Sat", "Sun",
    "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays",
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec",
    "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonnabend", "Sonntag",
    "Montagabend", "Dienstagabend", "Mittwochabend", "Donnerstagabend", "Freitagabend", "Samstagabend", "Sonntagabend",
    "Januar", "Jänner", "Februar", "März", "Mai", "Juni", "Juli", "Oktober", "Dezember",
];

/// Days, months and days told from today, in small letters.
#[rustfmt::skip]
const SMALL: &[&str] = &[
    "today", "yesterday", "tomorrow", "tonight",
    "heute", "gestern", "morgen", "vorgestern", "übermorgen", "montags", "dienstags", "mittwochs", "donnerstags", "freitags",
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "janvier", "février", "mars", "avril", "mai",
    "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre", "hier", "demain", "aujourd'hui",
    "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo", "enero", "febrero", "marzo", "abril", "mayo",
    "junio", "julio", "agosto", "septiembre", "setiembre", "octubre", "noviembre", "diciembre", "hoy", "ayer", "mañana",
    "понедельник", "понедельника", "понедельнику", "вторник", "вторника", "вторнику", "среда", "среду", "среды", "среде",
    "четверг", "четверга", "четвергу", "пятница", "пятницу", "пятницы", "пятнице", "суббота", "субботу", "субботы",
    "субботе", "воскресенье", "воскресенья", "воскресенью", "январь", "января", "январе", "февраль", "февраля", "феврале",
    "март", "марта", "марте", "апрель", "апреля", "апреле", "май", "мая", "мае", "июнь", "июня", "июне", "июль", "июля",
    "июле", "август", "августа", "августе", "сентябрь", "сентября", "сентябре", "октябрь", "октября", "октябре", "ноябрь",
    "ноября", "ноябре", "декабрь", "декабря", "декабре", "сегодня", "вчера", "завтра", "позавчера",
    "الاثنين", "الإثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد", "يناير", "فبراير", "مارس", "أبريل",
    "إبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر", "شباط", "آذار", "نيسان", "أيار",
    "حزيران", "تموز", "آب", "أيلول", "اليوم", "أمس", "غدا", "غدًا",
    "सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "बृहस्पतिवार", "शुक्रवार", "शनिवार", "रविवार", "जनवरी", "फरवरी", "फ़रवरी", "मार्च",
    "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "सितम्बर", "अक्टूबर", "अक्तूबर", "नवंबर", "नवम्बर", "दिसंबर", "दिसम्बर",
    "आज",
];

/// Days and months of scripts without spaces, found anywhere.
#[rustfmt::skip]
const JOINED: &[&str] = &[
    "月曜", "火曜", "水曜", "木曜", "金曜", "土曜", "日曜", "昨日", "今日", "明日", "昨年", "今年", "来年",
    "星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日", "星期天", "周一", "周二", "周三", "周四", "周五", "周六", "周日",
    "週一", "週二", "週三", "週四", "週五", "週六", "週日", "礼拜一", "礼拜二", "礼拜三", "礼拜四", "礼拜五", "礼拜六", "昨天", "今天", "明天",
    "去年", "明年",
    "จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์", "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม",
    "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม", "เมื่อวาน", "วันนี้", "พรุ่งนี้",
];

/// Words before a year.
#[rustfmt::skip]
const BEFORE_YEAR: &[&str] = &[
    "in", "since", "from", "until", "till", "by", "of", "to", "early", "late", "mid", "summer", "autumn", "winter", "spring", "fall",
    "year", "im", "jahr", "jahre", "seit", "von", "bis", "ab", "anfang", "ende", "mitte", "en", "depuis", "de", "à", "fin",
    "début", "desde", "hasta", "del", "año", "в", "с", "до", "к", "عام", "سنة", "منذ", "वर्ष", "सन", "सन्", "साल", "(", "-", "–",
];

/// Words and characters after a year.
const AFTER_YEAR: &[&str] = &["год", "года", "году", "г", "年", "में", "के", "से", "से"];

/// Whether a word names a day or month.
pub(in crate::diff::classify) fn is_day_or_month(text: &str, key: &str) -> bool {
    static LARGE: LazyLock<FxHashSet<&str>> = LazyLock::new(|| CAPITALISED.iter().copied().collect());
    static OTHERS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| SMALL.iter().copied().collect());
    LARGE.contains(text) || OTHERS.contains(key)
}

/// The name of a day or month that begins a text of a script without spaces.
pub(in crate::diff::classify) fn joined(text: &str) -> Option<&'static str> {
    static TABLE: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(JOINED.iter().map(|name| (*name, ()))));
    TABLE.starting(text.as_bytes()).next().map(|(name, ())| name)
}

/// Whether a year may follow this word.
pub(in crate::diff::classify) fn before_year(key: &str) -> bool {
    BEFORE_YEAR.contains(&key)
}

/// Whether a year may stand before this word.
pub(in crate::diff::classify) fn after_year(key: &str) -> bool {
    AFTER_YEAR.contains(&key)
}

#[cfg(test)]
pub(super) fn all() -> Vec<&'static str> {
    [CAPITALISED, SMALL, JOINED, BEFORE_YEAR, AFTER_YEAR].concat()
}
