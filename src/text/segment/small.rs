//! A mark before a word in lower case.
//!
//! In prose that was copied, dictated or edited in haste a sentence may begin in lower case; more often such a stop belongs to an
//! abbreviation. Abbreviations are short (Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection", Computational
//! Linguistics 32:4, 2006), so that a long word that no table names ends the sentence.

use super::abbreviations::{abbreviation, abbreviation_before_small};

/// Words of at most so many letters are taken for abbreviations unless they are known as words.
const ABBREVIATION_LETTERS: usize = 3;

/// Whether a full stop behind a word ends the sentence although a lower-case word follows.
pub(super) fn is_end_before_small(word: &str) -> bool {
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        // `3. und 4. Klasse`, but `in 1995. then`.
        return word.len() > 2;
    }
    if word.contains('.') {
        return is_figure(word);
    }
    let long = word.chars().nth(ABBREVIATION_LETTERS).is_some();
    let known = || abbreviation(word).is_some() || abbreviation_before_small(word);
    if long {
        !known()
    } else {
        word.ends_with(|last: char| last.is_ascii_digit()) || is_short_word(&word.to_lowercase())
    }
}

/// `22.03.1966`, `130.00`
fn is_figure(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Whether a question or exclamation mark behind a word ends the sentence although a lower-case word follows: not in a name such
/// as `Yahoo!`.
pub(super) fn is_strong_end_before_small(word: &str) -> bool {
    !word.chars().next().is_none_or(char::is_uppercase)
}

/// Short words, in small letters, that end sentences and are no abbreviations.
#[rustfmt::skip]
fn is_short_word(word: &str) -> bool {
    matches!(
        word,
        "ab" | "age" | "ago" | "ahí" | "aid" | "aim" | "air" | "all" | "alt" | "ami" | "amt" | "an" | "ans" | "any"
            | "are" | "arm" | "así" | "at" | "auf" | "aus" | "año" | "bad" | "bag" | "ban" | "bar" | "bas" | "bau"
            | "be" | "bed" | "bei" | "bem" | "bet" | "bid" | "big" | "bin" | "bis" | "bot" | "box" | "boy" | "bus"
            | "but" | "buy" | "by" | "can" | "car" | "cdu" | "ces" | "cet" | "cou" | "cri" | "cry" | "csu" | "cup"
            | "cut" | "da" | "dad" | "das" | "day" | "daß" | "ddr" | "dem" | "den" | "der" | "des" | "dia" | "did"
            | "die" | "dir" | "dit" | "dix" | "do" | "dog" | "dos" | "dry" | "due" | "dur" | "día" | "ear" | "eat"
            | "eau" | "egg" | "ein" | "eis" | "ela" | "ele" | "elf" | "end" | "eng" | "er" | "era" | "es"
            | "eu" | "eur" | "eux" | "eve" | "eye" | "fan" | "far" | "fat" | "fdp" | "fee" | "fer" | "feu" | "few"
            | "fil" | "fin" | "fit" | "fix" | "fly" | "fog" | "foi" | "for" | "fou" | "fox" | "fue" | "fun" | "fur"
            | "fuß" | "für" | "gab" | "gap" | "gar" | "gas" | "gaz" | "geb" | "get" | "go" | "god" | "got" | "gré"
            | "gun" | "gut" | "guy" | "gym" | "had" | "han" | "has" | "hat" | "hay" | "he" | "her" | "him" | "hin"
            | "hip" | "his" | "hit" | "hof" | "hot" | "how" | "hoy" | "hut" | "ice" | "ici" | "ihm" | "ihn" | "ihr"
            | "in" | "inn" | "is" | "ist" | "it" | "its" | "ja" | "jam" | "jaw" | "jet" | "jeu" | "job" | "joy"
            | "kai" | "kam" | "key" | "kid" | "kot" | "kuh" | "lab" | "lac" | "lad" | "lag" | "lap" | "law" | "led"
            | "leg" | "lei" | "les" | "let" | "ley" | "lie" | "lin" | "lip" | "lob" | "log" | "loi" | "los" | "lot"
            | "low" | "lui" | "luz" | "mad" | "mai" | "mal" | "man" | "map" | "mar" | "may" | "maß" | "me" | "men"
            | "mer" | "mes" | "mil" | "mir" | "mis" | "mit" | "mix" | "mob" | "moi" | "mom" | "mot" | "mud" | "mur"
            | "mut" | "muß" | "más" | "mãe" | "mês" | "nah" | "net" | "neu" | "nez" | "nie" | "nom" | "non" | "nor"
            | "nos" | "not" | "now" | "nue" | "nun" | "nur" | "nut" | "não" | "ob" | "odd" | "off" | "oil" | "old"
            | "on" | "one" | "oro" | "ort" | "ost" | "oui" | "our" | "out" | "owe" | "own" | "pai" | "pan" | "pas"
            | "pay" | "paz" | "pen" | "pet" | "peu" | "pie" | "pig" | "pit" | "pop" | "por" | "pot" | "pub" | "put"
            | "que" | "qui" | "rad" | "ran" | "rap" | "rat" | "raw" | "ray" | "red" | "rey" | "rid" | "rim" | "rod"
            | "roi" | "rot" | "row" | "rub" | "rue" | "ruf" | "ruh" | "rum" | "run" | "río" | "sac" | "sad" | "sah"
            | "sal" | "saw" | "say" | "sea" | "see" | "sei" | "sel" | "ser" | "set" | "seu" | "sex" | "she" | "shy"
            | "sie" | "sim" | "sin" | "sit" | "six" | "sky" | "so" | "soi" | "sol" | "son" | "spd" | "spy" | "sua"
            | "sud" | "sul" | "sum" | "sun" | "sur" | "sus" | "sí" | "süd" | "tag" | "tal" | "tan" | "tat" | "tax"
            | "tea" | "tee" | "ten" | "the" | "thé" | "tie" | "tin" | "tip" | "tod" | "toe" | "toi" | "ton" | "too"
            | "top" | "tor" | "tot" | "toy" | "tri" | "try" | "tun" | "two" | "typ" | "têm" | "tía" | "tío" | "tôt"
            | "tür" | "uhr" | "uk" | "um" | "uma" | "un" | "una" | "une" | "uno" | "uns" | "up" | "us" | "usa" | "use"
            | "van" | "ver" | "vez" | "via" | "vie" | "vin" | "vit" | "vor" | "vow" | "voz" | "vue" | "vía" | "war"
            | "was" | "wax" | "way" | "we" | "web" | "weg" | "wem" | "wen" | "wer" | "wet" | "who" | "why" | "wie"
            | "win" | "wir" | "wit" | "won" | "yes" | "yet" | "you" | "zog" | "zoo" | "zu" | "zug" | "zum" | "zur"
            | "él" | "été" | "île" | "öde" | "öl" | "акт" | "бег" | "без" | "бой" | "бок" | "был" | "вам" | "вас"
            | "век" | "вес" | "вид" | "все" | "всё" | "вы" | "газ" | "год" | "да" | "дал" | "два" | "дел" | "для"
            | "дно" | "дня" | "дом" | "его" | "ее" | "ей" | "ему" | "ес" | "еще" | "ещё" | "её" | "зал" | "зло"
            | "зря" | "игр" | "им" | "их" | "как" | "кто" | "лед" | "лес" | "лет" | "лиц" | "луг" | "луч" | "лёд"
            | "меч" | "мир" | "мне" | "мог" | "мы" | "мяч" | "нам" | "нас" | "нет" | "ним" | "них" | "ног" | "нос"
            | "оба" | "обе" | "он" | "она" | "они" | "оно" | "оон" | "ось" | "пар" | "пор" | "пот" | "про" | "рад"
            | "раз" | "рек" | "рот" | "рук" | "сад" | "сам" | "сил" | "сих" | "сон" | "суд" | "сша" | "сын" | "так"
            | "там" | "тем" | "тех" | "ток" | "тот" | "три" | "тут" | "ты" | "уже" | "ума" | "ход" | "чай" | "час"
            | "чем" | "чин" | "что" | "шаг" | "шум" | "это" | "юг" | "яд"
    )
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::super::sentences::tests;

    fn check(texts: &[&str]) {
        tests::check(" ", texts);
    }

    #[test]
    fn a_word_in_small_letters_begins_a_sentence_after_a_long_or_common_one() {
        check(&[
            "The ferry sank.|nobody saw it.|a boat came.|we left by car.|then it rained.",
            "Der Hafen ist zu.|niemand war da.|die Fähre war alt.|sie fuhr 1995.|dann nicht mehr.",
            "Мост закрыли.|никто не видел его.|потом пошёл дождь.",
            "It failed (again).|nobody cared!|why not?|it was late.|(so they said)",
        ]);
    }

    #[test]
    fn an_abbreviation_goes_on_in_small_letters() {
        check(&[
            "It took approx. two hours incl. loading, max. three.",
            "Die Fähre kostet inkl. Gepäck ggf. mehr, usw. bzw. evtl. nichts.",
            "Am 3. und 4. mai, Tel. siehe unten, vgl. auch Hamburger Str. am Hafen.",
            "Цена напр. такая, см. рис. ниже, 5 тыс. руб. за чел. или долл. сша.",
            "The U.S. economy and Acme Inc. shares and St. louis.",
            "Le prix env. cinq euros, chap. deux, févr. ou mars.",
            "Printed in Bergen, 1994. p. 12",
        ]);
    }

    #[test]
    fn a_quotation_or_a_name_goes_on_in_small_letters() {
        check(&[
            "“Stop!” he said.",
            "\"No way.\" she said.",
            "Yahoo! bought it.",
            "It is [...] here ... and there.",
            "— Иду. — сказал он.",
        ]);
    }
}
