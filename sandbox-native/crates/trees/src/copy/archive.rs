//! Copies as a stream: an archive on descriptor 1, or from descriptor 0.
use super::Picked;
use crate::compression::decompress::{self, HEAD_BYTES};
use crate::tar::reader::TarReader;
use crate::tar::{BLOCK, header, padding};
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::{Content, FileData, FileTree};
use crate::tree::range_reader::RangeReader;
use crate::tree::vanished::Vanished;
use foundation::failure::Failure;
use std::cell::Cell;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::sync::Arc;

const BUFFER_BYTES: usize = 256 << 10;
const END_BYTES: usize = 2 * BLOCK;

/// The size of an archive's entries.
#[derive(Default)]
pub struct Written {
    bytes: u64,
}

impl Written {
    pub fn add(&mut self, header: &Header) {
        self.bytes += BLOCK as u64 + header.size + padding(header.size) as u64;
    }

    pub fn total(&self) -> u64 {
        self.bytes + END_BYTES as u64
    }
}

/// The bytes of a file up to its current size: it may grow while it is read.
fn open(tree: &Arc<dyn FileTree>, path: &[u8], header: &mut Header) -> Result<(Content, RangeReader), Failure> {
    let content = tree.open(path)?;
    header.size = content.size;
    Ok((content.clone(), RangeReader::new(content)))
}

pub(super) fn write(from: Picked) -> Result<u64, Failure> {
    let at = if from.name.is_empty() { b"." } else { &from.name[..] };
    let mut output = BufWriter::with_capacity(BUFFER_BYTES, io::stdout());
    let (mut written, mut vanished) = (Written::default(), Vanished::default());
    for entry in from.entries(at)? {
        if let Some(loaded) = load(entry, &mut vanished)? {
            written.add(&write_entry(loaded, &mut output)?);
        }
    }
    output.write_all(&[0; END_BYTES]).and_then(|()| output.flush()).map_err(unwritable)?;
    Ok(written.total())
}

/// An entry with the attributes and the content of its source.
pub struct Loaded {
    pub header: Header,
    pub bytes: Box<dyn FileData>,
}

/// `None` if its source has vanished.
pub fn load(mut entry: Entry, vanished: &mut Vanished) -> Result<Option<Loaded>, Failure> {
    vanished.replace_target(&mut entry.header);
    let name = entry.header.path.clone();
    match load_present(entry) {
        Err(failure) if failure.is_missing() => {
            vanished.add(name);
            Ok(None)
        }
        loaded => loaded.map(Some),
    }
}

/// The bytes of a file, and zeros where it has become shorter since it was opened.
struct Padded {
    file: RangeReader,
    left: u64,
}

impl FileData for Padded {}

impl Read for Padded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let limit = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let mut got = self.file.read(&mut buffer[..limit])?;
        if got == 0 {
            buffer[..limit].fill(0);
            got = limit;
        }
        self.left -= got as u64;
        Ok(got)
    }
}

fn load_present(Entry { mut header, source }: Entry) -> Result<Loaded, Failure> {
    let mut bytes: Box<dyn FileData> = Box::new(io::empty());
    if let Source::Tree(tree, path) = source {
        match header.kind {
            EntryKind::File => {
                let (content, reader) = open(&tree, &path, &mut header)?;
                header.xattrs = tree.xattrs(&path, Some(&content))?;
                bytes = Box::new(Padded { file: reader, left: header.size });
            }
            EntryKind::Directory => header.xattrs = tree.xattrs(&path, None)?,
            _ => {}
        }
    }
    Ok(Loaded { header, bytes })
}

fn write_entry(Loaded { header, mut bytes }: Loaded, output: &mut impl Write) -> Result<Header, Failure> {
    let mut blocks = Vec::with_capacity(BLOCK);
    header::encode(&mut blocks, &header);
    output.write_all(&blocks).map_err(unwritable)?;
    io::copy(&mut bytes, output).map_err(unwritable)?;
    output.write_all(&vec![0; padding(header.size)]).map_err(unwritable)?;
    Ok(header)
}

/// Calls back for each entry of an archive, compressed or not, with its bytes. Returns the number of bytes read.
pub fn read(mut put: impl FnMut(Header, &mut dyn FileData) -> Result<(), Failure>) -> Result<u64, Failure> {
    let unreadable = |cause| Failure::kernel("TREE_ARCHIVE", "read the archive", cause);
    let mut head = Vec::new();
    io::stdin().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(unreadable)?;
    let format = decompress::format_of(&head);
    let whole = io::Cursor::new(head).chain(io::stdin());
    let opened = decompress::open(format, BufReader::with_capacity(BUFFER_BYTES, whole), None)?;
    let count = Cell::new(0);
    let mut reader = TarReader::new(Counted { input: opened, count: &count });
    while let Some(header) = reader.next()? {
        put(header, &mut reader)?;
    }
    reader.drain()?;
    Ok(count.get())
}

struct Counted<'a, R> {
    input: R,
    count: &'a Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        self.count.set(self.count.get() + got as u64);
        Ok(got)
    }
}

fn unwritable(cause: io::Error) -> Failure {
    Failure::kernel("TREE_WRITE", "write the archive", cause)
}
