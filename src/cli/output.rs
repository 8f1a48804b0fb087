//! Where the data goes: stdout or a pager, with or without colour.

use std::fmt::Display;
use std::io::{self, BufWriter, StdoutLock, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::pager::Pager;

/// The widest line of prose, in columns; longer ones are hard to read.
const PROSE_COLUMNS: usize = 80;

/// The output of a command.
pub(crate) struct Output {
    sink: Sink,
    pub(crate) paint: Paint,
    /// The columns of the terminal; `None` where lines may be of any length.
    pub(crate) width: Option<usize>,
}

enum Sink {
    Stdout(BufWriter<StdoutLock<'static>>),
    Pager(Pager),
}

impl Output {
    pub(crate) fn stdout(paint: Paint, width: Option<usize>) -> Self {
        Self { sink: Sink::Stdout(BufWriter::with_capacity(64 << 10, io::stdout().lock())), paint, width }
    }

    pub(crate) const fn pager(pager: Pager, paint: Paint, width: Option<usize>) -> Self {
        Self { sink: Sink::Pager(pager), paint, width }
    }

    /// Returns the columns for running text.
    pub(crate) fn prose_width(&self) -> usize {
        self.width.unwrap_or(PROSE_COLUMNS).clamp(20, PROSE_COLUMNS)
    }

    /// Writes a value as one line of JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self, value)?;
        self.write_all(b"\n")
    }

    /// Writes out what is held, and waits for the reader of a pager.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        if let Sink::Pager(pager) = &mut self.sink {
            pager.wait();
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Stdout(stdout) => stdout.write(data),
            Sink::Pager(pager) => pager.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(stdout) => stdout.flush(),
            Sink::Pager(pager) => pager.flush(),
        }
    }
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    pub(crate) on: bool,
}

impl Paint {
    pub(crate) fn strong(self, text: impl Display) -> String {
        self.with(Style::new().bold(), text)
    }

    pub(crate) fn faint(self, text: impl Display) -> String {
        self.with(Style::new().dimmed(), text)
    }

    pub(crate) fn mark(self, text: impl Display) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    pub(crate) fn bad(self, text: impl Display) -> String {
        self.with(AnsiColor::Red.on_default().bold(), text)
    }

    pub(crate) fn help(self, text: impl Display) -> String {
        self.with(AnsiColor::Cyan.on_default(), text)
    }

    fn with(self, style: Style, text: impl Display) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}
