//! The entry index of an uncompressed layer tar, with which single files can be read from it. Its last bytes contain the
//! length of the tar and a checksum: an incomplete tar or index is detected when it is opened.
use super::index_codec::{Cursor, put_bytes, put_number};
use crate::tree::entry::{EntryKind, Header};
use foundation::failure::Failure;
use std::path::Path;

const MAGIC: &[u8] = b"tsbuild index 1\n";
const TRAILER_BYTES: usize = 8 + 32;

pub struct IndexWriter {
    bytes: Vec<u8>,
}

pub struct IndexedEntry {
    pub header: Header,
    pub data_offset: u64,
}

impl IndexWriter {
    pub fn new() -> IndexWriter {
        IndexWriter { bytes: MAGIC.to_vec() }
    }

    pub fn add(&mut self, header: &Header, data_offset: u64) {
        let out = &mut self.bytes;
        out.push(header.kind as u8);
        put_bytes(out, &header.path);
        put_bytes(out, &header.link);
        for number in [header.mode, header.uid, header.gid, header.device.0, header.device.1, header.mtime_ns] {
            put_number(out, u64::from(number));
        }
        // Zigzag: small negative numbers remain short.
        put_number(out, ((header.mtime << 1) ^ (header.mtime >> 63)) as u64);
        put_number(out, header.size);
        put_number(out, data_offset);
        put_number(out, header.xattrs.len() as u64);
        for (name, value) in &header.xattrs {
            put_bytes(out, name);
            put_bytes(out, value);
        }
    }

    pub fn save(mut self, path: &Path, tar_bytes: u64) -> Result<(), Failure> {
        self.bytes.extend_from_slice(&tar_bytes.to_le_bytes());
        let sum = blake3::hash(&self.bytes);
        self.bytes.extend_from_slice(sum.as_bytes());
        std::fs::write(path, &self.bytes)
            .map_err(|cause| Failure::kernel("TREE_WRITE", &format!("write index \"{}\"", path.display()), cause))
    }
}

/// All entries in the order of the tar. Fails if tar and index do not match.
pub fn read(path: &Path, tar_bytes: u64) -> Result<Vec<IndexedEntry>, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|cause| Failure::kernel("TREE_READ", &format!("read index \"{}\"", path.display()), cause))?;
    parse(&bytes, tar_bytes).ok_or_else(|| {
        let message = format!("Cannot read index \"{}\": damaged, or the index of another archive", path.display());
        Failure::new("TREE_TORN", message).with_hint("Remove the layer and build again: it was not written completely")
    })
}

fn parse(bytes: &[u8], tar_bytes: u64) -> Option<Vec<IndexedEntry>> {
    let body = &bytes[..bytes.len().checked_sub(TRAILER_BYTES)?];
    let summed = &bytes[..bytes.len() - 32];
    if blake3::hash(summed).as_bytes()[..] != bytes[summed.len()..] {
        return None;
    }
    if bytes[body.len()..summed.len()] != tar_bytes.to_le_bytes() {
        return None;
    }
    let mut cursor = Cursor::new(body.strip_prefix(MAGIC)?);
    let mut entries = Vec::new();
    while !cursor.is_at_end() {
        entries.push(parse_entry(&mut cursor)?);
    }
    Some(entries)
}

fn parse_entry(cursor: &mut Cursor) -> Option<IndexedEntry> {
    let kind = kind_of(cursor.byte()?)?;
    let (path, link) = (cursor.bytes()?.to_vec(), cursor.bytes()?.to_vec());
    let (mode, uid, gid) = (cursor.number32()?, cursor.number32()?, cursor.number32()?);
    let (device, mtime_ns) = ((cursor.number32()?, cursor.number32()?), cursor.number32()?);
    let zigzag = cursor.number()?;
    let mtime = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
    let (size, data_offset) = (cursor.number()?, cursor.number()?);
    let mut xattrs = Vec::new();
    for _ in 0..cursor.number()? {
        xattrs.push((cursor.bytes()?.to_vec(), cursor.bytes()?.to_vec()));
    }
    let header = Header { path, kind, mode, uid, gid, size, is_sparse: false, mtime, mtime_ns, link, device, xattrs };
    Some(IndexedEntry { header, data_offset })
}

fn kind_of(number: u8) -> Option<EntryKind> {
    const KINDS: [EntryKind; 7] = [
        EntryKind::File,
        EntryKind::Directory,
        EntryKind::Symlink,
        EntryKind::HardLink,
        EntryKind::Fifo,
        EntryKind::CharDevice,
        EntryKind::BlockDevice,
    ];
    KINDS.into_iter().find(|kind| *kind as u8 == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> Vec<u8> {
        let directory =
            std::env::temp_dir().join(format!("tsbuild-index-{}-{:?}", std::process::id(), std::thread::current().id()));
        let mut writer = IndexWriter::new();
        let header = Header {
            path: b"a/b".to_vec(),
            kind: EntryKind::File,
            mode: 0o4755,
            uid: 4_000_000_000,
            gid: 7,
            size: 1 << 40,
            is_sparse: false,
            mtime: -5,
            mtime_ns: 0,
            link: Vec::new(),
            device: (8, 1),
            xattrs: vec![(b"user.x".to_vec(), vec![0, 255])],
        };
        writer.add(&header, 512);
        writer.save(&directory, 99).unwrap();
        let bytes = std::fs::read(&directory).unwrap();
        std::fs::remove_file(&directory).unwrap();
        let entries = parse(&bytes, 99).unwrap();
        assert_eq!((&entries[0].header, entries[0].data_offset), (&header, 512));
        bytes
    }

    #[test]
    fn a_torn_index_or_tar_is_noticed() {
        let bytes = saved();
        assert!(parse(&bytes, 98).is_none());
        for length in 0..bytes.len() {
            assert!(parse(&bytes[..length], 99).is_none());
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(parse(&damaged, 99).is_none());
        }
    }
}
