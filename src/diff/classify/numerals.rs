//! Numbers as they are written: digits of several scripts with their separators, words, multipliers, units.

use std::ops::Range;

use super::sides::Side;
use super::words::numbers;
use crate::text::segment::TokenKind;

/// Values are whole numbers of billionths, so that they are compared without rounding.
pub(super) const ONE: i128 = 1_000_000_000;

/// A number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numeral {
    /// The pieces that it is written with.
    pub(super) at: Range<usize>,
    /// Its value in billionths; several for a date, a time, a score or a range.
    pub(super) values: Vec<i128>,
    /// What is counted or measured.
    pub(super) unit: Option<String>,
    /// Whether the number is written in digits.
    pub(super) digits: bool,
    /// Letters that the number is written together with: `D` of the road D400, the Arabic article.
    pub(super) prefix: String,
}

/// How far before a change a number may begin that is touched by it, in pieces.
const REACH: usize = 6;

/// Returns the numbers at and around some stretches of a side, in their order.
pub(super) fn numerals(side: &Side<'_>, stretches: impl Iterator<Item = Range<usize>>) -> Vec<Numeral> {
    let mut found = Vec::new();
    let mut at = 0;
    for stretch in stretches {
        at = at.max(stretch.start.saturating_sub(REACH));
        let end = side.pieces.len().min(stretch.end + REACH);
        while at < end {
            let numeral = in_digits(side, at).or_else(|| in_words(side, at));
            match numeral {
                Some(mut numeral) => {
                    at = numeral.at.end.max(at + 1);
                    numeral.unit = unit(side, &numeral);
                    found.push(numeral);
                }
                None => at += 1,
            }
        }
    }
    found
}

/// The value of a digit in European, Arabic, Persian, Devanagari, Bengali, Thai and full-width form.
fn digit(character: char) -> Option<u32> {
    const ZEROS: [char; 6] = ['\u{660}', '\u{6F0}', '\u{966}', '\u{9E6}', '\u{E50}', '\u{FF10}'];
    if character.is_ascii() {
        return character.to_digit(10);
    }
    let code = u32::from(character);
    ZEROS.iter().map(|zero| u32::from(*zero)).find(|zero| (*zero..*zero + 10).contains(&code)).map(|zero| code - zero)
}

fn in_digits(side: &Side<'_>, at: usize) -> Option<Numeral> {
    let piece = side.at(at)?;
    if !piece.text.contains(|character| digit(character).is_some()) {
        return None;
    }
    let prefix = piece.text.chars().take_while(|character| character.is_alphabetic()).collect();
    let (mut values, suffix) = read(piece.text);
    let mut end = at + 1;
    if let [value] = values.as_mut_slice() {
        // 1 000 000: groups of three digits after a space.
        while let Some(next) = side.at(end)
            && next.spaced
            && (1..ONE * 1_000_000_000).contains(value)
            && suffix.is_empty()
            && (end > at + 1 || piece.text.chars().filter(|character| digit(*character).is_some()).count() <= 3)
            && let Some(group) = group_of_three(next.text)
        {
            *value = value.saturating_mul(1000).saturating_add(group * ONE);
            end += 1;
        }
        if let Some(by) = numbers::multiplier(&suffix.to_lowercase()) {
            *value = value.saturating_mul(i128::from(by));
        } else if suffix.is_empty() || end > at + 1 {
            end = multiply(side, end, value);
        }
    }
    (!values.is_empty()).then_some(Numeral { at: at..end, values, unit: None, digits: true, prefix })
}

fn group_of_three(text: &str) -> Option<i128> {
    let digits: Vec<u32> = text.chars().map(digit).collect::<Option<_>>()?;
    match digits.as_slice() {
        [a, b, c] => Some(i128::from(100 * a + 10 * b + c)),
        _ => None,
    }
}

/// Multiplies by the words after the number; returns the piece after them.
fn multiply(side: &Side<'_>, end: usize, value: &mut i128) -> usize {
    let Some(next) = side.at(end) else { return end };
    if next.kind == TokenKind::Word {
        return match numbers::multiplier(&next.key) {
            // `5 m` is five metres, and `m` only after the digits of one word.
            Some(by) if next.key.chars().count() > 1 => {
                *value = value.saturating_mul(i128::from(by));
                end + 1
            }
            _ => end,
        };
    }
    let Some((bytes, by)) = end.checked_sub(1).and_then(|last| numbers::joined(side.after(last))) else { return end };
    let stop = side.at(end - 1).map_or(0, |piece| piece.end) + bytes;
    let mut after = end;
    while side.at(after).is_some_and(|piece| piece.span == next.span && piece.end <= stop) {
        after += 1;
    }
    if after == end {
        return end;
    }
    *value = value.saturating_mul(i128::from(by));
    // 1億2000万: the rest is added.
    if by >= 10_000
        && let Some(rest) = side.at(after)
        && !rest.spaced
        && rest.kind == TokenKind::Number
        && let ([more], "") = (read(rest.text).0.as_slice(), read(rest.text).1.as_str())
    {
        let mut more = *more;
        let last = multiply(side, after + 1, &mut more);
        *value = value.saturating_add(more);
        return last;
    }
    after
}

/// Reads the numbers of one token, and the letters after the last one.
fn read(text: &str) -> (Vec<i128>, String) {
    let mut values = Vec::new();
    let mut run: Vec<char> = Vec::new();
    let mut suffix = String::new();
    let negative =
        text.chars().take_while(|character| digit(*character).is_none()).any(|sign| matches!(sign, '-' | '\u{2212}'));
    for character in text.chars().chain(['\0']) {
        let separates =
            matches!(character, '.' | ',' | '\'' | '\u{2019}' | '\u{A0}' | '\u{202F}' | '\u{66B}' | '\u{66C}');
        if digit(character).is_some() || (separates && !run.is_empty()) {
            run.push(character);
            suffix.clear();
            continue;
        }
        if !run.is_empty() {
            values.extend(read_run(&run));
            run.clear();
        }
        if character.is_alphabetic() {
            suffix.push(character);
        }
    }
    if negative && let [value] = values.as_mut_slice() {
        *value = -*value;
    }
    (values, suffix)
}

/// Reads digits with separators. The last of two kinds of separator is the decimal one; one kind that stands once is, too,
/// unless three digits follow; one that stands several times separates thousands, or else the parts of a date.
fn read_run(run: &[char]) -> Vec<i128> {
    let groups: Vec<&[char]> =
        run.split(|character| digit(*character).is_none()).filter(|group| !group.is_empty()).collect();
    let marks: Vec<char> = run.iter().copied().filter(|character| digit(*character).is_none()).collect();
    let marks = marks.get(..groups.len().saturating_sub(1)).unwrap_or_default();
    let whole = |groups: &[&[char]]| decimal(&groups.concat(), &[]);
    let Some((last, _)) = marks.split_last() else { return whole(&groups).into_iter().collect() };
    let (head, tail) = groups.split_at(groups.len() - 1);
    let tail = tail.first().copied().unwrap_or_default();
    let alike = marks.iter().all(|mark| mark == last);
    let starts_with_zero = head.first().and_then(|group| group.first()).and_then(|first| digit(*first)) == Some(0);
    let thousands = tail.len() == 3
        && !starts_with_zero
        && head.first().is_some_and(|first| first.len() <= 3)
        && head.iter().skip(1).all(|group| matches!(group.len(), 2 | 3));
    let value = match (alike, marks.len()) {
        _ if *last == '\u{66B}' => decimal(&head.concat(), tail),
        (true, _) if thousands => whole(&groups),
        (true, 1) | (false, _) => decimal(&head.concat(), tail),
        (true, _) => return groups.iter().filter_map(|group| decimal(group, &[])).collect(),
    };
    value.into_iter().collect()
}

fn decimal(whole: &[char], fraction: &[char]) -> Option<i128> {
    // So many digits as stay exact; more is an identifier and no number.
    if whole.len() > 18 {
        return None;
    }
    let digits = |digits: &[char]| {
        digits.iter().filter_map(|character| digit(*character)).fold(0_i128, |all, next| all * 10 + i128::from(next))
    };
    let kept = fraction.get(..9).unwrap_or(fraction);
    let scale = 10_i128.pow(9 - u32::try_from(kept.len()).unwrap_or(9).min(9));
    Some(digits(whole) * ONE + digits(kept) * scale)
}

/// Reads `twenty-two`, `two hundred and fifty`, `dozens`.
fn in_words(side: &Side<'_>, at: usize) -> Option<Numeral> {
    let value_of =
        |at: usize| side.at(at).filter(|piece| piece.kind == TokenKind::Word).and_then(|piece| word(&piece.key));
    value_of(at)?;
    let (mut total, mut part, mut end) = (0_u64, 0_u64, at);
    let mut next = at;
    while let Some(word) = value_of(next) {
        match word {
            Word::Small(value)
                if part > 0 && (part % 100 != 0 && !(part % 10 == 0 && value < 10 && part % 100 >= 20)) =>
            {
                break;
            }
            Word::Small(value) => part = part.saturating_add(value),
            Word::Times(by) if by < 1000 => part = part.max(1).saturating_mul(by),
            Word::Times(by) => {
                total = total.saturating_add(part.max(1).saturating_mul(by));
                part = 0;
            }
        }
        end = next + 1;
        next = match side.key(end) {
            "-" | "and"
                if value_of(end + 1).is_some() && (side.key(end) == "-" || part % 100 == 0 && part + total > 0) =>
            {
                end + 1
            }
            _ => end,
        };
    }
    let value = i128::from(total.saturating_add(part)).saturating_mul(ONE);
    Some(Numeral { at: at..end, values: vec![value], unit: None, digits: false, prefix: String::new() })
}

enum Word {
    Small(u64),
    Times(u64),
}

fn word(key: &str) -> Option<Word> {
    // Letters alone are multipliers only after digits, and money is no number.
    if key.chars().count() < 3 || key == "cents" || key == "cent" {
        return numbers::small(key).map(Word::Small);
    }
    numbers::small(key).map(Word::Small).or_else(|| numbers::multiplier(key).map(Word::Times))
}

/// What a number counts: its currency or percent sign, the noun after it.
fn unit(side: &Side<'_>, numeral: &Numeral) -> Option<String> {
    let is_sign = |character: &char| matches!(character, '%' | '$' | '\u{a2}'..='\u{a5}' | '\u{b0}' | '\u{2030}' | '\u{20A0}'..='\u{20CF}' | '\u{66A}');
    let text = side.text(&numeral.at);
    if let Some(sign) = text.chars().find(is_sign) {
        return Some(sign.to_string());
    }
    let last = numeral.at.end.checked_sub(1)?;
    let rest = side.after(last);
    if numbers::is_percent(rest.trim_start()) {
        return Some("%".to_owned());
    }
    if let Some(counter) = numbers::counter(rest) {
        return Some(counter.to_owned());
    }
    if numeral.values.len() != 1 {
        return None;
    }
    let next = side.at(numeral.at.end).filter(|next| next.kind == TokenKind::Word)?;
    let written = next.text.chars().count();
    let is_noun = (2..=24).contains(&written) && numbers::is_unit(&next.key);
    (is_noun && Some(next.span) == side.at(last).map(|piece| piece.span)).then(|| next.text.to_owned())
}
