//! A record of what a tree holds before a command changes it, by which its changes are found afterwards.
use super::beneath::Beneath;
use super::host_directory::unreadable;
use super::meta::Meta;
use super::path;
use super::tar::index_codec::{Cursor, put_bytes, put_number};
use foundation::failure::Failure;
use rustix::fs::{AtFlags, StatxFlags};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

/// What every change of a file leaves a trace in. The change time cannot be set by a program.
#[derive(Clone, Copy, PartialEq)]
pub struct Seen {
    identity: (u64, u64),
    ctime_ns: i64,
    /// Of directories: a file system gives the number of a removed one to the next.
    born_ns: i64,
}

/// By directory and name.
#[derive(Default)]
pub struct Survey {
    directories: HashMap<Vec<u8>, BTreeMap<Vec<u8>, Seen>>,
}

impl Seen {
    pub fn of(tree: &Beneath, path: &[u8], meta: &Meta) -> Result<Seen, Failure> {
        let born_ns = if meta.is_directory() { born(tree, path).map_err(|cause| unreadable(path, cause))? } else { 0 };
        Ok(Seen { identity: meta.identity, ctime_ns: meta.ctime_ns, born_ns })
    }

    /// Whether both are of one file, whatever has become of it.
    pub fn is_same_file(&self, other: &Seen) -> bool {
        (self.identity, self.born_ns) == (other.identity, other.born_ns)
    }
}

impl Survey {
    /// What changes after this has another change time than anything that is here.
    pub fn write(root: &Path, file: &Path) -> Result<(), Failure> {
        let tree = Beneath::open(root)?;
        let (mut bytes, mut latest) = (Vec::new(), i64::MIN);
        let mut waiting = vec![Vec::new()];
        while let Some(directory) = waiting.pop() {
            for (name, meta) in tree.list(&directory).map_err(|cause| unreadable(&directory, cause))? {
                let path = path::join(&directory, &name);
                let seen = Seen::of(&tree, &path, &meta)?;
                put_bytes(&mut bytes, &path);
                for number in [seen.identity.0, seen.identity.1, seen.ctime_ns as u64, seen.born_ns as u64] {
                    put_number(&mut bytes, number);
                }
                latest = latest.max(meta.ctime_ns);
                if meta.is_directory() {
                    waiting.push(path);
                }
            }
        }
        std::fs::write(file, &bytes)
            .map_err(|cause| Failure::kernel("TREE_WRITE", &format!("write \"{}\"", file.display()), cause))?;
        wait_until_later_than(latest);
        Ok(())
    }

    pub fn read(file: &Path) -> Result<Survey, Failure> {
        let bytes =
            std::fs::read(file).map_err(|cause| Failure::kernel("TREE_READ", &format!("read \"{}\"", file.display()), cause))?;
        let torn = || Failure::new("TREE_TORN", format!("Cannot read \"{}\": it is damaged", file.display()));
        let mut cursor = Cursor::new(&bytes);
        let mut survey = Survey::default();
        while !cursor.is_at_end() {
            let (path, seen) = parse(&mut cursor).ok_or_else(torn)?;
            let (directory, name) = path::split(path);
            survey.directories.entry(directory.to_vec()).or_default().insert(name.to_vec(), seen);
        }
        Ok(survey)
    }

    pub fn seen(&self, path: &[u8]) -> Option<&Seen> {
        let (directory, name) = path::split(path);
        self.directories.get(directory)?.get(name)
    }

    pub fn names(&self, directory: &[u8]) -> impl Iterator<Item = &Vec<u8>> {
        self.directories.get(directory).into_iter().flat_map(BTreeMap::keys)
    }
}

fn parse<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a [u8], Seen)> {
    let path = cursor.bytes()?;
    let identity = (cursor.number()?, cursor.number()?);
    Some((path, Seen { identity, ctime_ns: cursor.number()? as i64, born_ns: cursor.number()? as i64 }))
}

/// Zero where the file system does not tell.
fn born(tree: &Beneath, path: &[u8]) -> Result<i64, Errno> {
    let directory = tree.open_dir(path)?;
    let found = rustix::fs::statx(&directory, "", AtFlags::EMPTY_PATH, StatxFlags::BTIME)?;
    if found.stx_mask & StatxFlags::BTIME.bits() == 0 {
        return Ok(0);
    }
    Ok(found.stx_btime.tv_sec.saturating_mul(1_000_000_000).saturating_add(i64::from(found.stx_btime.tv_nsec)))
}

/// Change times are those of the kernel's coarse clock, which advances in steps.
fn wait_until_later_than(time_ns: i64) {
    let now = || {
        let now = clock_gettime(ClockId::RealtimeCoarse);
        now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec)
    };
    let start = now();
    // A time ahead of the clock is not of this clock: one step is all there is to wait for.
    let target = if time_ns > start { start } else { time_ns };
    while now() <= target {
        std::thread::sleep(Duration::from_millis(1));
    }
}
