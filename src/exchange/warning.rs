//! What was read and left out.

use std::fmt;

/// Why something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// A field that the contract does not name.
    Unknown,
    /// A field that the contract names and this version does not keep.
    NotStored,
    /// A publisher's date that is not a time.
    NotATime,
    /// Something that no archive of news takes, such as a picture. The name says what.
    Skipped,
    /// Something that was kept as less than it might have been. The name says what, and as what.
    Reduced,
}

/// Something that was read and left out, and how often. Displayed as a sentence.
///
/// ```
/// use morgue::exchange::JsonlReader;
///
/// let row = r#"{"id":"a","captured_at":"2026-03-01","text":"It rained.","mood":"grey"}"#;
/// let mut reader = JsonlReader::new(row.as_bytes());
/// assert!(reader.all(|row| row.is_ok()));
/// assert_eq!(reader.warnings()[0].to_string(), "the field `mood` is not known and was not stored (1 time)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// Why it was left out.
    pub kind: WarningKind,
    /// The name of the field, or of what was left out; shortened to 100 characters.
    pub field: String,
    /// How often it was left out.
    pub times: u64,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        match self.kind {
            WarningKind::Unknown => write!(f, "the field `{field}` is not known and was not stored")?,
            WarningKind::NotStored => write!(f, "the field `{field}` is not stored by this version")?,
            WarningKind::Skipped => write!(f, "{field} skipped")?,
            WarningKind::Reduced => f.write_str(field)?,
            WarningKind::NotATime => write!(f, "`{field}` was not a time and was left out")?,
        }
        write!(f, " ({} time{})", self.times, if self.times == 1 { "" } else { "s" })
    }
}

/// Warnings, each once.
#[derive(Debug)]
pub(super) struct Warnings(Vec<Warning>);

/// Different warnings that are told apart; a file that has a new field in every row must not fill the memory.
const MAX_DIFFERENT: usize = 100;
/// The longest name, in characters.
const MAX_NAME: usize = 100;
/// The name under which the fields beyond [`MAX_DIFFERENT`] are counted.
const OTHERS: &str = "(others)";

impl Warnings {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn count(&mut self, kind: WarningKind, field: &str) {
        if self.bump(kind, field) {
            return;
        }
        let full = self.0.len() >= MAX_DIFFERENT;
        let name = if full { OTHERS.to_owned() } else { field.chars().map(visible).take(MAX_NAME).collect() };
        if !self.bump(kind, &name) {
            self.0.push(Warning { kind, field: name, times: 1 });
        }
    }

    fn bump(&mut self, kind: WarningKind, field: &str) -> bool {
        let known = self.0.iter_mut().find(|warning| warning.kind == kind && warning.field == field);
        known.map(|warning| warning.times += 1).is_some()
    }

    pub(super) fn as_slice(&self) -> &[Warning] {
        &self.0
    }

    pub(super) fn into_vec(self) -> Vec<Warning> {
        self.0
    }
}

/// Names and excerpts come from strangers and go into messages: control characters become spaces.
pub(super) fn visible(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_different_fields_is_counted_in_bounded_memory() {
        let mut warnings = Warnings::new();
        for number in 0..1_000 {
            warnings.count(WarningKind::Unknown, &format!("field{number}"));
        }
        assert_eq!(warnings.as_slice().len(), MAX_DIFFERENT + 1);
        assert_eq!(warnings.as_slice().last().map(|warning| warning.times), Some(900));
    }

    #[test]
    fn a_long_name_is_shortened_and_still_counted_as_one() {
        let mut warnings = Warnings::new();
        for _ in 0..3 {
            warnings.count(WarningKind::NotATime, &"x\n".repeat(500));
        }
        let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
        assert_eq!((warning.times, warning.field.len()), (3, 100));
        assert!(warning.to_string().ends_with("was left out (3 times)"), "{warning}");
    }
}
