//! Small words inside names.

#[rustfmt::skip]
const PARTICLES: &[&str] = &[
    "de", "del", "della", "di", "da", "dos", "du", "la", "le", "van", "von", "der", "den", "ter", "zu", "bin", "ibn", "al", "el", "of", "the", "and", "af", "av", "y",
];

/// Whether a word may stand in a name in small letters.
pub(in crate::diff::classify) fn is_particle(key: &str) -> bool {
    PARTICLES.contains(&key)
}
