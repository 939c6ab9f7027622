//! Emulates file owners for commands with a single ID. The kernel passes their calls about owners and IDs to a companion
//! process, which answers from the owner records (owner_record.rs): package managers then work as if they were root, and
//! layers get the owners that root would have set.
//!
//! SECURITY: this is an emulation for the processes of one sandbox, not a security boundary. The companion process has the
//! same root as the sandbox and does only what the command could do itself, except reading and writing the memory of its
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
