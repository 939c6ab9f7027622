//! Reads archives from a stream: POSIX and GNU tar. The input is hostile.
use super::fields::read_text;
use super::parse_header;
use super::sparse::{self, PaxSparse, Piece, Sparse};
use super::{BLOCK, padding, pax};
use crate::streams::read_up_to::read_up_to;
use crate::tree::entry::{EntryKind, Header};
use crate::tree::file_tree::FileData;
use foundation::failure::Failure;
use std::io::{self, Read};

/// Limit for long names and attributes of one entry.
const MAX_EXTENDED_BYTES: u64 = 1 << 20;
/// SECURITY: holes cost an archive nothing, but writing them out does.
const MAX_SPARSE_BYTES: u64 = 128 << 30;

/// Keys and values of an extended header.
type Records = Vec<(Vec<u8>, Vec<u8>)>;

pub struct TarReader<R: Read> {
    input: R,
    position: u64,
    /// Unread bytes of the current entry, and the padding after them.
    left: u64,
    padding: usize,
    has_unknown_type: bool,
    /// Set if the current entry has holes.
    sparse: Option<Sparse>,
    /// Size of all sparse files so far, including holes.
    sparse_bytes: u64,
}

/// Overrides for the next entry.
#[derive(Default)]
struct Extended {
    records: Records,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

impl<R: Read> TarReader<R> {
    pub fn new(input: R) -> TarReader<R> {
        TarReader { input, position: 0, left: 0, padding: 0, has_unknown_type: false, sparse: None, sparse_bytes: 0 }
    }

    /// Where the stored bytes of the current entry begin.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether the input is an archive: its first entry is readable, even if its type is unknown.
    pub fn begins_with_entry(mut self) -> bool {
        match self.next() {
            Ok(first) => first.is_some(),
            Err(_) => self.has_unknown_type,
        }
    }

    /// The next entry with its path as written. Skips the rest of the current one.
    pub fn next(&mut self) -> Result<Option<Header>, Failure> {
        let mut extended = Extended::default();
        loop {
            self.skip_rest()?;
            let Some(block) = self.read_header()? else { return Ok(None) };
            let size = parse_header::number(&block[124..136], "size")?;
            match block[156] {
                b'x' => extended.records.extend(self.read_records(size)?),
                // SPEC: Docker ignores global headers.
                b'g' => drop(self.read_records(size)?),
                b'L' => extended.long_name = Some(self.read_long(size)?),
                b'K' => extended.long_link = Some(self.read_long(size)?),
                _ => return self.entry(&block, extended).map(Some),
            }
        }
    }

    pub fn input(&mut self) -> &mut R {
        &mut self.input
    }

    pub fn into_input(self) -> R {
        self.input
    }

    /// Reads to the very end of the input, so that digests include all of it.
    pub fn drain(mut self) -> Result<(), Failure> {
        io::copy(&mut self.input, &mut io::sink()).map_err(unreadable)?;
        Ok(())
    }

    fn entry(&mut self, block: &[u8; BLOCK], extended: Extended) -> Result<Header, Failure> {
        let mut header = parse_header::plain(block, parse_header::number(&block[124..136], "size")?)?;
        if let Some(name) = extended.long_name {
            header.path = name;
        }
        if let Some(link) = extended.long_link {
            header.link = link;
        }
        let mut holes = PaxSparse::default();
        for (key, value) in &extended.records {
            match key.strip_prefix(b"GNU.sparse.") {
                Some(key) => holes.take(key, value)?,
                None => parse_header::apply_record(&mut header, key, value)?,
            }
        }
        let Some(kind) = kind_of(block[156], &header.path) else {
            self.has_unknown_type = true;
            return Err(unknown_type(block[156], &header.path));
        };
        header.kind = kind;
        // Some writers store a size for links and directories, without bytes.
        if kind != EntryKind::File {
            header.size = 0;
        }
        (self.left, self.padding) = (header.size, padding(header.size));
        if kind == EntryKind::File {
            self.open_sparse((&mut header, block), holes)?;
        }
        header.xattrs.sort_unstable();
        Ok(header)
    }

    /// From here on, holes of the file are returned as well.
    fn open_sparse(&mut self, (header, block): (&mut Header, &[u8; BLOCK]), holes: PaxSparse) -> Result<(), Failure> {
        if let Some(name) = &holes.name {
            header.path.clone_from(name);
        }
        let stored = header.size;
        let sparse = match block[156] {
            b'S' => Some(sparse::of_gnu_header(block, stored, || self.read_block())?),
            _ => holes.open(stored, self)?,
        };
        let Some(sparse) = sparse else { return Ok(()) };
        header.size = sparse.size();
        header.is_sparse = true;
        self.sparse_bytes = self.sparse_bytes.saturating_add(header.size);
        if self.sparse_bytes > MAX_SPARSE_BYTES {
            return Err(malformed(&format!("its sparse files have more than {MAX_SPARSE_BYTES} bytes")));
        }
        self.sparse = Some(sparse);
        Ok(())
    }

    fn read_block(&mut self) -> Result<[u8; BLOCK], Failure> {
        let mut block = [0u8; BLOCK];
        self.input.read_exact(&mut block).map_err(unreadable)?;
        self.position += BLOCK as u64;
        Ok(block)
    }

    fn read_header(&mut self) -> Result<Option<[u8; BLOCK]>, Failure> {
        let mut block = [0u8; BLOCK];
        let got = read_up_to(&mut self.input, &mut block).map_err(unreadable)?;
        self.position += got as u64;
        if got == 0 {
            return Ok(None);
        }
        if is_zero(&block[..got]) {
            // An archive ends with two blocks of zeros, or with one and the end of the file.
            let got = read_up_to(&mut self.input, &mut block).map_err(unreadable)?;
            self.position += got as u64;
            let is_end = got == 0 || (got == BLOCK && is_zero(&block));
            return if is_end { Ok(None) } else { Err(malformed("something other than its end follows a block of zeros")) };
        }
        if got < BLOCK {
            return Err(malformed("it ends within a header"));
        }
        if !parse_header::has_checksum(&block) {
            return Err(malformed("a header's checksum is wrong"));
        }
        Ok(Some(block))
    }

    fn read_records(&mut self, size: u64) -> Result<Records, Failure> {
        let bytes = self.read_extended(size)?;
        let records = pax::parse(&bytes).ok_or_else(|| malformed("an extended header is malformed"))?;
        Ok(records.into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect())
    }

    fn read_long(&mut self, size: u64) -> Result<Vec<u8>, Failure> {
        Ok(read_text(&self.read_extended(size)?).to_vec())
    }

    fn read_extended(&mut self, size: u64) -> Result<Vec<u8>, Failure> {
        // SECURITY: held in memory, therefore the archive must not determine the size.
        if size > MAX_EXTENDED_BYTES {
            return Err(malformed(&format!("an extended header has {size} bytes (at most {MAX_EXTENDED_BYTES})")));
        }
        (self.left, self.padding) = (size, padding(size));
        let mut bytes = vec![0u8; size as usize];
        self.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    fn skip_rest(&mut self) -> Result<(), Failure> {
        let left = self.left;
        let skip = left + self.padding as u64;
        (self.left, self.padding, self.sparse) = (0, 0, None);
        let skipped = io::copy(&mut (&mut self.input).take(skip), &mut io::sink()).map_err(unreadable)?;
        self.position += skipped;
        // SPEC: Go's archive/tar, and therefore docker: an archive that ends after the bytes of a file is complete.
        if skipped < left { Err(malformed("it ends within a file")) } else { Ok(()) }
    }
}

impl<R: Read> Read for TarReader<R> {
    /// Bytes of the current entry, holes as zeros.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(mut sparse) = self.sparse.take() else { return self.read_stored(buffer) };
        let upto = |bytes: u64| buffer.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
        let got = match sparse.piece() {
            None => Ok(0),
            Some(Piece::Hole(bytes)) => {
                let length = upto(bytes);
                buffer[..length].fill(0);
                Ok(length)
            }
            Some(Piece::Data(bytes)) => {
                let length = upto(bytes);
                self.read_stored(&mut buffer[..length])
            }
        };
        sparse.advance(*got.as_ref().unwrap_or(&0) as u64);
        self.sparse = Some(sparse);
        got
    }
}

impl<R: Read> FileData for TarReader<R> {
    fn skip_hole(&mut self) -> u64 {
        let Some(sparse) = &mut self.sparse else { return 0 };
        let Some(Piece::Hole(bytes)) = sparse.piece() else { return 0 };
        sparse.advance(bytes);
        bytes
    }
}

impl<R: Read> TarReader<R> {
    fn read_stored(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let got = self.input.read(&mut buffer[..length])?;
        if got == 0 && length > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= got as u64;
        self.position += got as u64;
        Ok(got)
    }
}

/// None for other types than file, directory, link, device and pipe. SPEC: POSIX pax, typeflag; "S" is GNU's sparse file.
fn kind_of(typeflag: u8, path: &[u8]) -> Option<EntryKind> {
    Some(match typeflag {
        0 if path.ends_with(b"/") => EntryKind::Directory,
        b'0' | 0 | b'S' => EntryKind::File,
        b'1' => EntryKind::HardLink,
        b'2' => EntryKind::Symlink,
        b'3' => EntryKind::CharDevice,
        b'4' => EntryKind::BlockDevice,
        b'5' => EntryKind::Directory,
        b'6' => EntryKind::Fifo,
        _ => return None,
    })
}

fn unknown_type(typeflag: u8, path: &[u8]) -> Failure {
    malformed(&format!(
        "\"{}\" is of type \"{}\" (expected a file, directory, link, device or pipe)",
        String::from_utf8_lossy(path),
        typeflag.escape_ascii()
    ))
}

fn is_zero(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

pub fn malformed(found: &str) -> Failure {
    Failure::new("TREE_ARCHIVE", format!("Cannot read the archive: {found}"))
}

fn unreadable(cause: io::Error) -> Failure {
    if cause.kind() == io::ErrorKind::UnexpectedEof {
        return malformed("it ends too early");
    }
    Failure::kernel("TREE_ARCHIVE", "read the archive", cause)
}
