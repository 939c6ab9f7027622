//! Named sections of ELF files. The input is hostile: every number in it is checked against the file.
use crate::tree::file_tree::Content;
use std::io;
use std::os::unix::fs::FileExt;

pub struct Section {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Limit for the section table and for the names; real programs have fewer than a hundred sections.
const MAX_TABLE_BYTES: u64 = 1 << 20;

/// The wanted sections that the file contains; none if it is not an ELF file.
pub fn sections(content: &Content, wanted: &[String], max_bytes: u64) -> io::Result<Vec<Section>> {
    let Some(file) = Elf::open(content)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in file.table()? {
        let Some(name) = wanted.iter().find(|name| file.is_called(entry.name, name)) else { continue };
        if entry.size > max_bytes {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a section is too large"));
        }
        found.push(Section { name: name.clone(), bytes: file.read(entry.offset, entry.size)? });
    }
    Ok(found)
}

struct Elf<'a> {
    content: &'a Content,
    is_64_bit: bool,
    is_little_endian: bool,
    table: (u64, u16, u16),
    names: Vec<u8>,
}

struct Entry {
    name: u32,
    offset: u64,
    size: u64,
}

impl<'a> Elf<'a> {
    fn open(content: &'a Content) -> io::Result<Option<Elf<'a>>> {
        let mut head = [0; 64];
        if content.size < 64 {
            return Ok(None);
        }
        content.file.read_exact_at(&mut head, content.offset)?;
        if !head.starts_with(b"\x7fELF") || !matches!(head[4], 1 | 2) || !matches!(head[5], 1 | 2) {
            return Ok(None);
        }
        let (is_64_bit, is_little_endian) = (head[4] == 2, head[5] == 1);
        let mut file = Elf { content, is_64_bit, is_little_endian, table: (0, 0, 0), names: Vec::new() };
        let counts = if is_64_bit { 58 } else { 46 };
        let short = |at: usize| file.number(&head[at..at + 2]) as u16;
        let start = if is_64_bit { file.number(&head[40..48]) } else { file.number(&head[32..36]) };
        let (entry_bytes, count, names) = (short(counts), short(counts + 2), usize::from(short(counts + 4)));
        file.table = (start, entry_bytes, count);
        if let Some(entry) = file.table()?.into_iter().nth(names) {
            if entry.size > MAX_TABLE_BYTES {
                return Err(broken());
            }
            file.names = file.read(entry.offset, entry.size)?;
        }
        Ok(Some(file))
    }

    fn table(&self) -> io::Result<Vec<Entry>> {
        let (start, entry_bytes, count) = self.table;
        let needed = if self.is_64_bit { 64 } else { 40 };
        if count == 0 {
            return Ok(Vec::new());
        }
        let size = u64::from(entry_bytes) * u64::from(count);
        if entry_bytes < needed || size > MAX_TABLE_BYTES {
            return Err(broken());
        }
        let bytes = self.read(start, size)?;
        Ok(bytes.chunks_exact(usize::from(entry_bytes)).map(|entry| self.entry(entry)).collect())
    }

    fn entry(&self, bytes: &[u8]) -> Entry {
        let (offset, size) = if self.is_64_bit { (24..32, 32..40) } else { (16..20, 20..24) };
        Entry { name: self.number(&bytes[..4]) as u32, offset: self.number(&bytes[offset]), size: self.number(&bytes[size]) }
    }

    fn is_called(&self, at: u32, name: &str) -> bool {
        let rest = self.names.get(at as usize..).unwrap_or_default();
        rest.starts_with(name.as_bytes()) && rest.get(name.len()) == Some(&0)
    }

    fn read(&self, offset: u64, size: u64) -> io::Result<Vec<u8>> {
        if offset.checked_add(size).is_none_or(|end| end > self.content.size) {
            return Err(broken());
        }
        let mut bytes = vec![0; size as usize];
        self.content.file.read_exact_at(&mut bytes, self.content.offset + offset)?;
        Ok(bytes)
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.is_little_endian { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its section table is outside of the file")
}
