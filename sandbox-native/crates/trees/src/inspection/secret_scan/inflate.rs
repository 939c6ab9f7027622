//! Decompresses small contents at once, which takes half the time of a stream. None for all others: larger or damaged ones,
//! and those with several members.
use crate::tree::file_tree::Content;
use libdeflater::Decompressor;
use memchr::memmem;
use std::os::unix::fs::FileExt;

const MAX_BYTES: u64 = 16 << 20;
const GZIP_HEAD: &[u8] = &[0x1f, 0x8b, 8];
/// The checksum and the size after the data. SPEC: RFC 1952 2.3
const GZIP_SIZE_BYTES: usize = 4;

pub fn gunzip(content: &Content) -> Option<Vec<u8>> {
    let bytes = read(content)?;
    // Possibly another member; then the size at the end is that of the last one.
    if memmem::find(bytes.get(1..)?, GZIP_HEAD).is_some() {
        return None;
    }
    let size = u32::from_le_bytes(*bytes.last_chunk::<GZIP_SIZE_BYTES>()?);
    whole(u64::from(size), |output| Decompressor::new().gzip_decompress(&bytes, output).ok())
}

/// A member of a ZIP archive.
pub fn inflate(content: &Content, size: u64) -> Option<Vec<u8>> {
    let bytes = read(content)?;
    whole(size, |output| Decompressor::new().deflate_decompress(&bytes, output).ok())
}

fn whole(size: u64, decompress: impl FnOnce(&mut [u8]) -> Option<usize>) -> Option<Vec<u8>> {
    let size = usize::try_from(size).ok().filter(|size| *size as u64 <= MAX_BYTES)?;
    let mut output = vec![0; size];
    (decompress(&mut output)? == size).then_some(output)
}

fn read(content: &Content) -> Option<Vec<u8>> {
    if content.size > MAX_BYTES {
        return None;
    }
    let mut bytes = vec![0; content.size as usize];
    content.file.read_exact_at(&mut bytes, content.offset).ok()?;
    Some(bytes)
}
