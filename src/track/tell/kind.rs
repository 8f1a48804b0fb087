//! What a filter can ask for by a word.

use crate::archive::ChangeKind;
use crate::diff::Class;

/// What a filter can ask for by a word alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Name {
    Kind(ChangeKind),
    Class(Class),
    /// A change of facts that the publisher does not own up to.
    Stealth,
    /// It looks as if the page was not read whole, so that it is no edit.
    Suspect,
}

impl Name {
    /// All of them with their words, in the order of the help.
    pub(super) fn all() -> impl Iterator<Item = (Self, &'static str)> {
        let kinds = ChangeKind::ALL.into_iter().map(|kind| (Self::Kind(kind), kind.as_str()));
        let classes = Class::ALL.into_iter().map(|class| (Self::Class(class), class.as_str()));
        kinds.chain(classes).chain([(Self::Stealth, "stealth"), (Self::Suspect, "suspect")])
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::all().find(|(_, known)| known.eq_ignore_ascii_case(word)).map(|(name, _)| name)
    }

    pub(super) fn as_str(self) -> &'static str {
        Self::all().find(|(name, _)| *name == self).map_or("", |(_, word)| word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_the_one_that_it_has_in_json() {
        for (name, word) in Name::all() {
            let json = match name {
                Name::Kind(kind) => serde_json::to_string(&kind),
                Name::Class(class) => serde_json::to_string(&class),
                Name::Stealth | Name::Suspect => continue,
            };
            assert_eq!(json.unwrap(), format!("{word:?}"));
            assert_eq!(Name::parse(word), Some(name));
            assert_eq!(name.as_str(), word);
        }
    }
}
