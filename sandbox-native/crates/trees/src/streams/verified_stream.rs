//! The uncompressed bytes of a blob, with the digests of both forms computed while it is read.
use super::growing_file::GrowingFile;
use super::sink::{self, Consumer, Sink};
use crate::compression::decompress::{self, Format, HEAD_BYTES};
use foundation::failure::Failure;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

pub struct VerifiedStream {
    chunks: Receiver<Arc<Vec<u8>>>,
    chunk: Arc<Vec<u8>>,
    done: usize,
    /// Why the stream ended early, if it did.
    failure: Arc<Mutex<Option<io::Error>>>,
}

/// Valid when the stream has been read to its end.
pub struct Sums {
    decoder: JoinHandle<Option<(Option<String>, u64)>>,
    diff_id: Consumer<String>,
    /// The diff ID is the digest that was requested.
    is_plain: bool,
}

pub struct Found {
    /// Digest of the stored bytes, if requested.
    pub digest: Option<String>,
    pub diff_id: String,
    pub size_bytes: u64,
}

pub struct Blob<'a> {
    pub path: &'a Path,
    /// Another process is writing the file, and announces its size on standard input.
    pub is_growing: bool,
}

/// `wants_digest`: whether to digest the stored bytes too. The uncompressed ones are always digested.
pub fn open(blob: &Blob, max_bytes: Option<u64>, wants_digest: bool) -> Result<(VerifiedStream, Sums), Failure> {
    let doing = |cause| Failure::kernel("TREE_READ", &format!("read blob \"{}\"", blob.path.display()), cause);
    let mut file = open_file(blob).map_err(doing)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(doing)?;
    let format = decompress::format_of(&head);
    let file = io::Cursor::new(head).chain(file);
    let mut sink = Sink::new();
    let diff_id = sink.attach(sink::hash);
    let (send, chunks) = sync_channel(4);
    sink.attach(move |decoded| {
        for chunk in decoded {
            send.send(chunk).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        }
        Ok(())
    });
    let failure = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&failure);
    // The bytes of an uncompressed blob are hashed only once, by the sink.
    let is_compressed = format != Format::Plain;
    let input = Hashed { input: file, hasher: (wants_digest && is_compressed).then(Sha256::new) };
    let decoding = Decoding { input, format, max_bytes, sink };
    let decoder = std::thread::spawn(move || decoding.run(&slot).ok());
    let stream = VerifiedStream { chunks, chunk: Arc::new(Vec::new()), done: 0, failure };
    Ok((stream, Sums { decoder, diff_id, is_plain: !is_compressed && wants_digest }))
}

fn open_file(blob: &Blob) -> io::Result<Box<dyn Read + Send>> {
    Ok(if blob.is_growing { Box::new(GrowingFile::open(blob.path, 0)?) } else { Box::new(File::open(blob.path)?) })
}

struct Decoding {
    input: Hashed,
    format: Format,
    max_bytes: Option<u64>,
    sink: Sink,
}

impl Decoding {
    /// Feeds the sink. Stores a failure before the sink, and with it the stream, ends.
    fn run(mut self, slot: &Mutex<Option<io::Error>>) -> Result<(Option<String>, u64), ()> {
        let fail = |cause: io::Error| *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
        self.decode().map_err(fail)?;
        // Bytes after the compressed stream belong to the blob too.
        io::copy(&mut self.input, &mut io::sink()).map_err(fail)?;
        let digest = self.input.hasher.map(sink::digest_text);
        let size = self.sink.finish().map_err(fail)?;
        Ok((digest, size))
    }

    fn decode(&mut self) -> io::Result<()> {
        let buffered = io::BufReader::with_capacity(256 << 10, &mut self.input);
        let opened = decompress::open(self.format, buffered, self.max_bytes);
        let mut output = opened.map_err(|failure| io::Error::other(failure.message))?;
        loop {
            match self.sink.fill(usize::MAX, |room| output.read(room)) {
                Ok(0) => return self.sink.flush(),
                Ok(_) => {}
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
    }
}

impl Read for VerifiedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.done == self.chunk.len() {
            match self.chunks.recv() {
                Ok(chunk) => (self.chunk, self.done) = (chunk, 0),
                Err(_) => {
                    let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
                    return failure.map_or(Ok(0), Err);
                }
            }
        }
        let length = buffer.len().min(self.chunk.len() - self.done);
        buffer[..length].copy_from_slice(&self.chunk[self.done..self.done + length]);
        self.done += length;
        Ok(length)
    }
}

impl Sums {
    pub fn finish(self) -> Result<Found, Failure> {
        let sums = match self.decoder.join() {
            Ok(sums) => sums,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let diff_id = self.diff_id.join("hash the layer")?;
        let Some((digest, size_bytes)) = sums else {
            return Err(crate::tar::reader::malformed("it was not read to its end"));
        };
        let digest = if self.is_plain { Some(diff_id.clone()) } else { digest };
        Ok(Found { digest, diff_id, size_bytes })
    }
}

struct Hashed {
    input: io::Chain<io::Cursor<Vec<u8>>, Box<dyn Read + Send>>,
    hasher: Option<Sha256>,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..got]);
        }
        Ok(got)
    }
}
