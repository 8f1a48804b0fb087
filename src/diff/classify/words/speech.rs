//! Verbs of saying, and words by which a claim is made stronger or weaker.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Phrases;

/// Words that say the same more or less strongly, weakest first in each list. Words that are equally strong stand in one text,
/// separated by bars.
#[rustfmt::skip]
const SCALES: &[&[&str]] = &[
    // Saying.
    &["alleged|allege|alleges", "claimed|claim|claims|suggested|suggests|suggest|hinted|speculated", "said|say|says|told|reported|reports|stated|states", "confirmed|confirm|confirms|admitted|admits|acknowledged|revealed|warned|insisted"],
    &["behauptete|behauptet|behaupten|behaupteten", "sagte|sagt|sagen|sagten|erklärte|erklärt|teilte", "bestätigte|bestätigt|bestätigten|gestand|räumte"],
    &["aurait affirmé|a prétendu|prétend|prétendait", "a affirmé|affirme", "a déclaré|déclare|a dit|dit|a annoncé", "a confirmé|confirme|a reconnu"],
    &["alegó|alega|habría dicho", "afirmó|afirma|aseguró|asegura", "dijo|dice|declaró|señaló|indicó", "confirmó|confirma|reconoció|admitió"],
    &["якобы заявил", "утверждал|утверждает|утверждают|утверждали|предположил", "сказал|сказала|заявил|заявила|сообщил|сообщила|сообщили|заявили", "подтвердил|подтвердила|подтвердили|признал|признала|признали"],
    &["زعم|زعمت|ادعى|ادعت", "قال|قالت|صرح|ذكر|أعلن", "أكد|أكدت|اعترف"],
    &["दावा किया|आरोप लगाया", "कहा|बताया", "पुष्टि की|स्वीकार किया"],
    &["声称|聲稱|宣称|宣稱", "表示|说|說|称|稱|指出", "证实|證實|确认|確認|承认|承認"],
    &["主張した|主張している", "述べた|語った|話した|発表した", "認めた|確認した|断言した"],
    &["อ้างว่า|กล่าวอ้าง", "กล่าวว่า|ระบุว่า|บอกว่า", "ยืนยันว่า|ยอมรับว่า"],
    // What is, is likely, is said.
    &["is said to be|is alleged to be|is reportedly|is allegedly", "appears to be|seems to be|is believed to be|is thought to be|may be|could be|might be|is apparently", "is likely to be|is probably|is likely", "is"],
    &["are said to be|are alleged to be|are reportedly|are allegedly", "appear to be|seem to be|are believed to be|are thought to be|may be|could be|might be|are apparently", "are likely to be|are probably|are likely", "are"],
    &["was said to be|was reportedly|was allegedly", "appeared to be|seemed to be|was believed to be|was thought to be|may have been|could have been|might have been|was apparently", "was probably|was likely", "was"],
    &["were said to be|were reportedly|were allegedly", "appeared to be|seemed to be|were believed to be|were thought to be|may have been|could have been|might have been|were apparently", "were probably|were likely", "were"],
    &["has reportedly|has allegedly", "may have|might have|could have", "has|have"],
    &["might|could", "may|can", "would|should|is expected to|are expected to|is likely to|are likely to|is set to|are set to", "will|must|shall|has to|have to"],
    &["could not|might not", "may not|cannot|can't", "would not|should not", "will not|won't|must not"],
    &["soll|sollen|könnte|könnten|dürfte|dürften", "kann|können|mag", "sollte|sollten|würde|würden", "wird|werden|muss|müssen"],
    &["soll|soll angeblich|scheint|scheint zu sein|gilt als", "ist wohl|ist vermutlich|ist wahrscheinlich", "ist"],
    &["sollen|scheinen|gelten als", "sind wohl|sind vermutlich", "sind"],
    &["pourrait|pourraient", "peut|peuvent", "devrait|devraient", "va|vont|doit|doivent"],
    &["serait|semble être|paraît", "est"], &["seraient|semblent être", "sont"], &["aurait", "a"], &["auraient", "ont"],
    &["podría|podrían", "puede|pueden", "debería|deberían", "va a|van a|debe|deben"],
    &["sería|parece ser|parece", "es"], &["serían|parecen ser", "son"], &["habría", "ha"], &["habrían", "han"],
    &["мог бы|могла бы|могли бы", "может|могут|мог|могла|могли", "следует|стоит|собирается|планирует", "будет|будут|должен|должна|должны"],
    &["قد|ربما", "يمكن", "ينبغي", "سوف|يجب"],
    &["सकता है|सकते हैं|सकती है", "चाहिए", "होगा|होंगे|होगी"],
    &["可能|或许|或許|也许|恐", "应该|應該|应|預計|预计", "将|將|必须|必須|会|會"],
    &["かもしれない|可能性がある", "とみられる|とみられている|だろう", "である|だ"],
    &["อาจ|อาจจะ", "น่าจะ|ควร", "จะ|ต้อง"],
    // How bad it is.
    &["died|dead|lost their lives", "killed|slain", "murdered|executed|massacred|slaughtered"],
    &["death|deaths", "killing|killings", "murder|murders|massacre"],
    &["declined|declines|decline", "refused|refuses|refuse|rejected"],
    &["incident|incidents|event", "attack|attacks|assault", "terror attack|terrorist attack|atrocity"],
    &["situation|issue|problem|difficulties", "crisis|emergency", "disaster|catastrophe"],
    &["protesters|demonstrators|protestors", "rioters|mob|looters"], &["protest|demonstration|rally|unrest", "riot|riots"],
    &["fighters|militants|gunmen|rebels", "terrorists|extremists"], &["minor|small|slight|limited", "significant|considerable|notable", "major|huge|massive|serious|severe"],
    &["few|several|a few", "some|a number of", "many|numerous|a lot of", "most", "almost all|nearly all", "all"],
    &["rarely|seldom", "sometimes|occasionally", "often|frequently", "usually|typically", "always"],
    &["unlikely", "possible|possibly|conceivable", "likely|probable|probably", "certain|certainly|definitely|clear|clearly"],
    &["suspected|alleged|accused", "charged", "convicted|confirmed|proven"], &["suspect", "attacker|gunman|shooter|killer|perpetrator"],
    &["accident|mishap", "crash|collision"], &["criticised|criticized|questioned", "condemned|denounced|slammed|blasted"], &["asked|urged|requested|encouraged", "demanded|ordered|required|forced"],
    &["fell|dropped|declined|dipped", "plunged|plummeted|collapsed|crashed"], &["rose|grew|increased|climbed", "soared|surged|jumped|skyrocketed"], &["undocumented", "illegal"],
    &["injured|hurt|wounded", "critically injured|seriously injured|seriously hurt"], &["misstatement|falsehood|untruth", "lie|lies"], &["conflict|clash|clashes", "war|battle|invasion"],
    &["gestorben|starb|starben|gestorbene", "getötet|tötete|töteten", "ermordet|ermordete"], &["vorfall|zwischenfall", "angriff|anschlag|attacke", "terroranschlag"], &["einige|mehrere|manche", "viele|zahlreiche", "alle"], &["lehnte", "verweigerte|weigerte"],
    &["demonstranten|protestierende", "randalierer|aufrührer"], &["situation|lage", "krise", "katastrophe"], &["verdächtiger|verdächtige|mutmaßlicher|mutmaßliche|mutmaßlichen", "täter|tätern"],
    &["décédé|décédés|mort|morts|décédée", "tué|tués|tuée|tuées", "assassiné|assassinés"], &["incident", "attaque", "attentat"], &["manifestants", "émeutiers"], &["quelques|certains", "plusieurs", "beaucoup de|de nombreux", "tous"],
    &["murió|murieron|fallecieron|falleció|muertos", "mataron|mató|asesinados", "asesinaron|asesinó"], &["incidente", "ataque", "atentado"], &["manifestantes", "alborotadores|vándalos"], &["algunos|algunas", "varios|varias", "muchos|muchas", "todos|todas"],
    &["погиб|погибли|умер|умерли|скончался", "убит|убиты|убили", "казнены"], &["инцидент|происшествие", "нападение|атака", "теракт"], &["некоторые|несколько", "многие|много", "все"], &["протестующие", "погромщики"], &["ситуация", "кризис", "катастрофа"],
    &["توفي|مات", "قتل|قُتل|مقتل", "اغتيل"], &["حادث|حادثة", "هجوم", "اعتداء إرهابي"], &["بعض", "عدة", "كثير من|العديد من", "جميع|كل"],
    &["मौत|मृत्यु", "हत्या"], &["घटना", "हमला"], &["कुछ", "कई|अनेक", "सभी"],
    &["死亡|去世|丧生", "被杀|遇害", "被谋杀"], &["事件", "袭击|襲擊"], &["一些|部分", "许多|許多|很多", "所有|全部"], &["抗议者|示威者", "暴徒"],
    &["死亡", "殺害"], &["一部の", "多くの", "すべての"], &["เสียชีวิต", "ถูกฆ่า|ถูกสังหาร"], &["บาง", "หลาย", "ทุก"],
];

/// What weakens a claim when it comes in, and strengthens it when it goes.
#[rustfmt::skip]
const SOFTENERS: &[&str] = &[
    "reportedly", "allegedly", "apparently", "possibly", "perhaps", "probably", "likely", "seemingly", "supposedly", "purportedly", "presumably", "potentially", "maybe", "appears to", "appear to", "seems to", "seem to", "seemed to", "appeared to",
    "believed to be", "believed to have", "thought to be", "thought to have", "said to be", "said to have", "alleged", "alleged to have", "suspected", "suspected of", "apparent", "accused of", "might", "may", "could", "it seems", "so-called", "nearly", "almost", "about", "around", "up to", "as many as", "at least", "more than", "some", "approximately", "roughly", "partly", "in part", "unconfirmed",
    "angeblich", "offenbar", "vermutlich", "mutmaßlich", "wohl", "möglicherweise", "wahrscheinlich", "anscheinend", "vielleicht", "mutmaßliche", "mutmaßlicher", "mutmaßlichen", "rund", "etwa", "mindestens", "offenbar", "scheinbar", "womöglich",
    "apparemment", "probablement", "peut-être", "vraisemblablement", "présumé", "présumée", "présumés", "environ", "au moins", "prétendument", "semble-t-il", "supuestamente", "presuntamente", "aparentemente", "probablemente", "posiblemente", "presunto", "presunta", "presuntos", "quizás", "al menos", "unos", "cerca de",
    "предположительно", "якобы", "возможно", "вероятно", "видимо", "по-видимому", "очевидно", "наверное", "как минимум", "около", "почти", "по меньшей мере", "على ما يبدو", "ربما", "قد", "يُزعم", "يزعم", "المزعوم", "المزعومة", "يُعتقد", "نحو", "حوالي", "على الأقل",
    "कथित", "कथित तौर पर", "कथित रूप से", "शायद", "संभवतः", "संभवत", "लगभग", "करीब", "कम से कम", "据报道", "據報道", "据称", "據稱", "据说", "疑似", "可能", "或许", "也许", "大约", "約", "约", "至少", "とみられる", "とされる", "らしい", "ようだ", "おそらく", "恐らく", "可能性がある", "少なくとも", "อาจ", "คาดว่า", "น่าจะ", "ราว", "ประมาณ", "อย่างน้อย", "เชื่อว่า",
];

/// Words of saying that are in no scale of strength, or in many.
#[rustfmt::skip]
const SAYING: &[&str] = &[
    "according to", "added", "adds", "announced", "announces", "argued", "asserted", "declared", "explained", "noted", "testified", "tweeted", "wrote", "writes", "denied", "denies", "replied", "quoted", "told", "tells", "said", "says", "say", "insisted", "stated", 
    "laut", "zufolge", "hieß", "heißt es", "so", "betonte", "berichtete", "berichteten", "meldete", "schrieb", "teilte", "mitteilte", "mit", "nach angaben", "selon", "d'après", "a expliqué", "a ajouté", "a indiqué", "a précisé", "a écrit", "a assuré", "según", "explicó", "agregó", "añadió", "informó", "escribió", "manifestó", "expresó",
    "по словам", "согласно", "по данным", "сообщает", "говорится", "отметил", "отметила", "добавил", "добавила", "написал", "пояснил", "рассказал", "وفقا", "وفقاً", "بحسب", "حسب", "أضاف", "أضافت", "أوضح", "أفاد", "के अनुसार", "के मुताबिक", "कहना है", "बताया", "कहा", "据", "據", "官员表示", "报道", "報道", "によると", "によれば", "と話している", "と発表した", "จากข้อมูลของ", "เปิดเผยว่า", "ตามแถลงการณ์", "เจ้าหน้าที่กล่าว",
];

/// Verbs of saying that say nothing but that.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "said", "says", "say", "told", "tells", "stated", "states", "reported", "reports", "added", "adds", "announced", "announces", "explained", "noted", "wrote", "writes", "tweeted", "replied",
];

/// What is told beside a speaker: `said in a statement earlier`.
const ASIDES: &[&str] =
    &["statement", "interview", "release", "news", "earlier", "later", "separately", "yesterday", "today", "late"];

/// One verb and the form of it in reported speech: that is grammar, and no weaker claim.
const REPORTED: &[(&str, &str)] =
    &[("will", "would"), ("can", "could"), ("may", "might"), ("will not", "would not"), ("cannot", "could not")];

/// The scales that a phrase stands in, with its strength on each.
fn places(phrase: &str) -> &'static [(usize, usize)] {
    static TABLE: LazyLock<FxHashMap<&str, Vec<(usize, usize)>>> = LazyLock::new(|| {
        let mut table: FxHashMap<&str, Vec<(usize, usize)>> = FxHashMap::default();
        for (scale, steps) in SCALES.iter().enumerate() {
            for (strength, step) in steps.iter().enumerate() {
                step.split('|').for_each(|word| table.entry(word).or_default().push((scale, strength)));
            }
        }
        table
    });
    TABLE.get(phrase).map(Vec::as_slice).unwrap_or_default()
}

/// Whether two phrases say the same with other strength.
pub(in crate::diff::classify) fn differ_in_strength(one: &str, other: &str) -> bool {
    if REPORTED.iter().any(|pair| *pair == (one, other) || *pair == (other, one)) {
        return false;
    }
    let other = places(other);
    places(one).iter().any(|(scale, strength)| other.iter().any(|place| place.0 == *scale && place.1 != *strength))
}

/// Whether a phrase weakens what it is put to.
pub(in crate::diff::classify) fn softens(phrase: &str) -> bool {
    static TABLE: LazyLock<FxHashSet<&str>> = LazyLock::new(|| SOFTENERS.iter().copied().collect());
    TABLE.contains(phrase)
}

/// Whether two verbs of saying differ in more than tense and taste.
pub(in crate::diff::classify) fn says_otherwise(one: &str, other: &str) -> bool {
    let is_plain = |word: &str| PLAIN.contains(&word);
    let alike = || places(one).iter().any(|place| places(other).contains(place));
    differ_in_strength(one, other) || !(alike() || is_plain(one) && is_plain(other))
}

/// Whether a word tells the circumstances of saying.
pub(in crate::diff::classify) fn is_aside(word: &str) -> bool {
    ASIDES.contains(&word)
}

/// Whether a verb of saying is followed by who hears it.
pub(in crate::diff::classify) fn needs_hearer(word: &str) -> bool {
    matches!(word, "told" | "tells")
}

/// Pronouns and auxiliary verbs that are no stop words everywhere.
pub(in crate::diff::classify) fn is_pronoun(word: &str) -> bool {
    matches!(
        word,
        "we" | "you"
            | "who"
            | "it's"
            | "him"
            | "them"
            | "being"
            | "can"
            | "could"
            | "may"
            | "might"
            | "shall"
            | "should"
            | "must"
    )
}

/// The scales of verbs of saying come first.
const SAYING_SCALES: usize = 10;

/// Whether a word is one of saying.
pub(in crate::diff::classify) fn says(word: &str) -> bool {
    static TABLE: LazyLock<FxHashSet<&str>> = LazyLock::new(|| SAYING.iter().copied().collect());
    TABLE.contains(word) || places(word).iter().any(|(scale, _)| *scale < SAYING_SCALES)
}

fn is_spaceless(word: &str) -> bool {
    word.starts_with(|first| u32::from(first) >= 0xE00)
}

/// Whether a text of a script without spaces holds a word of saying of two characters or more.
pub(in crate::diff::classify) fn says_within(text: &str) -> bool {
    static TABLE: LazyLock<Phrases<()>> = LazyLock::new(|| {
        let words = SAYING.iter().filter(|word| is_spaceless(word) && word.chars().count() > 1);
        Phrases::new(words.map(|word| (*word, ())))
    });
    TABLE.within(text).is_some()
}

/// The word of a scale that a text of a script without spaces begins with.
pub(in crate::diff::classify) fn joined(text: &str) -> Option<&'static str> {
    static TABLE: LazyLock<Phrases<()>> = LazyLock::new(|| {
        let words = SCALES.iter().flat_map(|steps| steps.iter()).flat_map(|step| step.split('|'));
        Phrases::new(words.filter(|word| is_spaceless(word)).map(|word| (word, ())))
    });
    TABLE.starting(text.as_bytes()).map(|(word, ())| word).max_by_key(|word| word.len())
}

#[cfg(test)]
pub(super) fn all() -> Vec<&'static str> {
    SCALES
        .iter()
        .flat_map(|steps| steps.iter())
        .flat_map(|step| step.split('|'))
        .chain(SOFTENERS.iter().copied())
        .chain(SAYING.iter().copied())
        .collect()
}
