//! A record of a tree before a command changes it, with which the changes are found afterwards.
use crate::host::beneath::Beneath;
use crate::host::host_directory::unreadable;
use crate::host::recorded_owners;
use crate::tar::index_codec::{Cursor, put_bytes, put_number};
use crate::tree::meta::Meta;
use crate::tree::path;
use crate::tree::walk;
use foundation::failure::Failure;
use rayon::prelude::*;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, StatxFlags};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// Metadata that changes with every change of a file. Programs cannot set the change time.
#[derive(Clone, Copy, PartialEq)]
pub struct FileState {
    identity: (u64, u64),
    ctime_ns: i64,
    /// For directories: a filesystem may reuse the inode number of a removed one.
    born_ns: i64,
    /// The sub-second part of the modification time, which archives do not keep.
    pub mtime_ns: u32,
    pub is_directory: bool,
    /// Its owner is recorded in the parent directory: a change of the owner only changes that directory.
    pub is_owned_by_name: bool,
}

type Names = Vec<(Vec<u8>, FileState)>;

/// By directory; names are sorted.
#[derive(Default)]
pub struct Survey {
    directories: HashMap<Vec<u8>, Names>,
}

impl FileState {
    fn of(meta: &Meta) -> FileState {
        let (identity, ctime_ns, mtime_ns, is_directory) = (meta.identity, meta.ctime_ns, meta.mtime_ns, meta.is_directory());
        let is_owned_by_name = recorded_owners::are_by_name(meta.kind);
        FileState { identity, ctime_ns, born_ns: 0, mtime_ns, is_directory, is_owned_by_name }
    }

    /// Whether both are the same file, even if it was changed.
    pub fn is_same_file(&self, other: &FileState) -> bool {
        (self.identity, self.born_ns) == (other.identity, other.born_ns)
    }
}

impl Survey {
    pub fn of(tree: &Beneath) -> Result<Survey, Failure> {
        walk::prepare_threads();
        let found = below(tree, Vec::new())?;
        Ok(Survey { directories: found.directories.into_iter().collect() })
    }

    /// Writes the survey with which the changes of a later command are found.
    pub fn record(tree: &Path, file: &Path) -> Result<(), Failure> {
        let survey = Survey::of(&Beneath::open(tree)?)?;
        survey.write(file)?;
        survey.settle();
        Ok(())
    }

    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        for (directory, names) in &self.directories {
            put_bytes(&mut bytes, directory);
            put_number(&mut bytes, names.len() as u64);
            for (name, seen) in names {
                put_bytes(&mut bytes, name);
                let numbers = [seen.identity.0, seen.identity.1, seen.ctime_ns as u64, seen.born_ns as u64];
                numbers.into_iter().for_each(|number| put_number(&mut bytes, number));
                let kind = u64::from(seen.is_owned_by_name) << 1 | u64::from(seen.is_directory);
                put_number(&mut bytes, u64::from(seen.mtime_ns) << 2 | kind);
            }
        }
        std::fs::write(file, &bytes)
            .map_err(|cause| Failure::kernel("TREE_WRITE", &format!("write \"{}\"", file.display()), cause))
    }

    pub fn read(file: &Path) -> Result<Survey, Failure> {
        let bytes =
            std::fs::read(file).map_err(|cause| Failure::kernel("TREE_READ", &format!("read \"{}\"", file.display()), cause))?;
        let torn = || Failure::new("TREE_TORN", format!("Cannot read \"{}\": damaged", file.display()));
        let mut cursor = Cursor::new(&bytes);
        let mut survey = Survey::default();
        while !cursor.is_at_end() {
            let (directory, names) = parse(&mut cursor).ok_or_else(torn)?;
            survey.directories.insert(directory, names);
        }
        Ok(survey)
    }

    pub fn seen(&self, path: &[u8]) -> Option<&FileState> {
        let (directory, name) = path::split(path);
        let names = self.names(directory);
        names.binary_search_by(|(other, _)| other[..].cmp(name)).ok().map(|at| &names[at].1)
    }

    pub fn names(&self, directory: &[u8]) -> &[(Vec<u8>, FileState)] {
        self.directories.get(directory).map_or(&[], Vec::as_slice)
    }

    /// Returns when every later change will have a later change time than any file of the survey.
    pub fn settle(&self) {
        let latest = self.directories.values().flatten().map(|(_, seen)| seen.ctime_ns).max();
        wait_until_later_than(latest.unwrap_or(i64::MIN));
    }
}

struct Found {
    born_ns: i64,
    directories: Vec<(Vec<u8>, Names)>,
}

fn below(tree: &Beneath, directory: Vec<u8>) -> Result<Found, Failure> {
    let failed = |cause| unreadable(&directory, cause);
    let opened = tree.open_dir(&directory).map_err(failed)?;
    let born_ns = born(opened.as_fd()).map_err(failed)?;
    let listed = Beneath::list_open(&opened).map_err(failed)?;
    drop(opened); // a tree may be deeper than the limit of open files
    let mut names: Names = listed.iter().map(|(name, meta)| (name.clone(), FileState::of(meta))).collect();
    let inner: Vec<(usize, Found)> = (0..names.len())
        .into_par_iter()
        .filter(|at| names[*at].1.is_directory)
        .filter_map(|at| match below(tree, path::join(&directory, &names[at].0)) {
            Err(failure) if failure.is_missing() => None, // a process of the container has removed it since
            found => Some(found.map(|found| (at, found))),
        })
        .collect::<Result<_, Failure>>()?;
    let mut directories = Vec::with_capacity(inner.len() + 1);
    for (at, found) in inner {
        names[at].1.born_ns = found.born_ns;
        directories.extend(found.directories);
    }
    directories.push((directory, names));
    Ok(Found { born_ns, directories })
}

fn parse(cursor: &mut Cursor) -> Option<(Vec<u8>, Names)> {
    let directory = cursor.bytes()?.to_vec();
    let count = cursor.number()?;
    let names = (0..count).map(|_| Some((cursor.bytes()?.to_vec(), parse_file_state(cursor)?))).collect::<Option<_>>()?;
    Some((directory, names))
}

fn parse_file_state(cursor: &mut Cursor) -> Option<FileState> {
    let identity = (cursor.number()?, cursor.number()?);
    let (ctime_ns, born_ns) = (cursor.number()? as i64, cursor.number()? as i64);
    let rest = cursor.number()?;
    let (is_directory, is_owned_by_name) = (rest & 1 == 1, rest & 2 == 2);
    Some(FileState { identity, ctime_ns, born_ns, mtime_ns: u32::try_from(rest >> 2).ok()?, is_directory, is_owned_by_name })
}

/// Zero if the filesystem does not record it.
fn born(directory: BorrowedFd) -> Result<i64, Errno> {
    let found = rustix::fs::statx(directory, "", AtFlags::EMPTY_PATH, StatxFlags::BTIME)?;
    if found.stx_mask & StatxFlags::BTIME.bits() == 0 {
        return Ok(0);
    }
    Ok(found.stx_btime.tv_sec.saturating_mul(1_000_000_000).saturating_add(i64::from(found.stx_btime.tv_nsec)))
}

/// Change times come from the kernel's coarse clock, which advances in ticks.
fn wait_until_later_than(time_ns: i64) {
    let now = || {
        let now = clock_gettime(ClockId::RealtimeCoarse);
        now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec)
    };
    let start = now();
    // A time ahead of the clock comes from another clock: then waiting for one tick is sufficient.
    let target = if time_ns > start { start } else { time_ns };
    while now() <= target {
        std::thread::sleep(Duration::from_millis(1));
    }
}
