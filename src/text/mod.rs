//! The text of articles: its canonical form, its typographic fold, its paragraphs, sentences and words.

mod normalize;
pub mod safe;
pub mod segment;

pub use normalize::{Canonical, CanonicalError, canonical, canonical_and_folded, folded, parse_canonical};
pub(crate) use normalize::{Forms, canonical_headline, folded_canonical, normal_line};
