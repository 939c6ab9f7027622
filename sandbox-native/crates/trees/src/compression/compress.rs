//! Compressors as consumers of a stream. Equal input produces equal output on every machine.
use crate::estargz::{self, Estargz};
use crate::streams::sink::{self, Chunks};
use crate::streams::write_back::WriteBack;
use protocol::Compression;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use zstd::zstd_safe::CParameter;

/// libdeflate at level 5 compresses better than zlib at level 6, which Docker uses, in less time than at level 6.
const GZIP_LEVEL: i32 = 5;
const ZSTD_LEVEL: i32 = 3;
/// Each thread keeps the input and output of a job in memory.
const ZSTD_JOB_BYTES: u32 = 2 << 20;
/// Taken from a chunk to decide whether compressing it is worthwhile.
const SAMPLES: usize = 8;
const SAMPLE_BYTES: usize = 4 << 10;

pub struct Compressed {
    pub digest: String,
    pub size_bytes: u64,
    pub estargz: Option<Estargz>,
}

/// `spool` opens an empty file, for data that is written at the end.
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
            Compression::Zstd => zstd(chunks, &mut output, level)?,
            Compression::Estargz => estargz = Some(estargz::write(chunks, &mut output, (Packer::new(level)?, spool()?))?),
        };
        // A blob is stored under its digest, therefore its bytes must survive a crash.
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

/// Each chunk is a separate gzip member, so that all CPUs compress in parallel: RFC 1952 allows concatenated members, which
/// every reader treats as one file. Members are written while the next ones are compressed.
fn gzip(chunks: Chunks, output: &mut HashedFile, level: Option<i32>) -> io::Result<()> {
    let width = rayon::current_num_threads() * 2;
    let mut packer = Packer::new(level)?;
    let mut under_way = VecDeque::with_capacity(width);
    let mut is_empty = true;
    for chunk in chunks {
        is_empty = false;
        let slot = if under_way.len() < width { (packer.again(), Vec::new()) } else { write_next(&mut under_way, output)? };
        under_way.push_back(pack_in_background(slot, chunk));
    }
    while !under_way.is_empty() {
        write_next(&mut under_way, output)?;
    }
    if is_empty { output.write_all(&packer.pack(&[])?) } else { Ok(()) }
}

/// A packer, and the buffer of a member.
type PackerSlot = (Packer, Vec<u8>);

/// Returns the packer with the compressed member.
fn pack_in_background((mut packer, mut member): PackerSlot, chunk: Arc<Vec<u8>>) -> Receiver<io::Result<PackerSlot>> {
    let (send, receive) = sync_channel(1);
    rayon::spawn(move || {
        let packed = packer.pack_into(&chunk, &mut member);
        // Without a receiver, writing has failed and been reported.
        let _ = send.send(packed.map(|()| (packer, member)));
    });
    receive
}

/// Writes the oldest member when it has been compressed.
fn write_next(under_way: &mut VecDeque<Receiver<io::Result<PackerSlot>>>, output: &mut HashedFile) -> io::Result<PackerSlot> {
    let Some(next) = under_way.pop_front() else { return Err(io::ErrorKind::UnexpectedEof.into()) };
    let slot = next.recv().map_err(io::Error::other)??;
    output.write_all(&slot.1)?;
    Ok(slot)
}

/// Creates gzip members. Incompressible content is stored, unless a level is requested: samples of it decide, so that equal
/// input produces equal output.
pub struct Packer {
    level: libdeflater::CompressionLvl,
    compressor: libdeflater::Compressor,
    storing: Option<Storing>,
}

/// For incompressible content.
struct Storing {
    levels: [libdeflater::CompressionLvl; 2],
    sampler: libdeflater::Compressor,
    storer: libdeflater::Compressor,
}

impl Storing {
    fn new() -> io::Result<Storing> {
        Ok(Storing::at([gzip_level(1)?, gzip_level(0)?]))
    }

    fn at(levels: [libdeflater::CompressionLvl; 2]) -> Storing {
        let [sampler, storer] = levels.map(libdeflater::Compressor::new);
        Storing { levels, sampler, storer }
    }
}

impl Packer {
    pub fn new(level: Option<i32>) -> io::Result<Packer> {
        let storing = if level.is_none() { Some(Storing::new()?) } else { None };
        let level = gzip_level(level.unwrap_or(GZIP_LEVEL))?;
        Ok(Packer { level, compressor: libdeflater::Compressor::new(level), storing })
    }

    /// A second packer, for another thread.
    pub fn again(&self) -> Packer {
        let storing = self.storing.as_ref().map(|storing| Storing::at(storing.levels));
        Packer { level: self.level, compressor: libdeflater::Compressor::new(self.level), storing }
    }

    pub fn pack(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut member = Vec::new();
        self.pack_into(bytes, &mut member)?;
        Ok(member)
    }

    /// Replaces the content of `member` and reuses its memory.
    fn pack_into(&mut self, bytes: &[u8], member: &mut Vec<u8>) -> io::Result<()> {
        let storer = match &mut self.storing {
            Some(storing) => is_incompressible(bytes, &mut storing.sampler)?.then_some(&mut storing.storer),
            None => None,
        };
        let compressor = storer.unwrap_or(&mut self.compressor);
        member.resize(compressor.gzip_compress_bound(bytes.len()), 0);
        let length = compressor.gzip_compress(bytes, member).map_err(io::Error::other)?;
        member.truncate(length);
        Ok(())
    }
}

fn gzip_level(level: i32) -> io::Result<libdeflater::CompressionLvl> {
    libdeflater::CompressionLvl::new(level)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "gzip levels go from 0 to 12"))
}

/// Media, archives and encrypted data would take the full time of compression for no gain.
fn is_incompressible(chunk: &[u8], sampler: &mut libdeflater::Compressor) -> io::Result<bool> {
    if chunk.len() < 2 * SAMPLES * SAMPLE_BYTES {
        return Ok(false);
    }
    let mut room = vec![0; sampler.deflate_compress_bound(SAMPLE_BYTES)];
    let stride = (chunk.len() - SAMPLE_BYTES) / (SAMPLES - 1);
    for start in (0..SAMPLES).map(|sample| sample * stride) {
        let sample = &chunk[start..start + SAMPLE_BYTES];
        let length = sampler.deflate_compress(sample, &mut room).map_err(io::Error::other)?;
        if length * 100 < SAMPLE_BYTES * 98 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// With workers, zstd splits its jobs by size; therefore their number does not affect the output.
/// The number of threads does not change the output, the size of a job does.
fn zstd(chunks: Chunks, output: &mut HashedFile, level: Option<i32>) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(output, level.unwrap_or(ZSTD_LEVEL))?;
    encoder.multithread(rayon::current_num_threads().max(1) as u32)?;
    // Larger windows of requested levels need zstd's own, larger jobs.
    if level.is_none() {
        encoder.set_parameter(CParameter::JobSize(ZSTD_JOB_BYTES))?;
    }
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

    /// xorshift64: incompressible, without repetitions.
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

    fn is_stored(bytes: &[u8]) -> bool {
        is_incompressible(bytes, &mut Storing::new().unwrap().sampler).unwrap()
    }

    #[test]
    fn only_incompressible_data_is_stored() {
        let mut mixed = noise(1 << 20);
        assert!(is_stored(&mixed));
        mixed[600 << 10..800 << 10].fill(b'a');
        assert!(!is_stored(&mixed));
        let text: Vec<u8> = b"the same words again and again ".iter().copied().cycle().take(1 << 20).collect();
        assert!(!is_stored(&text));
    }

    #[test]
    fn a_small_chunk_is_always_compressed() {
        assert!(!is_stored(&noise(SAMPLE_BYTES)));
    }
}
