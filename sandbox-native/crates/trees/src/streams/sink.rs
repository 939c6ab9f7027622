//! One byte stream for several parallel consumers, each on its own thread: written, hashed, compressed.
use super::direct_file::DirectFile;
use foundation::failure::Failure;
use foundation::status;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub const CHUNK_BYTES: usize = 1 << 20;
/// Chunks that a slow consumer may lag behind.
const LAG: usize = 4;
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

pub type Chunks = Receiver<Arc<Vec<u8>>>;

pub struct Sink {
    /// Always `CHUNK_BYTES` long; `filled` of them are used.
    chunk: Vec<u8>,
    filled: usize,
    written: u64,
    consumers: Vec<SyncSender<Arc<Vec<u8>>>>,
    /// Chunks passed to consumers, oldest first: one that no consumer holds any more is reused.
    passed: VecDeque<Arc<Vec<u8>>>,
}

/// The result of a consumer, available once the sink is finished.
pub struct Consumer<T>(JoinHandle<io::Result<T>>);

impl<T> Consumer<T> {
    pub fn join(self, doing: &str) -> Result<T, Failure> {
        match self.0.join() {
            Ok(result) => result.map_err(|cause| Failure::kernel("TREE_WRITE", doing, cause)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Sink {
    pub fn new() -> Sink {
        Sink { chunk: vec![0; CHUNK_BYTES], filled: 0, written: 0, consumers: Vec::new(), passed: VecDeque::new() }
    }

    pub fn attach<T: Send + 'static>(&mut self, consume: impl FnOnce(Chunks) -> io::Result<T> + Send + 'static) -> Consumer<T> {
        let (send, receive) = sync_channel(LAG);
        self.consumers.push(send);
        Consumer(std::thread::spawn(move || consume(receive)))
    }

    /// The number of bytes so far.
    pub fn position(&self) -> u64 {
        self.written
    }

    pub fn zeros(&mut self, count: usize) -> io::Result<()> {
        const ZEROS: [u8; 1024] = [0; 1024];
        self.write_all(&ZEROS[..count])
    }

    /// Space for the caller to fill directly; at least one byte.
    pub fn room(&self) -> usize {
        CHUNK_BYTES - self.filled
    }

    /// Passes `fill` the free end of the chunk, at most `limit` bytes; it returns how many it has filled.
    pub fn fill(&mut self, limit: usize, fill: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
        let end = self.filled + limit.min(self.room());
        let filled = fill(&mut self.chunk[self.filled..end])?;
        self.advance(filled)?;
        Ok(filled)
    }

    /// Ends the stream for all consumers.
    pub fn finish(mut self) -> io::Result<u64> {
        self.pass_on()?;
        Ok(self.written)
    }

    fn pass_on(&mut self) -> io::Result<()> {
        if self.filled == 0 {
            return Ok(());
        }
        let fresh = self.free_chunk();
        let mut full = std::mem::replace(&mut self.chunk, fresh);
        full.truncate(std::mem::take(&mut self.filled));
        let full = Arc::new(full);
        for consumer in &self.consumers {
            // A consumer that has exited has failed; its own error is more specific.
            consumer.send(Arc::clone(&full)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        }
        self.passed.push_back(full);
        Ok(())
    }

    fn free_chunk(&mut self) -> Vec<u8> {
        match self.passed.pop_front().map(Arc::try_unwrap) {
            Some(Ok(mut chunk)) => {
                chunk.resize(CHUNK_BYTES, 0);
                chunk
            }
            Some(Err(in_use)) => {
                self.passed.push_front(in_use);
                vec![0; CHUNK_BYTES]
            }
            None => vec![0; CHUNK_BYTES],
        }
    }

    fn advance(&mut self, count: usize) -> io::Result<()> {
        self.filled += count;
        self.written += count as u64;
        if self.room() == 0 { self.pass_on() } else { Ok(()) }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len().min(self.room());
        self.chunk[self.filled..self.filled + length].copy_from_slice(&bytes[..length]);
        self.advance(length)?;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reports the number of bytes that pass.
pub fn tell_progress(chunks: Chunks) -> io::Result<()> {
    let (mut done_bytes, mut reported) = (0, Instant::now());
    for chunk in chunks {
        done_bytes += chunk.len() as u64;
        if reported.elapsed() >= PROGRESS_EVERY {
            status::progress(done_bytes);
            reported = Instant::now();
        }
    }
    Ok(())
}

/// `sha256:<hex>` of the stream.
pub fn hash(chunks: Chunks) -> io::Result<String> {
    let mut hasher = Sha256::new();
    for chunk in chunks {
        hasher.update(&chunk[..]);
    }
    Ok(digest_text(hasher))
}

pub fn digest_text(hasher: Sha256) -> String {
    let hex: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

pub fn write_file(file: File) -> impl FnOnce(Chunks) -> io::Result<File> + Send {
    move |chunks| {
        let mut file = DirectFile::new(file);
        for chunk in chunks {
            file.write(&chunk)?;
        }
        file.finish()
    }
}
