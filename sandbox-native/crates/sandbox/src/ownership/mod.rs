//! Owners for commands that have one id only. The kernel hands their calls about owners and ids to a process next to
//! them, which answers from what is written down (owner_record.rs): package managers then work as if they were root,
//! and layers get the owners that root would have given.
//!
//! SECURITY: this is a make-believe among processes of one sandbox and no border. The companion process has the sandbox's
//! root as its own and does nothing that the command could not do itself, but for reading and writing the memory of its
//! callers (test/attack/owner-keeper/).
mod alarm;
mod caller;
mod change_owner;
mod create;
mod credential_mark;
mod credential_table;
mod credentials;
mod file;
mod filter;
mod identity;
mod listener;
mod rename;
mod serve;
mod status;

pub use credential_mark::clear as clear_mark;
pub use credentials::{Credentials, Initial};
pub use filter::install;
pub use serve::Keeper;
