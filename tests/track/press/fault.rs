//! What servers do when they do not answer as they should.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::newspaper::Response;

/// What a server does in place of its answer.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// It answers something else.
    Says(Response),
    /// It takes the request, and says nothing.
    Silent,
    /// It falls silent in the midst of the body.
    Stalls,
    /// It sends a byte at a time, and would be at it for hours.
    Drips,
    /// It hangs up before it has said a word.
    Resets,
    /// The body ends before the length that was said.
    Short,
    /// The body is in chunks, and the last one never comes.
    Unended,
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n";

impl Fault {
    /// Does it to a request that would have been answered otherwise.
    pub(crate) fn befall(&self, answer: &Response, stream: &mut TcpStream) -> io::Result<()> {
        // Enough of the page to be taken for a story that was cut.
        let half = &answer.body[..answer.body.len() * 3 / 4];
        let length = format!("{HEAD}Content-Length: {}\r\n\r\n", answer.body.len() + 1);
        match self {
            Self::Says(other) => other.send(stream),
            Self::Silent => until_it_leaves(stream),
            Self::Stalls => {
                stream.write_all(&[length.as_bytes(), half].concat())?;
                until_it_leaves(stream)
            }
            Self::Drips => {
                stream.write_all(length.as_bytes())?;
                for byte in half {
                    stream.write_all(&[*byte])?;
                    thread::sleep(Duration::from_millis(50));
                }
                Ok(())
            }
            // What is left unread makes the system answer with a reset and not with an end.
            Self::Resets => stream.shutdown(std::net::Shutdown::Both),
            Self::Short => stream.write_all(&[length.as_bytes(), half].concat()),
            Self::Unended => {
                let chunk = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", half.len());
                stream.write_all(&[chunk.as_bytes(), half, b"\r\n"].concat())
            }
        }
    }
}

fn until_it_leaves(stream: &mut TcpStream) -> io::Result<()> {
    stream.flush()?;
    // No more comes of a request than was read: this ends when the other side does.
    stream.read(&mut [0; 1]).map(drop)
}
