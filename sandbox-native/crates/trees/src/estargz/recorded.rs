//! A stream that records the bytes read from it, and hashes all of them.
use crate::streams::sink::Chunks;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::sync::Arc;

pub struct Recorded {
    chunks: Chunks,
    chunk: Arc<Vec<u8>>,
    position: usize,
    taken: Vec<u8>,
    hasher: Sha256,
}

impl Recorded {
    pub fn new(chunks: Chunks) -> Recorded {
        Recorded { chunks, chunk: Arc::default(), position: 0, taken: Vec::new(), hasher: Sha256::new() }
    }

    /// Bytes read since the last call.
    pub fn take_read(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.taken)
    }

    /// Skips the rest of a chunk; returns 0 at the end.
    pub fn skip_chunk(&mut self) -> io::Result<usize> {
        let left = self.left();
        self.taken.extend_from_slice(&self.chunk[self.position..]);
        self.position += left;
        Ok(left)
    }

    pub fn into_hasher(self) -> Sha256 {
        self.hasher
    }

    fn left(&mut self) -> usize {
        while self.position == self.chunk.len() {
            let Ok(chunk) = self.chunks.recv() else { return 0 };
            self.hasher.update(&chunk[..]);
            (self.chunk, self.position) = (chunk, 0);
        }
        self.chunk.len() - self.position
    }
}

impl Read for Recorded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.left());
        let bytes = &self.chunk[self.position..self.position + length];
        buffer[..length].copy_from_slice(bytes);
        self.taken.extend_from_slice(bytes);
        self.position += length;
        Ok(length)
    }
}
