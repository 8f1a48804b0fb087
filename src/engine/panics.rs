//! Panics of the store underneath: caught, turned into text, kept off the terminal.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::thread;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs a call into the store; a panic comes back as its message.
pub(super) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    let outer = INSIDE.replace(true);
    // What a panic may have left half done belongs to the store, and the caller does not use the store again after it.
    let result = catch_unwind(AssertUnwindSafe(call));
    INSIDE.set(outer);
    result.map_err(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

/// Keeps the panics that an engine catches, and those of its own threads, off the standard error of the process.
///
/// For a command to call once when it begins; more calls change nothing. sled panics on damaged files, and fjall
/// on some. Each such panic
/// comes back as an [`Error`](super::Error), so what the default hook prints about it says nothing new. All other panics
/// go to the hook that was in place before.
pub fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |info| {
            if !INSIDE.get() && !is_store_thread() {
                hook(info);
            }
        }));
    });
}

/// sled calls its threads `sled-io-N`, and its flusher (`log flusher`) never runs here; fjall calls them `fjall:worker`.
fn is_store_thread() -> bool {
    thread::current().name().is_some_and(|name| name.starts_with("sled-") || name.starts_with("fjall:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_back_as_its_message() {
        assert_eq!(caught(|| 5), Ok(5));
        assert_eq!(caught(|| panic!("plain")), Err::<(), _>("plain".to_owned()));
        assert_eq!(caught(|| panic!("with {}", 1)), Err::<(), _>("with 1".to_owned()));
        assert!(!INSIDE.get());
    }

    #[test]
    fn an_inner_call_leaves_the_outer_one_inside() {
        caught(|| {
            caught(|| ()).unwrap();
            assert!(INSIDE.get());
        })
        .unwrap();
    }
}
