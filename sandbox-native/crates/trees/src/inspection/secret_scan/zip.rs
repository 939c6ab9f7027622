//! Deflated members of ZIP archives, from the central directory. The input is hostile: every number in it is checked
//! against the file. Stored members are found in the bytes of the archive. SPEC: APPNOTE.TXT 4.3
use crate::tree::file_tree::Content;
use std::os::unix::fs::FileExt;

pub const MAGIC: &[u8] = b"PK\x03\x04";
const MEMBER: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const MEMBER_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const MAX_COMMENT_BYTES: usize = 65_535;
const MAX_DIRECTORY_BYTES: u64 = 64 << 20;
const DEFLATED: usize = 8;

pub struct Member {
    pub name: String,
    /// From the directory.
    pub size: u64,
    pub content: Content,
}

/// None if there is no directory, as in a truncated archive.
pub fn members(archive: &Content) -> impl Iterator<Item = Member> {
    let directory = directory(archive).unwrap_or_default();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = directory.get(at..)?;
            let head = rest.get(..MEMBER_BYTES).filter(|head| head.starts_with(MEMBER))?;
            let name = rest.get(MEMBER_BYTES..)?.get(..number(head, 28, 2))?;
            at += MEMBER_BYTES + name.len() + number(head, 30, 2) + number(head, 32, 2);
            let name = String::from_utf8_lossy(name).into_owned();
            let content = (number(head, 10, 2) == DEFLATED).then(|| member(archive, head)).flatten();
            if let Some(content) = content {
                return Some(Member { name, size: number(head, 24, 4) as u64, content });
            }
        }
    })
}

fn directory(archive: &Content) -> Option<Vec<u8>> {
    let tail = read(archive, archive.size.saturating_sub((END_BYTES + MAX_COMMENT_BYTES) as u64), None)?;
    let end = (0..=tail.len().checked_sub(END_BYTES)?).rev().find(|at| tail[*at..].starts_with(END))?;
    let (size, start) = (number(&tail[end..], 12, 4) as u64, number(&tail[end..], 16, 4) as u64);
    if size > MAX_DIRECTORY_BYTES { None } else { read(archive, start, Some(size)) }
}

fn member(archive: &Content, head: &[u8]) -> Option<Content> {
    let start = number(head, 42, 4) as u64;
    let local = read(archive, start, Some(LOCAL_BYTES as u64))?;
    let before = (LOCAL_BYTES + number(&local, 26, 2) + number(&local, 28, 2)) as u64;
    let size = number(head, 20, 4) as u64;
    let end = start.checked_add(before)?.checked_add(size)?;
    let offset = archive.offset + start + before;
    (local.starts_with(MAGIC) && end <= archive.size).then(|| Content { file: archive.file.clone(), offset, size })
}

/// Without a size, reads up to the end.
fn read(archive: &Content, start: u64, size: Option<u64>) -> Option<Vec<u8>> {
    let size = size.unwrap_or(archive.size.saturating_sub(start));
    if start.checked_add(size)? > archive.size {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(size).ok()?];
    archive.file.read_exact_at(&mut bytes, archive.offset + start).ok()?;
    Some(bytes)
}

/// Little-endian; the caller has checked the length.
fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::sync::Arc;

    /// One member `a` of two bytes, whose compressed data is not read here.
    fn archive() -> Vec<u8> {
        let fields = |parts: &[(usize, usize)]| -> Vec<u8> {
            parts.iter().flat_map(|(value, length)| value.to_le_bytes()[..*length].to_vec()).collect()
        };
        let local = [MAGIC, &fields(&[(20, 2), (0, 2), (8, 2), (0, 8), (2, 4), (9, 4), (1, 2), (0, 2)]), b"a", b"xy"].concat();
        let counts = [(20, 2), (20, 2), (0, 2), (8, 2), (0, 8), (2, 4), (9, 4), (1, 2), (0, 2), (0, 2), (0, 8), (0, 4)];
        let directory = [MEMBER, &fields(&counts), b"a"].concat();
        let end = [END, &fields(&[(0, 4), (1, 2), (1, 2), (directory.len(), 4), (local.len(), 4), (0, 2)])].concat();
        [local, directory, end].concat()
    }

    fn members_of(bytes: &[u8]) -> Vec<(String, u64, u64)> {
        let file = File::from(rustix::fs::memfd_create("archive", rustix::fs::MemfdFlags::CLOEXEC).unwrap());
        file.write_all_at(bytes, 0).unwrap();
        let content = Content { file: Arc::new(file), offset: 0, size: bytes.len() as u64 };
        members(&content).map(|member| (member.name, member.content.offset, member.content.size)).collect()
    }

    #[test]
    fn a_member_is_found() {
        assert_eq!(members_of(&archive()), [("a".to_owned(), 31, 2)]);
    }

    #[test]
    fn members_of_a_damaged_archive_stay_within_it() {
        let whole = archive();
        for at in 0..whole.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                for (_, offset, size) in members_of(&damaged).into_iter().chain(members_of(&whole[..at])) {
                    assert!(offset + size <= whole.len() as u64);
                }
            }
        }
    }
}
