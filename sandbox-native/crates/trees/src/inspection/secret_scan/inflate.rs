//! Decompresses small contents at once, which takes half the time of a stream. None for all others: larger or damaged ones,
//! and those with several members.
use crate::tree::file_tree::Content;
use libdeflater::Decompressor;
use memchr::memmem;
use std::os::unix::fs::FileExt;

const MAX_BYTES: u64 = 16 << 20;
const GZIP_HEAD: &[u8] = &[0x1f, 0x8b, 8];
const GZIP_RESERVED: u8 = 0xe0;
/// The checksum and the size after the data. SPEC: RFC 1952 2.3
const GZIP_SIZE_BYTES: usize = 4;

/// Keeps its buffers for the next content.
#[derive(Default)]
pub struct Inflater {
    decompressor: Decompressor,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Inflater {
    /// `whole` is the content if it was read already.
    pub fn gunzip(&mut self, content: &Content, whole: Option<&[u8]>) -> Option<&[u8]> {
        let Inflater { decompressor, input, output } = self;
        let bytes = whole.or_else(|| read(content, input))?;
        // Possibly another member; then the size at the end is that of the last one.
        if memmem::find_iter(bytes.get(1..)?, GZIP_HEAD).any(|at| is_head(&bytes[1 + at..])) {
            return None;
        }
        let size = u32::from_le_bytes(*bytes.last_chunk::<GZIP_SIZE_BYTES>()?);
        let output = room(output, u64::from(size))?;
        (decompressor.gzip_decompress(bytes, output).ok()? == output.len()).then_some(output)
    }

    /// A member of a ZIP archive.
    pub fn inflate(&mut self, content: &Content, size: u64) -> Option<&[u8]> {
        let Inflater { decompressor, input, output } = self;
        let bytes = read(content, input)?;
        let output = room(output, size)?;
        (decompressor.deflate_decompress(bytes, output).ok()? == output.len()).then_some(output)
    }
}

/// Three bytes alone are in most files of several megabytes. SPEC: RFC 1952 2.3.1.2: reserved flags are zero
fn is_head(bytes: &[u8]) -> bool {
    bytes.get(GZIP_HEAD.len()).is_none_or(|flags| flags & GZIP_RESERVED == 0)
}

fn read<'a>(content: &Content, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let bytes = room(buffer, content.size)?;
    content.file.read_exact_at(bytes, content.offset).ok()?;
    Some(bytes)
}

fn room(buffer: &mut Vec<u8>, size: u64) -> Option<&mut [u8]> {
    let size = usize::try_from(size).ok().filter(|size| *size as u64 <= MAX_BYTES)?;
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    Some(&mut buffer[..size])
}
