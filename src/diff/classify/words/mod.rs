//! The words that the classes know, by subject; each list holds ten languages or those where the class can be told.

pub(super) mod boilerplate;
pub(super) mod dates;
pub(super) mod names;
pub(super) mod notices;
pub(super) mod numbers;
pub(super) mod speech;
