//! Files and directories as values: paths, metadata, entries, walking and resolving links. Does not access layers or the
//! host's disk.
pub(crate) mod entry;
pub(crate) mod file_tree;
pub(crate) mod follow;
pub(crate) mod meta;
pub(crate) mod path;
pub(crate) mod range_reader;
pub(crate) mod same_bytes;
pub(crate) mod vanished;
pub(crate) mod walk;
