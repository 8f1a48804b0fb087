//! morgue
pub mod diff;
pub mod engine;
pub mod model;
pub mod text;
pub use model::*;
