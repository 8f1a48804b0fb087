//! The pager of the user.

use std::env;
use std::io::{self, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::interrupt;

/// A running pager that takes what is written to it.
pub(crate) struct Pager {
    child: Child,
    input: Option<BufWriter<ChildStdin>>,
}

impl Pager {
    /// Starts `$MORGUE_PAGER`, else `$PAGER`, else `less`; `None` when it is empty, `cat`, or does not start.
    pub(crate) fn start() -> Option<Self> {
        let line = ["MORGUE_PAGER", "PAGER"].into_iter().find_map(|name| env::var(name).ok());
        let line = line.unwrap_or_else(|| "less".to_owned());
        let mut words = line.split_whitespace();
        let program = words.next().filter(|program| *program != "cat")?;
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped());
        if env::var_os("LESS").is_none() {
            // Quit when it fits on one screen, pass colours on, leave the screen as it is.
            command.env("LESS", "FRX");
        }
        let mut child = command.spawn().ok()?;
        // Ctrl-C is for the pager; without it we would leave the terminal to both it and the shell.
        interrupt::ignore();
        let input = child.stdin.take().map(BufWriter::new);
        Some(Self { child, input })
    }

    /// Ends the input and waits until the reader is done.
    pub(crate) fn wait(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

impl Write for Pager {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.input.as_mut().map_or(Err(io::ErrorKind::BrokenPipe.into()), |input| input.write(data))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Pager {
    /// After an error the pager still has the terminal: the message comes when it is gone.
    fn drop(&mut self) {
        self.wait();
    }
}
