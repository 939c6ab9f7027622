//! Content digests, and digests of streams that can be resumed. Other folders provide the input.
mod content_digest;
pub(crate) mod digest;
pub(crate) mod follow_blob;
pub(crate) mod receive_bytes;
mod resumable_digest;
pub(crate) mod stamp;
mod stat_cache;
