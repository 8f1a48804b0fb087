//! What goes wrong on the net, on the disk and with the process, and what must not come of it.

mod full_disk;
mod names;
mod server_errors;
mod silence;
mod support;
mod told_once;
