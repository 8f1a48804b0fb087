//! morgue
pub mod engine;
#[cfg(feature = "exchange")]
pub mod exchange;
pub mod model;
pub mod text;
pub use model::*;
