//! Words whose capital means that a sentence begins, and what explains such a capital otherwise.

/// How much the capital of a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    /// A sentence begins: German words that are in no title.
    Sure,
    /// A sentence begins if a word in lower case follows: `In the`, where a title would go on with a capital.
    Small,
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
        "Aber" | "Allerdings" | "Also" | "Am" | "Anders" | "Ansonsten" | "Auch" | "Auf" | "Aus" | "Außerdem" | "Bei" | "Beim" | "Bereits"
            | "Bis" | "Bisher" | "Bislang" | "Da" | "Dabei" | "Dadurch" | "Dafür" | "Dagegen" | "Daher" | "Damals" | "Damit"
            | "Danach" | "Daneben" | "Dann" | "Daran" | "Darauf" | "Daraufhin" | "Darin" | "Darüber" | "Darum" | "Darunter"
            | "Davon" | "Davor" | "Dazu" | "Dennoch" | "Denn" | "Deshalb" | "Deswegen" | "Dies" | "Diese" | "Diesen"
            | "Dieser" | "Dieses" | "Doch" | "Dort" | "Durch" | "Ebenfalls" | "Ebenso" | "Einige" | "Endlich" | "Er" | "Erst" | "Es"
            | "Etwa" | "Für" | "Gegen" | "Hier" | "Hierbei" | "Hierzu" | "Ich" | "Im" | "Immer" | "Insgesamt" | "Inzwischen"
            | "Jedoch" | "Jetzt" | "Kein" | "Keine" | "Leider" | "Manchmal" | "Mehrere" | "Mit" | "Mittlerweile" | "Nach" | "Nachdem"
            | "Natürlich" | "Neben" | "Nicht" | "Noch" | "Nun" | "Nur" | "Ob" | "Obwohl" | "Oder" | "Ohne" | "Schon" | "Sehr"
            | "Seit" | "Sobald" | "Sogar" | "Solche" | "Somit" | "Sondern" | "Sowohl" | "Trotz" | "Trotzdem" | "Über" | "Überall" | "Um" | "Und"
            | "Unter" | "Viele" | "Vielleicht" | "Vom" | "Von" | "Vor" | "Während" | "Wegen" | "Weil" | "Welche" | "Wenn" | "Wer"
            | "Wie" | "Wir" | "Wo" | "Zudem" | "Zuerst" | "Zum" | "Zunächst" | "Zur" | "Zwar" | "Zwischen" => Opener::Sure,
        "Der" | "Die" | "Das" | "Den" | "Dem" | "Ein" | "Eine" | "Einen" | "Einem" | "Einer" => Opener::Article,
        "A" | "According" | "After" | "Although" | "An" | "And" | "Another" | "As" | "At" | "Because" | "Before" | "But" | "By" | "Despite"
            | "During" | "For" | "From" | "He" | "Her" | "Here" | "His" | "How" | "However" | "If" | "In" | "Instead" | "It" | "Its"
            | "Many" | "Most" | "Not" | "On" | "Once" | "Only" | "Or" | "Other" | "Our" | "She" | "Since" | "So" | "Some" | "That" | "The"
            | "Their" | "Then" | "There" | "These" | "They" | "This" | "Those" | "Though" | "To" | "Under" | "Until" | "Was" | "We"
            | "What" | "When" | "Where" | "While" | "Who" | "Why" | "With" | "You" | "Man" | "Sein" | "Seine" | "Alle"
            | "Dans" | "Le" | "Les" | "Il" | "Elle" | "Ils" | "Elles" | "Ce" | "Cette" | "Ces" | "Mais" | "Après" | "Avant" | "Selon"
            | "Depuis" | "Lors" | "Pour" | "Avec" | "Une" | "Nous" | "El" | "Los" | "Las" | "Ella" | "Ellos" | "Pero" | "Por" | "Para" | "Según"
            | "Desde" | "Cuando" | "Este" | "Esta" | "Tras" => Opener::Small,
        "Во" | "На" | "По" | "От" | "До" | "Из" | "За" | "Об" | "При" | "Для" | "Но" | "Он" | "Она" | "Оно" | "Они" | "Мы" | "Вы"
            | "Это" | "Этот" | "Эта" | "Эти" | "Его" | "Её" | "Ее" | "Их" | "Как" | "Когда" | "Если" | "Что" | "Где" | "Также" | "Так"
            | "После" | "Однако" | "Не" | "Там" | "Все" | "Всё" | "Был" | "Была" | "Были" | "Затем" | "Кроме" | "Среди" | "Всего"
            | "Прежде" | "Через" | "Перед" | "Позже" | "Поэтому" | "Тогда" | "Теперь" | "Сейчас" | "Во-первых" | "В" | "С" | "К"
            | "У" | "О" | "И" | "А" => Opener::Small,
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
