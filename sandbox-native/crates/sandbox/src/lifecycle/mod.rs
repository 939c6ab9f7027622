//! Starts commands and watches them until they end: the verbs `run` and `exec`. Each part of the sandbox has its own folder.
pub mod channel;
pub mod exec;
mod first_process;
mod init;
pub mod launch;
mod setup;
pub mod supervise;
pub mod watch;
