//! Compressors as consumers of a stream. Equal input gives equal output on every machine.
use super::request::Compression;
use super::sink::{self, Chunks};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

/// libdeflate at 5 packs smaller than zlib at 6, which Docker uses, in less time than at 6.
const GZIP_LEVEL: i32 = 5;
const ZSTD_LEVEL: i32 = 3;

pub struct Compressed {
    pub digest: String,
    pub size_bytes: u64,
}

pub fn into_file(
    file: File,
    compression: Compression,
    level: Option<i32>,
) -> impl FnOnce(Chunks) -> io::Result<Compressed> + Send + 'static {
    move |chunks| {
        let output = HashedFile { file, hasher: Sha256::new(), written: 0 };
        let output = match compression {
            Compression::None => plain(chunks, output)?,
            Compression::Gzip => gzip(chunks, output, level.unwrap_or(GZIP_LEVEL))?,
            Compression::Zstd => zstd(chunks, output, level.unwrap_or(ZSTD_LEVEL))?,
        };
        // A blob is kept by its digest, so its bytes must outlive a crash.
        output.file.sync_data()?;
        Ok(Compressed { digest: sink::digest_text(output.hasher), size_bytes: output.written })
    }
}

fn plain(chunks: Chunks, mut output: HashedFile) -> io::Result<HashedFile> {
    for chunk in chunks {
        output.write_all(&chunk)?;
    }
    Ok(output)
}

/// Each chunk is a gzip member of its own, so that all processors compress at once: RFC 1952 lets members follow
/// each other, and every reader takes them for one file.
fn gzip(chunks: Chunks, mut output: HashedFile, level: i32) -> io::Result<HashedFile> {
    let level = libdeflater::CompressionLvl::new(level)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "gzip levels go from 0 to 12"))?;
    let width = rayon::current_num_threads() * 2;
    let mut is_empty = true;
    loop {
        let batch: Vec<Arc<Vec<u8>>> = chunks.iter().take(width).collect();
        if batch.is_empty() && !is_empty {
            return Ok(output);
        }
        if batch.is_empty() {
            output.write_all(&member(&[], level)?)?;
            return Ok(output);
        }
        is_empty = false;
        let members: Vec<Vec<u8>> = batch.par_iter().map(|chunk| member(chunk, level)).collect::<io::Result<_>>()?;
        for member in members {
            output.write_all(&member)?;
        }
    }
}

fn member(bytes: &[u8], level: libdeflater::CompressionLvl) -> io::Result<Vec<u8>> {
    let mut compressor = libdeflater::Compressor::new(level);
    let mut compressed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut compressed).map_err(io::Error::other)?;
    compressed.truncate(length);
    Ok(compressed)
}

/// With workers the format's jobs are cut by size, so that their number does not show in the output.
fn zstd(chunks: Chunks, output: HashedFile, level: i32) -> io::Result<HashedFile> {
    let mut encoder = zstd::Encoder::new(output, level)?;
    encoder.multithread(rayon::current_num_threads().max(1) as u32)?;
    encoder.include_checksum(true)?;
    for chunk in chunks {
        encoder.write_all(&chunk)?;
    }
    encoder.finish()
}

struct HashedFile {
    file: File,
    hasher: Sha256,
    written: u64,
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
