//! Progress of long work, on stderr and only on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::session::Session;

/// A bar over `total` steps; a spinner when nobody knows how many there are.
pub(crate) fn bar(session: &Session, total: Option<u64>, template: &str) -> ProgressBar {
    let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
    if session.is_quiet() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    style(&bar, template);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A template that does not parse costs the looks of the bar, not the work.
fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}

/// Returns a callback that takes `(done, total)` and shows it under a name; the bar is gone when it is dropped.
pub(crate) fn counter(session: &Session, name: &str) -> impl FnMut(u64, u64) + use<> {
    let bar = Cleared(bar(session, Some(0), "{msg} [{wide_bar}] {human_pos}/{human_len}, {eta} left"));
    bar.0.set_message(name.to_owned());
    move |done, total| {
        bar.0.set_length(total);
        bar.0.set_position(done);
    }
}

/// Returns a callback that takes `(what, done, total)`, one thing after the other; the bar is gone when it is dropped.
pub(crate) fn stages(session: &Session) -> impl FnMut(&str, u64, u64) + use<> {
    let bar = Cleared(bar(session, Some(0), "{msg} [{wide_bar}] {human_pos}/{human_len}, {eta} left"));
    move |what, done, total| {
        if bar.0.message() != what {
            bar.0.set_message(what.to_owned());
            bar.0.reset_eta();
        }
        bar.0.set_length(total);
        bar.0.set_position(done);
    }
}

/// A bar that leaves nothing behind.
pub(crate) struct Cleared(pub(crate) ProgressBar);

impl Drop for Cleared {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A spinner that counts rows; gone when it is dropped.
pub(crate) fn rows(session: &Session) -> Cleared {
    Cleared(bar(session, None, "{spinner} {human_pos} rows, {per_sec}"))
}

/// Makes a bar one over the bytes of files; without their size it stays a spinner.
pub(crate) fn over_bytes(bar: &ProgressBar, total: Option<u64>) {
    let template = match total {
        Some(total) => {
            bar.set_length(total);
            "[{wide_bar}] {percent}%, {msg}, {elapsed}, {eta} left"
        }
        None => "{spinner} {msg}, {elapsed}",
    };
    style(bar, template);
}
