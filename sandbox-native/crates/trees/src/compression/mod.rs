//! Compressors and decompressors. Nothing about the archives in them.
pub(crate) mod compress;
pub(crate) mod decompress;
