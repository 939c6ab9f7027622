//! Compressed archives, detected by content, with limits: the input is hostile.
use crate::tar::reader::malformed;
use foundation::failure::Failure;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Plain,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// The number of bytes needed to distinguish the formats.
pub const HEAD_BYTES: usize = 8;
const XZ_MEMORY_BYTES: u64 = 128 << 20;
const DEFAULT_MAX_BYTES: u64 = 128 << 30;
/// Beyond the first GiB, no legitimate content compresses this well.
const MAX_RATIO: u64 = 10_000;
const RATIO_FREE_BYTES: u64 = 1 << 30;

pub fn format_of(head: &[u8]) -> Format {
    match head {
        [0x1f, 0x8b, ..] => Format::Gzip,
        [b'B', b'Z', b'h', ..] => Format::Bzip2,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Format::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Format::Zstd,
        // Skippable frames, with which the output of parallel compressors begins.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Format::Zstd,
        _ => Format::Plain,
    }
}

/// The uncompressed bytes. More than `max_bytes`, or an implausible compression ratio, is an error.
pub fn open<'a>(
    format: Format,
    input: impl Read + Send + 'a,
    max_bytes: Option<u64>,
) -> Result<Box<dyn Read + Send + 'a>, Failure> {
    let consumed = Arc::new(AtomicU64::new(0));
    let input = Counted { input, consumed: Arc::clone(&consumed) };
    let output: Box<dyn Read + Send + 'a> = match format {
        Format::Plain => Box::new(input),
        Format::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
        Format::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(input)),
        Format::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_BYTES, liblzma::stream::CONCATENATED)
                .map_err(|cause| malformed(&cause.to_string()))?;
            Box::new(liblzma::read::XzDecoder::new_stream(input, stream))
        }
        Format::Zstd => {
            let decoder =
                zstd::Decoder::new(input).map_err(|cause| Failure::kernel("TREE_ARCHIVE", "read the archive", cause))?;
            Box::new(decoder)
        }
    };
    Ok(Box::new(Limited { output, produced: 0, consumed, max_bytes: max_bytes.unwrap_or(DEFAULT_MAX_BYTES) }))
}

struct Counted<R> {
    input: R,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        self.consumed.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

struct Limited<R> {
    output: R,
    produced: u64,
    consumed: Arc<AtomicU64>,
    max_bytes: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.output.read(buffer)?;
        self.produced += got as u64;
        if self.produced > self.max_bytes {
            return Err(io::Error::other(format!("it has more than {} bytes uncompressed", self.max_bytes)));
        }
        let ratio = self.produced / self.consumed.load(Ordering::Relaxed).max(1);
        if self.produced > RATIO_FREE_BYTES && ratio > MAX_RATIO {
            return Err(io::Error::other(format!("it grows more than {MAX_RATIO} times when uncompressed")));
        }
        Ok(got)
    }
}
