//! Diffs as text for people.
//!
//! A diff holds no text: every renderer takes it together with the two articles that were compared. With other articles it
//! shows what is there and never panics. Programs take the diff itself, as JSON through serde.
//!
//! ```
//! use morgue::{Article, diff::{self, render}};
//!
//! let old = Article::new("Bridge closed");
//! let new = Article::new("Bridge open");
//! let diff = diff::compare(&old, &new, &diff::Options::default());
//! assert_eq!(render::ansi(&diff, &old, &new, &render::Options::default()), "~ Bridge [-closed-]{+open+}\n");
//! ```

mod ansi;
mod html;
mod markdown;
mod note;
mod page;
mod part;
mod place;
mod side_by_side;
mod unified;
mod wrap;

pub use ansi::ansi;
pub use html::{html, summary_html};
pub use markdown::markdown;
pub use side_by_side::side_by_side;
pub use unified::unified;

/// How to show a diff. Each renderer uses what concerns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The width of the terminal in columns; fewer than 20 are taken for 20. [`ansi`] and [`side_by_side`].
    pub width: usize,
    /// Whether changes are marked by colour (plain SGR codes) instead of `[-` `-]` and `{+` `+}`. [`ansi`], [`side_by_side`] and
    /// [`unified`].
    pub color: bool,
    /// What the older article is called. [`side_by_side`], [`unified`], [`markdown`] and [`html`].
    pub old_label: String,
    /// What the newer article is called.
    pub new_label: String,
    /// The title of the page. [`html`].
    pub title: String,
    /// Whether control and bidi characters stay as they are. Right for a file or a pipe, wrong for a terminal. [`unified`].
    pub exact: bool,
}

impl Default for Options {
    fn default() -> Self {
        let label = |text: &str| text.to_owned();
        Self {
            width: 80,
            color: false,
            old_label: label("old"),
            new_label: label("new"),
            title: label("Changes"),
            exact: false,
        }
    }
}

#[cfg(test)]
mod tests;
