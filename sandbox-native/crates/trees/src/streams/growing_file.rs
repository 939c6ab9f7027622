//! A file that another process is writing, read as far as that process has announced on standard input.
use rustix::fd::{AsFd, BorrowedFd};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Stdin};
use std::path::Path;

pub struct GrowingFile {
    file: File,
    position: u64,
    /// Bytes of the file that may be read.
    announced: u64,
    announcements: Stdin,
    is_complete: bool,
}

impl GrowingFile {
    pub fn open(path: &Path, position: u64) -> io::Result<GrowingFile> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(position))?;
        Ok(GrowingFile { file, position, announced: 0, announcements: io::stdin(), is_complete: false })
    }

    /// Waits for the next announcement: the current size, 8 bytes, little-endian. The end of the announcements is the end
    /// of the file.
    fn wait(&mut self) -> io::Result<()> {
        let mut size = [0; 8];
        match self.announcements.read_exact(&mut size) {
            Ok(()) => self.announced = self.announced.max(u64::from_le_bytes(size)),
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => self.is_complete = true,
            Err(cause) => return Err(cause),
        }
        Ok(())
    }
}

impl AsFd for GrowingFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Read for GrowingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position >= self.announced {
            if self.is_complete {
                return Ok(0);
            }
            self.wait()?;
        }
        let length = buffer.len().min(usize::try_from(self.announced - self.position).unwrap_or(usize::MAX));
        let got = self.file.read(&mut buffer[..length])?;
        if got == 0 && length > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than announced"));
        }
        self.position += got as u64;
        Ok(got)
    }
}
