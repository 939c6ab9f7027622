//! Directories of the host: resolving paths beneath them, reading and removing. Does not handle layers or archives.
pub mod beneath;
mod file_capabilities;
pub(crate) mod host_directory;
pub(crate) mod recorded_owners;
pub(crate) mod remove;
