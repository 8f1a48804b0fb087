//! Words whose capital means that a sentence begins, and what explains such a capital otherwise.

/// How much the capital of a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    /// A sentence begins: German words that are in no title.
    Sure,
    /// A sentence begins if words in lower case are on both sides: `In the`, where a title has capitals.
    Small,
    /// The same, or a day, a month or a year follows.
    Time,
    /// A sentence begins if a word in lower case follows.
    Pronoun,
    /// A sentence begins if a comma follows.
    Adverb,
    /// German articles, with which names of newspapers and films begin too.
    Article,
}

/// What may stand before a picture's caption, a list or a note.
pub(super) const LABELS: [&str; 14] = [
    "Image", "Images", "Photo", "Photos", "Video", "Audio", "Picture", "Credit", "Foto", "Fotos", "Bild", "Bilder", "Фото",
    "Видео",
];

/// Looks up a word as it is written.
#[rustfmt::skip]
pub(super) fn opener(word: &str) -> Option<Opener> {
    let found = match word {
        "Aber" | "Allerdings" | "Also" | "Anders" | "Ansonsten" | "Auf" | "Aus" | "Außerdem" | "Bei" | "Beim" | "Bereits"
            | "Bis" | "Bisher" | "Bislang" | "Dabei" | "Dadurch" | "Dafür" | "Dagegen" | "Daher" | "Damals" | "Damit"
            | "Danach" | "Daneben" | "Dann" | "Daran" | "Darauf" | "Daraufhin" | "Darin" | "Darüber" | "Darum" | "Darunter"
            | "Davon" | "Davor" | "Dazu" | "Dennoch" | "Denn" | "Deshalb" | "Deswegen" | "Dies" | "Diese" | "Diesen"
            | "Dieser" | "Dieses" | "Doch" | "Dort" | "Durch" | "Ebenfalls" | "Ebenso" | "Einige" | "Endlich" | "Erst" | "Es"
            | "Etwa" | "Für" | "Gegen" | "Hier" | "Hierbei" | "Hierzu" | "Ich" | "Im" | "Immer" | "Insgesamt" | "Inzwischen"
            | "Jedoch" | "Jetzt" | "Kein" | "Keine" | "Leider" | "Manchmal" | "Mehrere" | "Mit" | "Mittlerweile" | "Nach" | "Nachdem"
            | "Natürlich" | "Neben" | "Nicht" | "Noch" | "Nun" | "Nur" | "Obwohl" | "Oder" | "Ohne" | "Schon" | "Sehr"
            | "Seit" | "Sobald" | "Sogar" | "Solche" | "Somit" | "Sondern" | "Sowohl" | "Trotz" | "Trotzdem" | "Über" | "Überall" | "Um" | "Und"
            | "Unter" | "Viele" | "Vielleicht" | "Vom" | "Vor" | "Während" | "Wegen" | "Weil" | "Welche" | "Wenn" | "Wer"
            | "Wie" | "Wir" | "Wo" | "Zudem" | "Zuerst" | "Zum" | "Zunächst" | "Zur" | "Zwar" | "Zwischen" => Opener::Sure,
        "Der" | "Die" | "Das" | "Den" | "Dem" | "Ein" | "Eine" | "Einen" | "Einem" | "Einer" => Opener::Article,
        "According" | "Although" | "Another" | "At" | "Because" | "Despite"
            | "For" | "From" | "Here" | "His" | "How" | "If" | "Its"
            | "Many" | "Most" | "Once" | "Only" | "Other" | "Our" | "So" | "Some" | "That" | "The"
            | "Their" | "Then" | "There" | "These" | "This" | "Those" | "Though" | "Under" | "Was"
            | "What" | "When" | "Where" | "While" | "Why" | "With" | "Seine" | "Alle"
            | "Dans" | "Les" | "Il" | "Elle" | "Ils" | "Elles" | "Ce" | "Cette" | "Ces" | "Mais" | "Après" | "Selon"
            | "Depuis" | "Lors" | "Pour" | "Avec" | "Une" | "Nous" | "Ella" | "Ellos" | "Pero" | "Por" | "Para" | "Según"
            | "Desde" | "Cuando" | "Este" | "Esta" | "Tras" => Opener::Small,
        "От" | "До" | "Об" | "Для" | "Но" | "Мы" | "Вы"
            | "Этот" | "Эта" | "Эти" | "Как" | "Когда" | "Если" | "Что" | "Где" | "Также" | "Так"
            | "Однако" | "Не" | "Там" | "Все" | "Всё" | "Затем" | "Кроме" | "Среди" | "Всего"
            | "Прежде" | "Через" | "Перед" | "Позже" | "Поэтому" | "Тогда" | "Теперь" | "Сейчас" | "Во-первых" | "С" | "К"
            | "У" | "О" | "И" | "А" => Opener::Small,
        "In" | "On" | "By" | "Since" | "After" | "Before" | "During" | "Until" => Opener::Time,
        "He" | "She" | "They" | "We" | "It" | "Они" | "Он" | "Она" | "Оно" | "Его" | "Её" | "Ее" | "Их" | "После" | "В" | "На" | "Во" | "По" | "При" | "За" | "Из" | "Это" | "Был" | "Была" | "Были" => Opener::Pronoun,
        "Von" | "Auch" | "Da" | "Am" | "Her" | "Er" | "You" | "And" | "But" | "To" | "As" | "An" => Opener::Small,
        "However" | "Instead" | "Meanwhile" | "Moreover" | "Finally" | "Furthermore" | "Nevertheless" | "Basically"
            | "Unfortunately" | "Additionally" | "Still" | "Eventually" | "Afterwards" => Opener::Adverb,
        _ => return None,
    };
    Some(found)
}

/// Whether a name or a title may follow a word: `in The Guardian`, `im Magazin Der Spiegel`, `гепатит В`.
#[rustfmt::skip]
pub(super) fn is_carrier(word: &str) -> bool {
    matches!(
        word,
        "a" | "an" | "and" | "as" | "at" | "by" | "called" | "for" | "from" | "in" | "like" | "named" | "of" | "on" | "or" | "than"
            | "the" | "to" | "with" | "is" | "was" | "are" | "were" | "be" | "film" | "novel" | "book" | "song" | "album" | "magazine"
            | "newspaper" | "series" | "show" | "movie" | "play" | "single" | "band" | "über" | "under" | "into" | "their" | "his" | "her" | "its" | "my"
            | "your" | "our" | "von" | "im" | "am" | "der" | "die" | "das" | "dem" | "den" | "und" | "oder" | "als" | "wie" | "mit" | "für"
            | "bei" | "aus" | "nach" | "zu" | "ein" | "eine" | "Magazin" | "Zeitung" | "Zeitschrift" | "Film" | "Roman" | "Buch" | "Serie"
            | "Partei" | "Band" | "Album" | "Titel" | "Stück" | "Lied" | "Song" | "Nachrichtenmagazin" | "Wochenzeitung" | "Tageszeitung"
            | "Fraktion" | "Sender" | "de" | "la" | "le" | "les" | "du" | "des" | "et" | "en" | "dans" | "par" | "pour" | "sur" | "à" | "el" | "y"
            | "del" | "con" | "por" | "para" | "журнал" | "группа" | "группе" | "группы" | "группу" | "витамин" | "витамина"
            | "гепатит" | "гепатита" | "класс" | "класса" | "типа" | "тип" | "категории" | "и" | "в" | "на" | "с" | "или" | "к" | "по" | "лиги" | "серии" | "лига"
    )
}

/// Whether a word after an article makes a name of both: `Die Zeit`, `Der Spiegel`.
pub(super) fn is_title(word: &str) -> bool {
    matches!(word, "Zeit" | "Welt" | "Spiegel" | "Linke" | "Linken" | "Grünen" | "Presse" | "Standard" | "Bild" | "Erste" | "Ersten")
}
