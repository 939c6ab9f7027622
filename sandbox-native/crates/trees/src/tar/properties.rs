//! Properties of every archive, whoever wrote it.
use super::fields::{checksum, put_octal};
use super::reader::TarReader;
use super::{BLOCK, header, padding, pax, sparse};
use crate::tree::entry::{EntryKind, Header};
use crate::tree::file_tree::FileData;
use crate::tree::meta::{Kind, Meta};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::Read;

const CASES: u32 = 256;

fn file(path: &[u8], content: &[u8]) -> Vec<u8> {
    let mut entry = Header::from_meta(path.to_vec(), EntryKind::File, &Meta::planned(Kind::File, 0o644, 0));
    entry.size = content.len() as u64;
    let mut archive = Vec::new();
    header::encode(&mut archive, &entry);
    archive.extend_from_slice(content);
    archive.resize(archive.len() + padding(entry.size), 0);
    archive
}

/// With extended headers, a long name, and sparse files in both formats.
fn archive() -> Vec<u8> {
    let mut all = file(&[b'n'; 300], b"long name");
    let map = [&b"2\n0\n3\n1000\n3\n"[..], &[0; BLOCK]].concat()[..BLOCK].to_vec();
    let mut records = Vec::new();
    for (key, value) in [("major", "1"), ("minor", "0"), ("name", "holes"), ("realsize", "2000")] {
        pax::put(&mut records, format!("GNU.sparse.{key}").as_bytes(), value.as_bytes());
    }
    let mut extended = file(b"pax", &records);
    (extended[156], extended[257]) = (b'x', b'u');
    reseal(&mut extended[..BLOCK]);
    all.extend(extended);
    all.extend(file(b"holes", &[&map[..], b"onetwo"].concat()));
    let mut old = file(b"old", b"onetwo");
    for (at, number) in [(386, 0), (398, 3), (410, 1000), (422, 3), (483, 2000)] {
        put_octal(&mut old[at..at + 12], number);
    }
    old[156] = b'S';
    reseal(&mut old[..BLOCK]);
    all.extend(old);
    all.extend([0; 2 * BLOCK]);
    all
}

fn reseal(block: &mut [u8]) {
    let Ok(block) = <&mut [u8; BLOCK]>::try_from(block) else { return };
    let sum = checksum(block);
    put_octal(&mut block[148..156], sum);
}

/// Entries and file bytes up to the end of the archive, without holes.
fn read_all(bytes: &[u8]) -> (usize, u64) {
    let mut reader = TarReader::new(bytes);
    let (mut entries, mut stored, mut buffer) = (0, 0, [0u8; 4096]);
    while let Ok(Some(_)) = reader.next() {
        entries += 1;
        loop {
            if reader.skip_hole() > 0 {
                continue;
            }
            match reader.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(count) => stored += count as u64,
            }
        }
    }
    (entries, stored)
}

#[test]
fn the_archive_of_these_tests_is_valid() {
    let (entries, stored) = read_all(&archive());
    assert_eq!((entries, stored), (3, 9 + 6 + 6));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in vec(any::<u8>(), 0..4 * BLOCK)) {
        let (_, stored) = read_all(&bytes);
        prop_assert!(stored <= bytes.len() as u64);
    }

    #[test]
    fn a_damaged_archive_with_valid_checksums_yields_no_more_bytes_than_it_has(
        damages in vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = archive();
        for (at, byte) in &damages {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        bytes.chunks_exact_mut(BLOCK).for_each(|block| if block[257..262] == *b"ustar" { reseal(block) });
        bytes.truncate(BLOCK + cut.index(bytes.len() - BLOCK));
        let (_, stored) = read_all(&bytes);
        prop_assert!(stored <= bytes.len() as u64);
    }

    #[test]
    fn entries_round_trip(
        path in "[a-z]{1,8}(/[a-zä-ü ]{1,60}){0,4}",
        ids in (any::<u32>(), any::<u32>()),
        mode in 0u32..0o10000,
        mtime in -5_000_000_000i64..5_000_000_000,
        value in vec(any::<u8>(), 0..100),
    ) {
        let mut entry = Header::from_meta(path.into_bytes(), EntryKind::File, &Meta::planned(Kind::File, mode, mtime));
        (entry.uid, entry.gid) = ids;
        entry.xattrs = vec![(b"user.name".to_vec(), value)];
        let mut bytes = Vec::new();
        header::encode(&mut bytes, &entry);
        prop_assert_eq!(TarReader::new(&bytes[..]).next().unwrap(), Some(entry));
    }

    #[test]
    fn pieces_of_a_sparse_file_add_up_to_its_size(
        runs in vec((0u64..1 << 40, 0u64..1 << 40), 0..8),
        size in 0u64..1 << 42,
        stored in prop::option::of(0u64..1 << 42),
    ) {
        let total = runs.iter().map(|(_, length)| length).sum();
        let Ok(mut sparse) = sparse::of_runs(&runs, size, stored.unwrap_or(total)) else { return Ok(()) };
        let (mut data, mut all) = (0, 0);
        while let Some(piece) = sparse.piece() {
            let (bytes, is_data) = match piece {
                sparse::Piece::Data(bytes) => (bytes, true),
                sparse::Piece::Hole(bytes) => (bytes, false),
            };
            prop_assert!(bytes > 0);
            data += if is_data { bytes } else { 0 };
            all += bytes;
            sparse.advance(bytes);
        }
        prop_assert_eq!((data, all), (total, size));
    }
}
