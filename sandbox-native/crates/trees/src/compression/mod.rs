//! Compressors and decompressors. Does not interpret the archives in them.
pub(crate) mod compress;
pub(crate) mod decompress;
pub(crate) mod uncompress;
