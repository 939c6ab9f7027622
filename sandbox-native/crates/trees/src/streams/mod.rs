//! Byte streams from and to files: several consumers, growing files, verified blobs, outputs. Does not parse formats.
mod direct_file;
pub(crate) mod growing_file;
pub(crate) mod output;
pub(crate) mod read_up_to;
pub(crate) mod sink;
pub(crate) mod verified_stream;
pub(crate) mod write_back;
