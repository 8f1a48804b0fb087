//! Datelines: a day of the week with its date and year.

/// The length of a dateline that begins at a byte: `Saturday, January 31, 2009`, `Samstag, 31. Januar 2009`,
/// `Sábado, 31 de enero de 2009`, `Samedi 31 janvier 2009`, `Суббота, 31 января 2009`.
pub(super) fn length(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let day = word(rest);
    if !is_day(day) {
        return None;
    }
    let mut end = day.len();
    let mut months = 0;
    // The day, the month, `de` and the year.
    for _ in 0..5 {
        let tail = rest.get(end..)?;
        let part = tail.strip_prefix([',', '.']).unwrap_or(tail).strip_prefix(' ')?;
        let next = word(part);
        end += tail.len() - part.len() + next.len();
        if next.bytes().all(|byte| byte.is_ascii_digit()) {
            match next.len() {
                4 if months == 1 => return Some(end),
                1 | 2 => {}
                _ => return None,
            }
        } else if is_month(next) {
            months += 1;
        } else if next != "de" {
            return None;
        }
    }
    None
}

/// Whether an agency's dateline begins at a byte: `BERLIN, 5. November (dpa)`, `DEN HAAG, 5. November`.
pub(super) fn is_place_line(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let mut place = word(rest);
    if !is_upper(place) {
        return false;
    }
    let mut tail = rest.get(place.len()..).unwrap_or_default();
    if place.len() <= 4 && tail.starts_with(' ') {
        place = word(tail.trim_start());
        tail = tail.get(1 + place.len()..).unwrap_or_default();
    }
    let Some(date) = tail.strip_prefix(", ") else { return false };
    let day = word(date);
    let is_day = matches!(day.len(), 1 | 2) && day.bytes().all(|byte| byte.is_ascii_digit());
    let month = date.get(day.len()..).and_then(|rest| rest.strip_prefix(". ").or(rest.strip_prefix(' ')));
    is_upper(place) && is_day && month.is_some_and(|month| is_month(word(month)))
}

fn is_upper(word: &str) -> bool {
    word.chars().nth(1).is_some() && word.chars().all(char::is_uppercase)
}

fn word(text: &str) -> &str {
    let end = text.char_indices().take(16).find(|(_, character)| !character.is_alphanumeric());
    text.get(..end.map_or(text.len(), |(end, _)| end)).unwrap_or_default()
}

#[rustfmt::skip]
pub(super) fn is_day(word: &str) -> bool {
    matches!(
        word,
        "Monday" | "Tuesday" | "Wednesday" | "Thursday" | "Friday" | "Saturday" | "Sunday" | "Montag" | "Dienstag"
            | "Mittwoch" | "Donnerstag" | "Freitag" | "Samstag" | "Sonnabend" | "Sonntag" | "Lundi" | "Mardi"
            | "Mercredi" | "Jeudi" | "Vendredi" | "Samedi" | "Dimanche" | "Lunes" | "Martes" | "Miércoles" | "Jueves"
            | "Viernes" | "Sábado" | "Domingo" | "Понедельник" | "Вторник" | "Среда" | "Четверг" | "Пятница"
            | "Суббота" | "Воскресенье"
    )
}

#[rustfmt::skip]
pub(super) fn is_month(word: &str) -> bool {
    matches!(
        word,
        "January" | "February" | "March" | "April" | "May" | "June" | "July" | "August" | "September" | "October"
            | "November" | "December" | "Januar" | "Jänner" | "Februar" | "März" | "Mai" | "Juni" | "Juli" | "Oktober"
            | "Dezember" | "janvier" | "février" | "mars" | "avril" | "mai" | "juin" | "juillet" | "août" | "septembre"
            | "octobre" | "novembre" | "décembre" | "enero" | "febrero" | "marzo" | "abril" | "mayo" | "junio" | "julio"
            | "agosto" | "septiembre" | "octubre" | "noviembre" | "diciembre" | "января" | "февраля" | "марта"
            | "апреля" | "мая" | "июня" | "июля" | "августа" | "сентября" | "октября" | "ноября" | "декабря"
    )
}
