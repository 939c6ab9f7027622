//! Directories of the host: resolving beneath them, reading and removing. No layers, no archives.
pub mod beneath;
mod file_capabilities;
pub(crate) mod host_directory;
pub(crate) mod recorded_owners;
pub(crate) mod remove;
