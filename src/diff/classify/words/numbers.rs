//! Words for numbers, multipliers and units.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// Small numbers as words, with their value. English, German, French, Spanish, Russian, Hindi, Arabic.
#[rustfmt::skip]
const WORDS: &[(&str, u64)] = &[
    ("zero", 0), ("one", 1), ("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6), ("seven", 7), ("eight", 8),
    ("nine", 9), ("ten", 10), ("eleven", 11), ("twelve", 12), ("thirteen", 13), ("fourteen", 14), ("fifteen", 15),
    ("sixteen", 16), ("seventeen", 17), ("eighteen", 18), ("nineteen", 19), ("twenty", 20), ("thirty", 30),
    ("forty", 40), ("fifty", 50), ("sixty", 60), ("seventy", 70), ("eighty", 80), ("ninety", 90),
    ("dozen", 12), ("dozens", 24),
    ("null", 0), ("eins", 1), ("zwei", 2), ("drei", 3), ("vier", 4), ("fünf", 5), ("sechs", 6), ("sieben", 7),
    ("acht", 8), ("neun", 9), ("zehn", 10), ("elf", 11), ("zwölf", 12), ("dreizehn", 13), ("vierzehn", 14),
    ("fünfzehn", 15), ("sechzehn", 16), ("siebzehn", 17), ("achtzehn", 18), ("neunzehn", 19), ("zwanzig", 20),
    ("dreißig", 30), ("vierzig", 40), ("fünfzig", 50), ("sechzig", 60), ("siebzig", 70), ("achtzig", 80),
    ("neunzig", 90), ("dutzend", 12), ("dutzende", 24), ("dutzenden", 24),
    ("zéro", 0), ("deux", 2), ("trois", 3), ("quatre", 4), ("cinq", 5), ("sept", 7), ("huit", 8), ("neuf", 9),
    ("dix", 10), ("onze", 11), ("douze", 12), ("treize", 13), ("quatorze", 14), ("quinze", 15), ("seize", 16),
    ("vingt", 20), ("trente", 30), ("quarante", 40), ("cinquante", 50), ("soixante", 60), ("douzaine", 12),
    ("dizaine", 10), ("dizaines", 20), ("douzaines", 24),
    ("cero", 0), ("dos", 2), ("tres", 3), ("cuatro", 4), ("cinco", 5), ("seis", 6), ("siete", 7), ("ocho", 8),
    ("nueve", 9), ("diez", 10), ("once", 11), ("doce", 12), ("trece", 13), ("catorce", 14), ("quince", 15),
    ("dieciséis", 16), ("diecisiete", 17), ("dieciocho", 18), ("diecinueve", 19), ("veinte", 20), ("treinta", 30),
    ("cuarenta", 40), ("cincuenta", 50), ("sesenta", 60), ("setenta", 70), ("ochenta", 80), ("noventa", 90),
    ("docena", 12), ("docenas", 24), ("decenas", 20),
    ("ноль", 0), ("один", 1), ("два", 2), ("две", 2), ("двое", 2), ("двух", 2), ("три", 3), ("трое", 3), ("трёх", 3),
    ("трех", 3), ("четыре", 4), ("четверо", 4), ("четырёх", 4), ("четырех", 4), ("пять", 5), ("пятеро", 5), ("пяти", 5),
    ("шесть", 6), ("шести", 6), ("шестеро", 6), ("семь", 7), ("семеро", 7), ("восемь", 8), ("девять", 9), ("десять", 10),
    ("десяти", 10), ("одиннадцать", 11), ("двенадцать", 12), ("тринадцать", 13), ("четырнадцать", 14),
    ("пятнадцать", 15), ("шестнадцать", 16), ("семнадцать", 17), ("восемнадцать", 18), ("девятнадцать", 19),
    ("двадцать", 20), ("тридцать", 30), ("сорок", 40), ("пятьдесят", 50), ("шестьдесят", 60), ("семьдесят", 70),
    ("восемьдесят", 80), ("девяносто", 90), ("двести", 200), ("триста", 300), ("четыреста", 400), ("пятьсот", 500),
    ("десятки", 20), ("десятков", 20), ("дюжина", 12),
    ("दो", 2), ("तीन", 3), ("चार", 4), ("पांच", 5), ("पाँच", 5), ("छह", 6), ("सात", 7), ("आठ", 8), ("नौ", 9), ("दस", 10),
    ("ग्यारह", 11), ("बारह", 12), ("पंद्रह", 15), ("बीस", 20), ("तीस", 30), ("पचास", 50), ("दर्जन", 12), ("दर्जनों", 24),
    ("ثلاثة", 3), ("أربعة", 4), ("خمسة", 5), ("ستة", 6), ("سبعة", 7), ("ثمانية", 8), ("تسعة", 9), ("عشرة", 10),
    ("عشرات", 20), ("عشرين", 20), ("عشرون", 20), ("ثلاثين", 30), ("ثلاثون", 30), ("أربعين", 40), ("خمسين", 50), ("خمسون", 50),
];

/// Words that multiply the number before them, or stand for it by themselves. The plurals mean "some", and are told from one.
#[rustfmt::skip]
const MULTIPLIERS: &[(&str, u64)] = &[
    ("k", 1_000), ("m", 1_000_000), ("mn", 1_000_000), ("mln", 1_000_000), ("bn", 1_000_000_000), ("b", 1_000_000_000),
    ("tn", 1_000_000_000_000), ("trn", 1_000_000_000_000),
    ("hundred", 100), ("hundreds", 200), ("thousand", 1_000), ("thousands", 2_000), ("million", 1_000_000),
    ("millions", 2_000_000), ("billion", 1_000_000_000), ("billions", 2_000_000_000), ("trillion", 1_000_000_000_000),
    ("lakh", 100_000), ("lakhs", 100_000), ("crore", 10_000_000), ("crores", 10_000_000),
    ("hundert", 100), ("hunderte", 200), ("hunderten", 200), ("tausend", 1_000), ("tausende", 2_000), ("tausenden", 2_000),
    ("tsd", 1_000), ("mio", 1_000_000), ("millionen", 1_000_000), ("mrd", 1_000_000_000), ("milliarde", 1_000_000_000),
    ("milliarden", 1_000_000_000), ("billionen", 1_000_000_000_000),
    ("cent", 100), ("cents", 100), ("centaines", 200), ("centaine", 100), ("mille", 1_000), ("milliers", 2_000),
    ("millier", 1_000), ("milliard", 1_000_000_000), ("milliards", 1_000_000_000), ("md", 1_000_000_000), ("mds", 1_000_000_000),
    ("cien", 100), ("ciento", 100), ("cientos", 200), ("centenares", 200), ("mil", 1_000), ("miles", 2_000), ("millón", 1_000_000),
    ("millones", 1_000_000), ("billón", 1_000_000_000_000), ("billones", 1_000_000_000_000),
    ("сто", 100), ("сотни", 200), ("сотен", 200), ("тысяча", 1_000), ("тысячи", 1_000), ("тысяч", 1_000), ("тыс", 1_000),
    ("миллион", 1_000_000), ("миллиона", 1_000_000), ("миллионов", 1_000_000), ("млн", 1_000_000),
    ("миллиард", 1_000_000_000), ("миллиарда", 1_000_000_000), ("миллиардов", 1_000_000_000), ("млрд", 1_000_000_000),
    ("трлн", 1_000_000_000_000), ("триллиона", 1_000_000_000_000), ("триллионов", 1_000_000_000_000),
    ("مئة", 100), ("مائة", 100), ("مئات", 200), ("ألف", 1_000), ("آلاف", 1_000), ("مليون", 1_000_000), ("ملايين", 1_000_000),
    ("مليار", 1_000_000_000), ("مليارات", 1_000_000_000), ("تريليون", 1_000_000_000_000),
    ("सौ", 100), ("सैकड़ों", 200), ("हज़ार", 1_000), ("हजार", 1_000), ("हजारों", 2_000), ("लाख", 100_000), ("लाखों", 200_000),
    ("करोड़", 10_000_000), ("अरब", 1_000_000_000),
];

/// Multipliers of scripts without spaces, each directly after its number; the longest first where one begins another.
const JOINED: &[(&str, u64)] = &[
    ("万", 10_000),
    ("萬", 10_000),
    ("億", 100_000_000),
    ("亿", 100_000_000),
    ("兆", 1_000_000_000_000),
    ("千", 1_000),
    ("百", 100),
    ("พันล้าน", 1_000_000_000),
    ("หมื่นล้าน", 10_000_000_000),
    ("แสนล้าน", 100_000_000_000),
    ("ล้านล้าน", 1_000_000_000_000),
    ("ล้าน", 1_000_000),
    ("แสน", 100_000),
    ("หมื่น", 10_000),
    ("พัน", 1_000),
];

/// What is written after a number in scripts without spaces and says what is counted.
const COUNTERS: &[&str] = &[
    "人",
    "名",
    "位",
    "件",
    "个",
    "個",
    "歳",
    "岁",
    "歲",
    "円",
    "元",
    "年",
    "月",
    "日",
    "時",
    "时",
    "点",
    "點",
    "分",
    "秒",
    "回",
    "次",
    "台",
    "辆",
    "輛",
    "校",
    "社",
    "家",
    "国",
    "國",
    "万",
    "億",
    "亿",
    "度",
    "倍",
    "割",
    "票",
    "棟",
    "栋",
    "匹",
    "頭",
    "头",
    "ราย",
    "คน",
    "บาท",
    "ศพ",
    "คัน",
    "ครั้ง",
    "ปี",
    "วัน",
    "ชั่วโมง",
    "นาที",
    "หลัง",
    "แห่ง",
    "เปอร์เซ็นต์",
];

/// Words that mean a hundredth, with `%`.
const PERCENT: &[&str] = &[
    "percent",
    "per cent",
    "pct",
    "prozent",
    "pour cent",
    "por ciento",
    "процент",
    "процента",
    "процентов",
    "процентами",
    "в процентах",
    "بالمئة",
    "بالمائة",
    "في المئة",
    "في المائة",
    "प्रतिशत",
    "फीसदी",
    "फ़ीसदी",
    "เปอร์เซ็นต์",
    "ร้อยละ",
];

/// Words that may follow a number and are not what is counted.
#[rustfmt::skip]
const NO_UNITS: &[&str] = &[
    "a", "an", "and", "as", "at", "before", "after", "but", "by", "during", "for", "from", "had", "has", "have", "he", "in", "into", "is", "it", "more", "of", "on", "or", "other", "others", "over", "said", "says", "she", "since", "than", "that", "the", "their",
    "they", "this", "to", "under", "until", "was", "were", "when", "where", "which", "while", "who", "will", "with", "would", "am", "auf", "aus", "bei", "das", "dem", "den", "der", "des", "die", "durch", "ein", "eine", "für", "hat", "im", "ist", "mit", "nach", "oder", "sind", "um", "und",
    "von", "war", "waren", "weitere", "wurde", "wurden", "zu", "zum", "zur", "aux", "avec", "dans", "de", "des", "du", "en", "est", "et", "la", "le", "les", "mais", "ont", "ou", "par", "pour", "que", "qui", "sont", "sur", "un", "une", "al", "con", "del", "el", "es", "las", "lo", "los", "más",
    "o", "para", "por", "se", "su", "y", "а", "был", "была", "были", "было", "в", "во", "для", "до", "за", "и", "из", "или", "к", "на", "но", "о", "от", "по", "под", "при", "с", "со", "у", "что", "أو", "إلى", "على", "عن", "في", "من", "و", "और", "का", "की", "के", "को", "तक", "ने", "पर", "में", "से", "है", "हैं", "था", "थे",
];

/// Whether a word after a number may be what is counted.
pub(in crate::diff::classify) fn is_unit(key: &str) -> bool {
    static TABLE: LazyLock<FxHashSet<&str>> = LazyLock::new(|| NO_UNITS.iter().copied().collect());
    !TABLE.contains(key)
}

fn value(word: &str) -> Option<u64> {
    static TABLE: LazyLock<FxHashMap<&str, u64>> = LazyLock::new(|| WORDS.iter().copied().collect());
    TABLE.get(word).copied()
}

/// The value of a word below a hundred, or of a dozen.
pub(in crate::diff::classify) fn small(word: &str) -> Option<u64> {
    value(word).or_else(|| german(word))
}

/// The value of a word that multiplies.
pub(in crate::diff::classify) fn multiplier(word: &str) -> Option<u64> {
    static TABLE: LazyLock<FxHashMap<&str, u64>> = LazyLock::new(|| MULTIPLIERS.iter().copied().collect());
    TABLE.get(word).copied()
}

/// The multiplier that a text of a script without spaces begins with: its bytes and its value.
pub(in crate::diff::classify) fn joined(text: &str) -> Option<(usize, u64)> {
    JOINED.iter().find(|(name, _)| text.starts_with(name)).map(|(name, value)| (name.len(), *value))
}

/// The counter that a text begins with.
pub(in crate::diff::classify) fn counter(text: &str) -> Option<&'static str> {
    COUNTERS.iter().find(|name| text.starts_with(**name)).copied()
}

/// Whether a text begins with words for "percent".
pub(in crate::diff::classify) fn is_percent(text: &str) -> bool {
    let text: String = text.chars().take(16).flat_map(char::to_lowercase).collect();
    PERCENT.iter().any(|name| {
        text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(char::is_alphabetic) || name.starts_with('เ'))
    })
}

/// Compounds such as `zweiundzwanzig` and `dreihundert`.
fn german(word: &str) -> Option<u64> {
    let unit = |word: &str| if word == "ein" { Some(1) } else { value(word).filter(|value| *value < 10) };
    if let Some(hundreds) = word.strip_suffix("hundert") {
        return unit(hundreds).map(|value| 100 * value);
    }
    if let Some(thousands) = word.strip_suffix("tausend") {
        return unit(thousands).map(|value| 1_000 * value);
    }
    // Few words get further, and for a short one a look at each place is quicker than a search is prepared.
    if !word.as_bytes().windows(3).any(|three| three == b"und") {
        return None;
    }
    let (ones, tens) = word.split_once("und")?;
    let tens = value(tens).filter(|value| (20..100).contains(value))?;
    unit(ones).map(|ones| ones + tens)
}

#[cfg(test)]
pub(super) fn all() -> Vec<&'static str> {
    WORDS.iter().chain(MULTIPLIERS).map(|(word, _)| *word).chain(NO_UNITS.iter().copied()).collect()
}
