//! Content digests and digests of streams that can be resumed. What is digested comes from the other folders.
mod content_digest;
pub(crate) mod digest;
pub(crate) mod follow_blob;
pub(crate) mod receive_bytes;
mod resumable_digest;
mod stat_cache;
