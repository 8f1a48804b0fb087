//! Words whose capital means that a sentence begins, and what explains such a capital otherwise.

/// How much the capital of a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    /// A sentence begins: German words with which no title or name begins.
    Sure,
    /// A sentence begins if words in lower case are on both sides: `In the`, where a title has capitals.
    Small,
    /// The same, or a day, a month or a year follows.
    Time,
    /// A sentence begins if a word in lower case follows.
    Pronoun,
    /// German `sein` and `ihr`, which a noun follows. `Ihr` is a polite address too, which a preposition or a verb is before.
    Possessive,
    /// A sentence begins if a comma follows.
    Adverb,
    /// German articles, with which names of newspapers and films begin too.
    Article,
}

/// Whether a word and a colon stand before a caption.
pub(super) fn is_label(word: &str) -> bool {
    matches!(word, "Image" | "Images" | "Photo" | "Photos" | "Video" | "Audio" | "Picture" | "Credit")
        || matches!(word, "Foto" | "Fotos" | "Bild" | "Bilder" | "Imagen" | "Фото" | "Видео")
}

/// Looks up a word as it is written.
#[rustfmt::skip]
pub(super) fn opener(word: &str) -> Option<Opener> {
    let found = match word {
        "Aber" | "Allerdings" | "Also" | "Anders" | "Ansonsten" | "Auf" | "Aus" | "Außerdem" | "Bei" | "Beim"
            | "Bereits" | "Bis" | "Bisher" | "Bislang" | "Dabei" | "Dadurch" | "Dafür" | "Dagegen" | "Daher"
            | "Damals" | "Damit" | "Danach" | "Daneben" | "Dann" | "Daran" | "Darauf" | "Daraufhin" | "Darin"
            | "Darüber" | "Darum" | "Darunter" | "Davon" | "Davor" | "Dazu" | "Dennoch" | "Denn" | "Deshalb"
            | "Deswegen" | "Dies" | "Diese" | "Diesen" | "Dieser" | "Dieses" | "Doch" | "Dort" | "Durch"
            | "Ebenfalls" | "Ebenso" | "Einige" | "Endlich" | "Erst" | "Es" | "Etwa" | "Für" | "Gegen" | "Hier"
            | "Hierbei" | "Hierzu" | "Ich" | "Im" | "Immer" | "Insgesamt" | "Inzwischen" | "Jedoch" | "Jetzt"
            | "Kein" | "Keine" | "Leider" | "Manchmal" | "Mehrere" | "Mit" | "Mittlerweile" | "Nach" | "Nachdem"
            | "Natürlich" | "Neben" | "Nicht" | "Noch" | "Nun" | "Nur" | "Obwohl" | "Oder" | "Ohne" | "Schon"
            | "Sehr" | "Seit" | "Sobald" | "Sogar" | "Solche" | "Somit" | "Sondern" | "Sowohl" | "Trotz"
            | "Trotzdem" | "Über" | "Überall" | "Um" | "Und" | "Unter" | "Viele" | "Vielleicht" | "Vom" | "Vor"
            | "Während" | "Wegen" | "Weil" | "Welche" | "Wenn" | "Wer" | "Wie" | "Wir" | "Wo" | "Zudem" | "Zuerst"
            | "Zum" | "Zunächst" | "Zur" | "Zwar" | "Zwischen" => Opener::Sure,
        "Der" | "Die" | "Das" | "Den" | "Dem" | "Ein" | "Eine" | "Einen" | "Einem" | "Einer" => Opener::Article,
        "С" | "In" | "On" | "By" | "Since" | "After" | "Before" | "During" | "Until" | "В" => Opener::Time,
        "According" | "Although" | "Because" | "Despite" | "His" | "If" | "Its" | "Many" | "Most" | "Once" | "Our"
            | "So" | "That" | "The" | "Their" | "Then" | "There" | "These" | "This" | "Those" | "Though" | "Was"
            | "What" | "When" | "Where" | "While" | "Dans" | "Ils" | "Elles" | "Ce" | "Cette" | "Ces"
            | "Mais" | "Après" | "Selon" | "Depuis" | "Lors" | "Pour" | "Avec" | "Une" | "Nous" | "Ella" | "Ellos"
            | "Pero" | "Según" | "Desde" | "Cuando" | "Tras" | "От" | "До" | "Об" | "Для" | "Но" | "Мы" | "Вы"
            | "Этот" | "Эта" | "Эти" | "Как" | "Когда" | "Если" | "Что" | "Где" | "Также" | "Так" | "Однако"
            | "Не" | "Там" | "Все" | "Всё" | "Затем" | "Кроме" | "Среди" | "Всего" | "Прежде" | "Через" | "Перед"
            | "Позже" | "Поэтому" | "Тогда" | "Теперь" | "Сейчас" | "Во-первых" | "He" | "She" | "They" | "We"
            | "It" | "Они" | "Он" | "Она" | "Оно" | "Его" | "Её" | "Ее" | "Их" | "После" | "На" | "Во" | "По"
            | "При" | "За" | "Из" | "Это" | "Был" | "Была" | "Были" | "Du" => Opener::Pronoun,
        "Ihr" | "Ihre" | "Ihrem" | "Ihren" | "Ihrer" | "Sein" | "Seine" | "Seinem" | "Seinen" | "Seiner" => Opener::Possessive,
        "Another" | "At" | "For" | "From" | "Here" | "How" | "Only" | "Other" | "Some" | "Under" | "Why" | "With"
            | "Alle" | "Les" | "Il" | "Elle" | "Por" | "Para" | "Este" | "Esta" | "К" | "У" | "О" | "И" | "А"
            | "Von" | "Auch" | "Da" | "Am" | "Her" | "Er" | "You" | "And" | "But" | "To" | "As" | "An" => Opener::Small,
        "However" | "Instead" | "Meanwhile" | "Moreover" | "Finally" | "Furthermore" | "Nevertheless" | "Basically"
            | "Unfortunately" | "Additionally" | "Still" | "Eventually" | "Afterwards" => Opener::Adverb,
        _ => return None,
    };
    Some(found)
}

/// Whether a name or a title may follow a word, as it is written or in small letters: `in The Herald`,
/// `im Magazin Der Turm`, `гепатит В`.
pub(super) fn is_carrier(word: &str) -> bool {
    carries(word) || word.chars().next().is_some_and(char::is_uppercase) && carries(&word.to_lowercase())
}

#[rustfmt::skip]
fn carries(word: &str) -> bool {
    matches!(
        word,
        "I" | "Орден" | "Медаль" | "a" | "an" | "and" | "as" | "at" | "by" | "called" | "for" | "from" | "in"
            | "like" | "named" | "of" | "on" | "or" | "than" | "the" | "to" | "with" | "is" | "was" | "are"
            | "were" | "be" | "film" | "novel" | "book" | "song" | "album" | "magazine" | "newspaper" | "series"
            | "show" | "movie" | "play" | "single" | "band" | "über" | "under" | "into" | "their" | "his" | "her"
            | "its" | "my" | "your" | "our" | "von" | "im" | "am" | "der" | "die" | "das" | "dem" | "den" | "und"
            | "oder" | "als" | "wie" | "mit" | "für" | "bei" | "aus" | "nach" | "zu" | "ein" | "eine" | "Magazin"
            | "Zeitung" | "Zeitschrift" | "Film" | "Roman" | "Buch" | "Serie" | "Partei" | "Band" | "Album"
            | "Titel" | "Stück" | "Lied" | "Song" | "Nachrichtenmagazin" | "Wochenzeitung" | "Tageszeitung"
            | "Fraktion" | "Sender" | "de" | "la" | "le" | "les" | "du" | "des" | "et" | "en" | "dans" | "par"
            | "pour" | "sur" | "à" | "el" | "y" | "del" | "con" | "por" | "para" | "журнал" | "группа" | "группе"
            | "группы" | "группу" | "витамин" | "витамина" | "гепатит" | "гепатита" | "класс" | "класса" | "типа"
            | "тип" | "категории" | "и" | "в" | "на" | "с" | "или" | "к" | "по" | "лиги" | "серии" | "лига"
    )
}

/// Whether a word after a German article makes a name of both: `Die Zeit`, `Der Spiegel`.
#[rustfmt::skip]
pub(super) fn is_title(word: &str) -> bool {
    matches!(
        word,
        "Zeit" | "Welt" | "Spiegel" | "Linke" | "Linken" | "Grünen" | "Presse" | "Standard" | "Bild" | "Erste" | "Ersten" | "Haag"
    )
}

/// Whether a word is English rather than German, so that `Das` or `Wie` before it is somebody's name.
pub(super) fn is_english(word: &str) -> bool {
    matches!(
        word,
        "and" | "of" | "the" | "to" | "is" | "was" | "has" | "had" | "said" | "says" | "told" | "who" | "won"
    ) || matches!(
        word,
        "for" | "on" | "with" | "at" | "by" | "from" | "as" | "will" | "were" | "are" | "would" | "took"
    )
}
