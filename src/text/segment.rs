//! Paragraphs into words.
