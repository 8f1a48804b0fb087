//! An engine that another process has open, read by way of a local socket.
//!
//! sled and fjall let one process at a time open a store. So the process that has it open can answer the reads of others: a
//! [`Server`] reads its engine for them, a [`RemoteEngine`] asks it. Only reads go over the socket, so that no client can harm the
//! store; each is answered from the store as it is then, and a read therefore sees every commit that returned before it was asked.
//!
//! # The protocol
//! Either side sends frames: the length of what follows, of four bytes, and that many bytes. All numbers are unsigned and
//! little-endian. The client begins with a hello, the server answers with a welcome; then each request has one answer.
//!
//! | frame | bytes |
//! |---|---|
//! | hello | `morgue reads`, the version of the protocol (4) |
//! | welcome | as the hello; the process id (4), the name of the engine, what the process is doing (each: length (4), bytes) |
//! | 1 get | keys: length (4), bytes |
//! | 2 page | a number for the scan (8), the order (1: 0 ascending), how many rows at most (4), the bounds: 0; or 1 included, 2 excluded, length (4), bytes |
//! | 3 size | |
//! | 4 hold | 0: packs stay where they are; 1: nothing is written |
//! | 5 release | |
//! | 1 values | for each key, in order: 0; or 1, length (4), bytes. Of the last keys they may be missing: they are asked for again |
//! | 2 page | 1 when the range ends here, else 0; rows: length (4), key, length (4), value |
//! | 3 size | bytes (8) |
//! | 4 done | |
//! | 5 error | a number for its kind (1), a number (8), a text |
//! | 6 goodbye | the process closes the store in good order; sent unasked, and nothing follows |
//!
//! Neither side trusts the other: lengths are bounded before anything is allocated, keys of a page must go forward inside the range
//! that was asked for. A version of the protocol that is not the other side's ends the conversation after the welcome.

mod client;
mod place;
mod server;
mod succession;
mod wire;

pub(crate) use self::client::RemoteEngine;
pub(crate) use self::server::{Held, Pause, Server};
pub(crate) use self::succession::{Holding, Successive, Successor};
pub(crate) use self::wire::Hold;

#[cfg(test)]
mod tests;
