//! Compressors as consumers of a stream. Equal input gives equal output on every machine.
use crate::estargz::{self, Estargz};
use crate::streams::sink::{self, Chunks};
use crate::streams::write_back::WriteBack;
use protocol::Compression;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

/// libdeflate at 5 packs smaller than zlib at 6, which Docker uses, in less time than at 6.
const GZIP_LEVEL: i32 = 5;
const ZSTD_LEVEL: i32 = 3;
/// Taken from a chunk to see whether compressing it is worth the time.
const SAMPLES: usize = 8;
const SAMPLE_BYTES: usize = 4 << 10;

pub struct Compressed {
    pub digest: String,
    pub size_bytes: u64,
    pub estargz: Option<Estargz>,
}

/// `spool` opens an empty file, for what is written at the end.
pub fn into_file(
    file: File,
    (compression, level): (Compression, Option<i32>),
    spool: impl FnOnce() -> io::Result<File> + Send + 'static,
) -> impl FnOnce(Chunks) -> io::Result<Compressed> + Send + 'static {
    move |chunks| {
        let mut output = HashedFile { file, hasher: Sha256::new(), written: 0, write_back: WriteBack::default() };
        let mut estargz = None;
        match compression {
            Compression::None => plain(chunks, &mut output)?,
            Compression::Gzip => gzip(chunks, &mut output, level)?,
            Compression::Zstd => zstd(chunks, &mut output, level.unwrap_or(ZSTD_LEVEL))?,
            Compression::Estargz => estargz = Some(estargz::write(chunks, &mut output, Packer::new(level)?, spool()?)?),
        };
        // A blob is kept by its digest, so its bytes must outlive a crash.
        output.file.sync_data()?;
        Ok(Compressed { digest: sink::digest_text(output.hasher), size_bytes: output.written, estargz })
    }
}

fn plain(chunks: Chunks, output: &mut HashedFile) -> io::Result<()> {
    for chunk in chunks {
        output.write_all(&chunk)?;
    }
    Ok(())
}

/// Each chunk is its own gzip member, so that all processors compress at once: RFC 1952 lets members follow
/// each other, and every reader takes them for one file.
fn gzip(chunks: Chunks, output: &mut HashedFile, level: Option<i32>) -> io::Result<()> {
    let mut packer = Packer::new(level)?;
    let width = rayon::current_num_threads() * 2;
    let mut is_empty = true;
    loop {
        let batch: Vec<Arc<Vec<u8>>> = chunks.iter().take(width).collect();
        if batch.is_empty() && !is_empty {
            return Ok(());
        }
        if batch.is_empty() {
            return output.write_all(&packer.pack(&[])?);
        }
        is_empty = false;
        let members: Vec<Vec<u8>> =
            batch.par_iter().map_init(|| packer.again(), |packer, chunk| packer.pack(chunk)).collect::<io::Result<_>>()?;
        for member in members {
            output.write_all(&member)?;
        }
    }
}

/// Makes gzip members. Content that does not shrink is stored, unless a level is asked for: samples of it decide, so that
/// equal input gives equal output.
pub struct Packer {
    level: libdeflater::CompressionLvl,
    stores_incompressible: bool,
    compressor: libdeflater::Compressor,
}

impl Packer {
    pub fn new(level: Option<i32>) -> io::Result<Packer> {
        let stores_incompressible = level.is_none();
        let level = gzip_level(level.unwrap_or(GZIP_LEVEL))?;
        Ok(Packer { level, stores_incompressible, compressor: libdeflater::Compressor::new(level) })
    }

    /// For another thread.
    pub fn again(&self) -> Packer {
        Packer { compressor: libdeflater::Compressor::new(self.level), ..*self }
    }

    pub fn pack(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        if self.stores_incompressible && is_incompressible(bytes)? {
            return member(bytes, &mut libdeflater::Compressor::new(gzip_level(0)?));
        }
        member(bytes, &mut self.compressor)
    }
}

fn member(bytes: &[u8], compressor: &mut libdeflater::Compressor) -> io::Result<Vec<u8>> {
    let mut compressed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut compressed).map_err(io::Error::other)?;
    compressed.truncate(length);
    Ok(compressed)
}

fn gzip_level(level: i32) -> io::Result<libdeflater::CompressionLvl> {
    libdeflater::CompressionLvl::new(level)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "gzip levels go from 0 to 12"))
}

/// Media, archives and encrypted data take the full time of compression and gain nothing.
fn is_incompressible(chunk: &[u8]) -> io::Result<bool> {
    if chunk.len() < 2 * SAMPLES * SAMPLE_BYTES {
        return Ok(false);
    }
    let mut compressor = libdeflater::Compressor::new(gzip_level(1)?);
    let mut room = vec![0; compressor.deflate_compress_bound(SAMPLE_BYTES)];
    let stride = (chunk.len() - SAMPLE_BYTES) / (SAMPLES - 1);
    for start in (0..SAMPLES).map(|sample| sample * stride) {
        let sample = &chunk[start..start + SAMPLE_BYTES];
        let length = compressor.deflate_compress(sample, &mut room).map_err(io::Error::other)?;
        if length * 100 < SAMPLE_BYTES * 98 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// With workers the format's jobs are cut by size, so that their number does not show in the output.
fn zstd(chunks: Chunks, output: &mut HashedFile, level: i32) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(output, level)?;
    encoder.multithread(rayon::current_num_threads().max(1) as u32)?;
    encoder.include_checksum(true)?;
    for chunk in chunks {
        encoder.write_all(&chunk)?;
    }
    encoder.finish()?;
    Ok(())
}

struct HashedFile {
    file: File,
    hasher: Sha256,
    written: u64,
    write_back: WriteBack,
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.written += written as u64;
        self.write_back.advance(&self.file, self.written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// xorshift64: no two samples alike, and nothing to compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        (0..length / 8).flat_map(next).collect()
    }

    #[test]
    fn only_what_is_incompressible_everywhere_is_stored() {
        let mut mixed = noise(1 << 20);
        assert!(is_incompressible(&mixed).is_ok_and(|found| found));
        mixed[600 << 10..800 << 10].fill(b'a');
        assert!(is_incompressible(&mixed).is_ok_and(|found| !found));
        let text: Vec<u8> = b"the same words again and again ".iter().copied().cycle().take(1 << 20).collect();
        assert!(is_incompressible(&text).is_ok_and(|found| !found));
    }

    #[test]
    fn a_small_chunk_is_always_compressed() {
        assert!(is_incompressible(&noise(SAMPLE_BYTES)).is_ok_and(|found| !found));
    }
}
