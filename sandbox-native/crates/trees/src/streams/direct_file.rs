//! A file that is written sequentially. Large files bypass the page cache: they are on the disk when they are written, use
//! no cache memory, and are not copied.
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::fs::File;
use std::io::{self, ErrorKind, Write};

/// Smaller files are likely to be read again soon: they stay in the cache.
const DIRECT_FROM: u64 = 32 << 20;
/// Offsets, lengths and memory must be multiples of the disk's block size, which is at most this.
const BLOCK: usize = 4096;
const BUFFER_BYTES: usize = 4 << 20;

pub struct DirectFile {
    file: File,
    written: u64,
    /// Present while the file is written directly.
    buffer: Option<Aligned>,
}

impl DirectFile {
    pub fn new(file: File) -> Self {
        DirectFile { file, written: 0, buffer: None }
    }

    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if self.buffer.is_none() && self.written >= DIRECT_FROM && self.written.is_multiple_of(BLOCK as u64) {
            self.buffer = set_direct(&self.file, true).is_ok().then(Aligned::new);
        }
        let Some(buffer) = &mut self.buffer else {
            self.written += bytes.len() as u64;
            return self.file.write_all(bytes);
        };
        while !bytes.is_empty() {
            bytes = buffer.take(bytes);
            if buffer.is_full() {
                self.written += BUFFER_BYTES as u64;
                write_blocks(&mut self.file, buffer.filled())?;
                buffer.clear();
            }
        }
        Ok(())
    }

    /// The last bytes may be less than a block: they are written through the cache.
    pub fn finish(mut self) -> io::Result<File> {
        if let Some(buffer) = self.buffer.take() {
            set_direct(&self.file, false)?;
            self.file.write_all(buffer.filled())?;
        }
        Ok(self.file)
    }
}

/// If the disk does not accept direct writes, the rest is written through the cache.
fn write_blocks(file: &mut File, mut blocks: &[u8]) -> io::Result<()> {
    while !blocks.is_empty() {
        match file.write(blocks) {
            Ok(count) => blocks = &blocks[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                set_direct(file, false)?;
                return file.write_all(blocks);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn set_direct(file: &File, wanted: bool) -> io::Result<()> {
    let mut flags = fcntl_getfl(file)?;
    flags.set(OFlags::DIRECT, wanted);
    Ok(fcntl_setfl(file, flags)?)
}

/// Memory that is aligned to blocks.
struct Aligned {
    memory: Vec<u8>,
    start: usize,
    length: usize,
}

impl Aligned {
    fn new() -> Self {
        let memory = vec![0; BUFFER_BYTES + BLOCK];
        let start = memory.as_ptr().align_offset(BLOCK);
        Aligned { memory, start, length: 0 }
    }

    /// Copies as much as fits; returns the rest.
    fn take<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(bytes.len().min(BUFFER_BYTES - self.length));
        let end = self.start + self.length;
        self.memory[end..end + taken.len()].copy_from_slice(taken);
        self.length += taken.len();
        rest
    }

    fn is_full(&self) -> bool {
        self.length == BUFFER_BYTES
    }

    fn filled(&self) -> &[u8] {
        &self.memory[self.start..self.start + self.length]
    }

    fn clear(&mut self) {
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek};

    #[test]
    fn files_of_any_length_round_trip() {
        for surplus in [0, 1, BLOCK - 1, BLOCK, BUFFER_BYTES, BUFFER_BYTES + 777] {
            let path = std::env::temp_dir().join(format!("tsbuild-direct-{}-{surplus}", std::process::id()));
            let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            let content: Vec<u8> = (0..DIRECT_FROM as usize + surplus).map(|at| (at / 7) as u8).collect();
            let mut direct = DirectFile::new(file);
            for chunk in content.chunks(1 << 20) {
                direct.write(chunk).unwrap();
            }
            let mut file = direct.finish().unwrap();
            file.rewind().unwrap();
            let mut found = Vec::new();
            file.read_to_end(&mut found).unwrap();
            assert!(found == content, "{surplus} bytes beyond");
        }
    }
}
