//! Digests of files by their stat data, kept between builds. An unreadable cache counts as empty.
use super::digest::USE_NOW;
use crate::tree::meta::Meta;
use rustix::fs::{AtFlags, Timestamps};
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

const MAGIC: &[u8; 16] = b"tsbuild stats 1\n";
/// Device, inode, size, mtime ns, ctime ns, digest.
const KEY_BYTES: usize = 40;
const RECORD_BYTES: usize = KEY_BYTES + 32;
/// Device and inode.
const FILE_BYTES: usize = 16;
/// Of files that no selection contained now: another Dockerfile of the same context may copy them. Deleted files are
/// among them, so their number is limited.
const MAX_UNUSED: usize = 200_000;
/// Two writes within a tick of the kernel's clock have the same time; filesystems with coarse times store seconds.
const FINE_NS: i64 = 100_000_000;
const COARSE_NS: i64 = 2_000_000_000;

pub struct StatCache {
    /// Records sorted by key.
    known: Vec<u8>,
    /// Files that were hashed now, and cached ones that were requested.
    used: Mutex<Vec<[u8; RECORD_BYTES]>>,
    has_news: Mutex<bool>,
    started_ns: i64,
}

impl StatCache {
    pub fn load(path: &Path) -> StatCache {
        let bytes = std::fs::read(path).unwrap_or_default();
        let known = match bytes.strip_prefix(MAGIC) {
            Some(records) if records.len() % RECORD_BYTES == 32 => {
                let (records, sum) = records.split_at(records.len() - 32);
                if blake3::hash(records).as_bytes()[..] == *sum { records.to_vec() } else { Vec::new() }
            }
            _ => Vec::new(),
        };
        let started_ns = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64);
        StatCache { known, used: Mutex::new(Vec::new()), has_news: Mutex::new(false), started_ns }
    }

    pub fn find(&self, meta: &Meta) -> Option<[u8; 32]> {
        let key = key_of(meta);
        let at = self.position(&key)?;
        let record: [u8; RECORD_BYTES] = self.known[at..at + RECORD_BYTES].try_into().ok()?;
        self.used.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        record[KEY_BYTES..].try_into().ok()
    }

    /// Files that changed too recently are not cached: another change might not change their times.
    pub fn keep(&self, meta: &Meta, digest: &[u8; 32]) {
        // Programs set mtimes to whole seconds; only the kernel sets ctimes.
        let is_fine = meta.ctime_ns % 1_000_000 != 0;
        let settled = self.started_ns - if is_fine { FINE_NS } else { COARSE_NS };
        let mtime_ns = meta.mtime.saturating_mul(1_000_000_000).saturating_add(i64::from(meta.mtime_ns));
        if meta.ctime_ns > settled || mtime_ns > settled {
            return;
        }
        let mut record = [0; RECORD_BYTES];
        record[..KEY_BYTES].copy_from_slice(&key_of(meta));
        record[KEY_BYTES..].copy_from_slice(digest);
        self.used.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        *self.has_news.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Written completely and then renamed; a cache that cannot be written only costs time. Its time is that of the last
    /// use, for garbage collection.
    pub fn save(self, path: &Path) -> std::io::Result<()> {
        if !self.has_news.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let now = Timestamps { last_access: USE_NOW, last_modification: USE_NOW };
            let _ = rustix::fs::utimensat(rustix::fs::CWD, path, &now, AtFlags::empty()); // there may be none
            return Ok(());
        }
        let mut records = self.used.into_inner().unwrap_or_else(PoisonError::into_inner);
        records.extend(unused(&self.known, &records));
        records.sort_unstable();
        records.dedup();
        let mut bytes = Vec::with_capacity(MAGIC.len() + records.len() * RECORD_BYTES + 32);
        bytes.extend_from_slice(MAGIC);
        bytes.extend(records.iter().flatten());
        let sum = blake3::hash(&bytes[MAGIC.len()..]);
        bytes.extend_from_slice(sum.as_bytes());
        let fresh = path.with_extension(format!("{}", std::process::id()));
        std::fs::write(&fresh, bytes)?;
        std::fs::rename(fresh, path)
    }

    fn position(&self, key: &[u8; KEY_BYTES]) -> Option<usize> {
        let (mut low, mut high) = (0, self.known.len() / RECORD_BYTES);
        while low < high {
            let middle = low + (high - low) / 2;
            let at = middle * RECORD_BYTES;
            match self.known[at..at + KEY_BYTES].cmp(&key[..]) {
                std::cmp::Ordering::Equal => return Some(at),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// The known records of other files; none if there are too many.
fn unused(known: &[u8], used: &[[u8; RECORD_BYTES]]) -> Vec<[u8; RECORD_BYTES]> {
    let files: HashSet<&[u8]> = used.iter().map(|record| &record[..FILE_BYTES]).collect();
    let (records, _) = known.as_chunks::<RECORD_BYTES>();
    let others: Vec<_> = records.iter().filter(|record| !files.contains(&record[..FILE_BYTES])).copied().collect();
    if others.len() > MAX_UNUSED { Vec::new() } else { others }
}

fn key_of(meta: &Meta) -> [u8; KEY_BYTES] {
    let mtime_ns = meta.mtime.saturating_mul(1_000_000_000).saturating_add(i64::from(meta.mtime_ns));
    let mut key = [0; KEY_BYTES];
    let fields = [meta.identity.0, meta.identity.1, meta.size, mtime_ns as u64, meta.ctime_ns as u64];
    for (field, slot) in fields.iter().zip(key.chunks_exact_mut(8)) {
        slot.copy_from_slice(&field.to_be_bytes());
    }
    key
}
