//! Words that are written with a full stop, and words that often begin a sentence.
//!
//! Which abbreviations matter, and that a frequent first word tells an end from an abbreviation, is from Kiss and Strunk,
//! "Unsupervised Multilingual Sentence Boundary Detection" (Computational Linguistics 32:4, 2006); the lists are ours, short on
//! purpose.

/// What an abbreviation says about the stop behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// Never the last word of a sentence: a title, `e.g.`
    Never,
    /// The last word if what follows often begins a sentence.
    Seldom,
    /// The last word unless a number follows.
    BeforeNumber,
    /// An hour: the last word unless a day or a time zone follows.
    Hour,
}

/// Looks up a word without its last stop.
#[rustfmt::skip]
pub(super) fn abbreviation(word: &str) -> Option<Abbreviation> {
    let found = match word {
        // Titles and ranks.
        "Mr" | "Mrs" | "Ms" | "Mx" | "Dr" | "Prof" | "Gen" | "Sen" | "Gov" | "Rep" | "Reps" | "Sens" | "Lt" | "Col"
            | "Capt" | "Cpt" | "Cmdr" | "Sgt" | "Maj" | "Adm" | "Hon" | "Rev" | "Fr" | "Pres" | "Supt" | "Messrs"
            | "St" | "Ste" | "Mt" | "Ft" | "M" | "MM" | "Mme" | "Mmes" | "Mlle" | "Mgr" | "Sra" | "Srta"
            | "Sres" | "Dra" | "D" | "Dña" | "Fray" | "Dipl" | "Ing" | "Hr" | "Fr\u{e4}ul" | "Hl" | "Msgr" | "Ald"
            | "Atty" | "Insp" | "Cpl" | "Pvt" | "Sta" | "Sto" => Abbreviation::Never,
        // English, German, French and Spanish before what they introduce.
        "e.g" | "i.e" | "eg" | "ie" | "vs" | "v" | "cf" | "viz" | "approx" | "z.B" | "bzw" | "ca" | "d.h" | "u.a"
            | "vgl" | "inkl" | "evtl" | "ggf" | "sog" | "bspw" | "geb" | "gest" | "zzgl" | "i.d.R" | "m.E" | "u.U"
            | "o.\u{e4}" | "p.ej" | "c.-\u{e0}-d" | "env" | "av" | "ap" | "apr" | "aprox" | "Ud" | "Uds" | "Vd"
            | "bes" | "insb" | "exkl" | "einschl" | "zzt" | "zw" | "u.s" | "dt" | "engl" | "frz" | "lat" | "eng" => {
            Abbreviation::Never
        }
        // Russian, Hindi and Arabic.
        "т.е" | "т.н" | "т.к" | "ул" | "им" | "проф" | "Проф" | "Акад" | "Св" | "Ген" | "акад" | "см" | "ср" | "св"
            | "просп" | "ген" | "гр" | "тов" | "англ" | "нем" | "фр" | "лат" | "итал" | "исп" | "греч" | "яп" | "кит"
            | "пр-т" | "д-р" | "др.-греч" | "др.-рус" | "ред" | "букв" | "напр" | "доп" => {
            Abbreviation::Never
        }
        "डॉ" | "प्रो" | "श्री" | "सु" | "पं" | "मो" | "रु" | "एम" | "के" | "जी" | "आर" | "बी" | "सी" | "डी" | "पी"
            | "एल" | "एन" | "एस" | "टी" | "वी" | "एच" | "जे" | "ए" | "ई" | "एफ" | "ओ" | "यू" | "पू" => {
            Abbreviation::Never
        }
        "No" | "Nos" | "Nr" | "no" | "nr" | "p" | "pp" | "pg" | "S" | "Abs" | "Art" | "Bd" | "Kap" | "Abb" | "Vol"
            | "vol" | "Fig" | "fig" | "Figs" | "Ch" | "ch" | "Sec" | "Pt" | "Op" | "op" | "Tel" | "tel" | "Ph" | "Rn"
            | "Rdnr" | "N" | "n" | "núm" | "Núm" | "art" | "pág" | "págs" | "т.д" | "т.п" | "н.э" | "стр" | "рис"
            | "гл" | "ст" | "род" | "Род" | "вып" | "тел" | "т" | "ч" | "кн" | "р" => Abbreviation::BeforeNumber,
        "Jan" | "Feb" | "Mar" | "Apr" | "Jun" | "Jul" | "Aug" | "Sep" | "Sept" | "Oct" | "Nov" | "Dec" | "Okt"
            | "Dez" | "M\u{e4}r" | "janv" | "févr" | "avr" | "juil" | "sept" | "oct" | "nov" | "déc" => {
            Abbreviation::BeforeNumber
        }
        "a.m" | "p.m" | "A.M" | "P.M" => Abbreviation::Hour,
        "Inc" | "Ltd" | "Co" | "Cos" | "Corp" | "Bros" | "Jr" | "Sr" | "jr" | "sr" | "Dept" | "Assn" | "Univ" | "Ave"
            | "Blvd" | "Rd" | "Mio" | "Mrd" | "Tsd" | "Str" | "Chr" | "Std" | "Min" | "Sek" | "Jh" | "Hrsg" | "Abt"
            | "Cía" | "Cia" | "EE" | "UU" | "EE.UU" | "FF" | "CC" | "Ph.D" | "руб" | "тыс" | "млн" | "млрд" | "долл"
            | "коп" | "чел" | "км" | "кв" | "др" | "пр" | "г" | "гг" | "в" | "вв" | "э" | "у.е" | "Calif" | "Mass"
            | "Conn" | "Fla" | "Ala" | "Ariz" | "Colo" | "Ga" | "Ill" | "Ind" | "Kan" | "Ky" | "Md" | "Mich" | "Minn"
            | "Miss" | "Mo" | "Mont" | "Neb" | "Nev" | "Okla" | "Ore" | "Pa" | "Tenn" | "Tex" | "Va" | "Vt" | "Wash"
            | "Wis" | "Wyo" => Abbreviation::Seldom,
        _ => return None,
    };
    Some(found)
}

/// Longer abbreviations that only matter before a word in lower case, where every other long word ends the sentence.
#[rustfmt::skip]
pub(super) fn abbreviation_before_small(word: &str) -> bool {
    matches!(
        word,
        "incl" | "excl" | "misc" | "pref" | "dept" | "depts" | "govt" | "intl" | "natl" | "assoc" | "assn" | "corp"
            | "avgs" | "mins" | "secs" | "approx" | "Approx" | "resp" | "Resp" | "specs" | "orig" | "abbr" | "anon"
            | "chap" | "chaps" | "comps" | "conf" | "diff" | "elec" | "equiv" | "figs" | "illus"
            | "illust" | "incorp" | "inst" | "lieut" | "mgmt" | "mfrs" | "obit" | "paras" | "plur" | "poss" | "prof"
            | "prob" | "prox" | "pseud" | "refs" | "sect" | "sing" | "subj" | "supp" | "suppl" | "tech"
            | "transl" | "univ" | "vols" | "inkl" | "exkl" | "evtl" | "eventl" | "allg" | "allgem" | "amtl" | "angebl"
            | "ausschl" | "beisp" | "beispielsw" | "bezgl" | "bezügl" | "betr" | "dergl" | "durchschn" | "ehem"
            | "einschl" | "entspr" | "ersch" | "evang" | "franz" | "frdl" | "gegr" | "gesch" | "gest" | "gegebenenf"
            | "ggfs" | "gründl" | "herausg" | "hins" | "hptsl" | "hrsg" | "jährl" | "kath" | "kirchl" | "künstl"
            | "lfde" | "luth" | "maßg" | "männl" | "monatl" | "möbl" | "mündl" | "nachm" | "nördl"
            | "niederl" | "öffentl" | "österr" | "ostdt" | "phys" | "poln" | "rechtl" | "russ" | "sächs" | "schriftl"
            | "schwed" | "sogen" | "staatl" | "stellv" | "städt" | "südl" | "techn" | "teilw" | "türk" | "ungar"
            | "urspr" | "vergl" | "verh" | "verm" | "versch" | "vorl" | "vorm" | "vorw" | "vorzügl" | "weibl"
            | "westl" | "wirtsch" | "wiss" | "wöchentl" | "zahlr" | "zeitw" | "Aufl" | "Ausg" | "Bearb" | "Betr"
            | "Einw" | "Evtl" | "Forts" | "Gebr" | "Hptst" | "Inkl" | "Jahrh" | "Jhdt" | "Kffr" | "Komp" | "Masch"
            | "Mill" | "Nachf" | "Nachm" | "Prof" | "Qual" | "Stck" | "Stdn" | "Stud" | "Übers" | "Urspr" | "Verf"
            | "Verl" | "Verm" | "Vers" | "Vorm" | "Vors" | "Wiss" | "Zeitschr" | "Expl" | "Tabl" | "coll" | "édit"
            | "fasc" | "illustr" | "introd" | "juill" | "janv" | "févr" | "sept" | "parag" | "préf" | "suiv" | "trad"
            | "boul" | "quelq" | "rens" | "aprox" | "admón" | "apdo" | "atte" | "avda" | "bibl" | "capit" | "dcha"
            | "depto" | "dpto" | "edic" | "entlo" | "excmo" | "excma" | "gral" | "ilmo" | "izda" | "izdo" | "núms"
            | "págs" | "párr" | "pral" | "prov" | "pról" | "ptas" | "pzas" | "sigs" | "sres" | "teléf" | "напр"
            | "февр" | "сент" | "нояб" | "долл" | "сокр" | "прим" | "табл" | "корп" | "собр" | "рожд" | "полн"
            | "устар" | "книжн" | "разг" | "перен" | "спец" | "филос" | "церк" | "дорев" | "числ" | "соотв" | "след"
            | "преим" | "букв" | "примеч" | "вост" | "экон" | "полит" | "воен" | "техн" | "юрид" | "муниц" | "федер"
            | "респ" | "лекц" | "канд" | "чл-корр" | "пред" | "совр" | "разл" | "прибл" | "приблиз" | "макс" | "миним"
            | "англ" | "нидерл" | "венг" | "норв" | "швед" | "финск" | "польск" | "чешск" | "болг" | "серб" | "белор"
            | "казах" | "груз" | "азерб" | "араб" | "перс" | "монг" | "корейск" | "вьетн" | "порт" | "румын" | "латыш"
            | "литов" | "эстон" | "вторн" | "четв" | "пятн" | "субб" | "воскр" | "bijv" | "zogn" | "gebr" | "mevr"
            | "hfst" | "godz" | "właśc" | "oprac" | "przyp" | "śred" | "wsch" | "półn" | "połud" | "zool" | "forts"
            | "omkr" | "eksk" | "mill" | "iflg" | "vedr" | "henv"
    )
}

/// Whether a word, as written, often begins a sentence.
#[rustfmt::skip]
pub(super) fn is_starter(word: &str) -> bool {
    matches!(
        word,
        "A" | "An" | "The" | "This" | "That" | "These" | "Those" | "He" | "She" | "It" | "They" | "We" | "I" | "You"
            | "His" | "Her" | "Its" | "Their" | "Our" | "My" | "In" | "On" | "At" | "By" | "For" | "From" | "With"
            | "As" | "After" | "Before" | "But" | "And" | "Or" | "However" | "When" | "While" | "Where" | "If"
            | "Since" | "During" | "Although" | "Though" | "There" | "Here" | "Who" | "What" | "Why" | "How" | "Not"
            | "One" | "Some" | "Many" | "Most" | "Both" | "According" | "Also" | "Then" | "Now" | "Today" | "Under"
            | "Until" | "To" | "So" | "Once" | "Later" | "Other" | "Another" | "All" | "Each" | "Because" | "Despite"
            | "Following" | "Several" | "Such" | "It's" | "He's" | "She's" | "I'm" | "It’s" | "He’s" | "Der" | "Die"
            | "Das" | "Den" | "Dem" | "Des" | "Ein" | "Eine" | "Einen" | "Einem" | "Einer" | "Er" | "Sie" | "Es"
            | "Wir" | "Ich" | "Man" | "Im" | "Am" | "Auf" | "Aus" | "Bei" | "Beim" | "Mit" | "Nach" | "Vom" | "Zu"
            | "Zum" | "Zur" | "Für" | "Über" | "Unter" | "Vor" | "Seit" | "Während" | "Als" | "Wenn" | "Weil" | "Da"
            | "Dann" | "Doch" | "Aber" | "Und" | "Oder" | "Auch" | "Nur" | "Noch" | "Nun" | "Dies" | "Diese"
            | "Dieser" | "Dieses" | "Sein" | "Seine" | "Ihre" | "Hier" | "Dort" | "Wie" | "Was" | "Wer" | "Wo"
            | "Zudem" | "Allerdings" | "Jedoch" | "Denn" | "Durch" | "Ohne" | "Nicht" | "Alle" | "Viele" | "Damit"
            | "Dabei" | "Dazu" | "Danach" | "Jetzt" | "Heute" | "Ab" | "Bis" | "Nachdem" | "Um" | "Le" | "Les" | "Un"
            | "Une" | "Il" | "Elle" | "Ils" | "Elles" | "Ce" | "Cette" | "Ces" | "Cet" | "Son" | "Sa" | "Ses"
            | "Leur" | "Et" | "Mais" | "En" | "Au" | "Aux" | "Dans" | "Par" | "Pour" | "Sur" | "Avec" | "Après"
            | "Avant" | "Selon" | "Depuis" | "Lors" | "Quand" | "Si" | "Nous" | "Vous" | "Je" | "El" | "Los" | "Las"
            | "Una" | "Lo" | "Él" | "Ella" | "Ellos" | "Se" | "Su" | "Sus" | "Y" | "Pero" | "Por" | "Para" | "Con"
            | "Sin" | "Según" | "Desde" | "Cuando" | "Como" | "Este" | "Esta" | "Estos" | "Ese" | "Al" | "Tras" | "В"
            | "Во" | "На" | "С" | "Со" | "К" | "По" | "От" | "До" | "Из" | "За" | "У" | "О" | "Об" | "При" | "Для"
            | "И" | "А" | "Но" | "Он" | "Она" | "Оно" | "Они" | "Мы" | "Вы" | "Я" | "Это" | "Этот" | "Эта" | "Эти"
            | "Его" | "Её" | "Ее" | "Их" | "Как" | "Когда" | "Если" | "Что" | "Где" | "Также" | "Так" | "После"
            | "Однако" | "Не" | "Там" | "Все" | "Всё"
    )
}

/// Whether a word follows an hour: `5 p.m. Tuesday`, `9 a.m. GMT`.
pub(super) fn follows_hour(word: &str) -> bool {
    let is_zone = word.len() <= 4 && word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    is_zone || word.ends_with("day") || matches!(word, "Eastern" | "Pacific" | "Central" | "Mountain" | "Greenwich")
}

/// Whether a word stands before a German ordinal: `am 3. Oktober`, `die 2. Bundesliga`.
#[rustfmt::skip]
pub(super) fn precedes_ordinal(word: &str) -> bool {
    matches!(
        word,
        "der" | "die" | "das" | "dem" | "den" | "des" | "am" | "im" | "vom" | "zum" | "zur" | "beim" | "bis" | "ab"
            | "seit" | "ihr" | "ihre" | "ihren" | "ihrem" | "ihrer" | "sein" | "seine" | "seinen" | "seinem"
            | "seiner" | "Der" | "Die" | "Das" | "Dem" | "Den" | "Am" | "Im" | "Vom" | "Zum" | "Zur" | "Beim" | "Bis"
            | "Ab" | "Seit" | "unser" | "unserem" | "einem" | "ein"
    )
}

/// Whether a word follows a German ordinal wherever that stands: a month, a century.
#[rustfmt::skip]
pub(super) fn follows_ordinal(word: &str) -> bool {
    matches!(
        word,
        "Januar" | "J\u{e4}nner" | "Februar" | "März" | "April" | "Mai" | "Juni" | "Juli" | "August" | "September"
            | "Oktober" | "November" | "Dezember" | "Jahrhundert" | "Jahrhunderts" | "Jh" | "Bundesliga" | "Liga"
            | "Platz" | "Klasse" | "Jahrestag" | "Geburtstag" | "Mal" | "Runde" | "Minute" | "Jahrtausend"
            | "Weltkrieg" | "Weltkriegs" | "Weltkrieges"
    )
}
