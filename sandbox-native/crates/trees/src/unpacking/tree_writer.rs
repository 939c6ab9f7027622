//! Creates files of a tree on disk. Every path is given by its real parent, which is opened without following links.
use crate::host::beneath::Beneath;
use crate::host::recorded_owners;
use crate::layers::whiteout;
use crate::tar::sparse::copy_with_holes;
use crate::tree::entry::{EntryKind, Header};
use crate::tree::file_tree::FileData;
use crate::tree::path;
use foundation::failure::Failure;
use foundation::owner_record::{self, Device, Record};
use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

pub struct TreeWriter {
    beneath: Beneath,
    /// The directory of the last entry: usually also that of the next one.
    last: Option<(Vec<u8>, OwnedFd)>,
    /// Times of directories, set at the end: every new entry changes them.
    directory_times: Vec<(Vec<u8>, Timestamps)>,
    /// Give files to the caller instead of the owner in the entry.
    pub is_anonymous: bool,
    buffer: Vec<u8>,
}

/// An entry that is created, in its opened parent.
#[derive(Clone, Copy)]
struct NewEntry<'a> {
    parent: BorrowedFd<'a>,
    name: &'a [u8],
    header: &'a Header,
}

impl TreeWriter {
    pub fn at(root: &Path) -> Result<TreeWriter, Failure> {
        Ok(TreeWriter::within(Beneath::open(root)?))
    }

    pub fn within(beneath: Beneath) -> TreeWriter {
        // Modes are those of the entries, whatever the caller's umask.
        rustix::process::umask(Mode::empty());
        TreeWriter { beneath, last: None, directory_times: Vec::new(), is_anonymous: false, buffer: vec![0; 256 << 10] }
    }

    pub fn beneath(&self) -> &Beneath {
        &self.beneath
    }

    /// Creates an entry where nothing exists; an existing directory gets the new metadata.
    pub fn make(&mut self, header: &Header, data: &mut dyn FileData) -> Result<(), Failure> {
        let (directory, name) = path::split(&header.path);
        self.enter(directory).map_err(|cause| unwritable(&header.path, cause))?;
        let Some((_, parent)) = self.last.take() else { return Err(unwritable(&header.path, Errno::NOENT)) };
        let made = self.make_at(NewEntry { parent: parent.as_fd(), name, header }, data);
        self.last = Some((directory.to_vec(), parent));
        made
    }

    /// Sets the metadata of the root.
    pub fn describe_root(&mut self, header: &Header) -> Result<(), Failure> {
        self.finish_open(self.beneath.root(), header)?;
        self.directory_times.push((Vec::new(), times_of(header)));
        Ok(())
    }

    /// Sets the times of directories, deepest first.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.directory_times.sort_unstable_by(|one, other| other.0.cmp(&one.0));
        for (path, times) in &self.directory_times {
            match self.beneath.open_dir(path) {
                Ok(directory) => rustix::fs::futimens(&directory, times).map_err(|cause| unwritable(path, cause))?,
                // It was replaced later.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(cause) => return Err(unwritable(path, cause)),
            }
        }
        Ok(())
    }

    /// Removes whatever is at the path.
    pub fn remove(&mut self, path: &[u8]) -> Result<(), Failure> {
        self.last = None;
        let (directory, name) = path::split(path);
        let parent = self.beneath.open_dir(directory).map_err(|cause| unwritable(path, cause))?;
        crate::host::remove::remove_at(parent.as_fd(), name).map_err(|cause| unwritable(path, cause))
    }

    /// Marks a directory as opaque.
    pub fn set_opaque(&mut self, path: &[u8]) -> Result<(), Failure> {
        let directory = self.beneath.open_dir(path).map_err(|cause| unwritable(path, cause))?;
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::fsetxattr(&directory, whiteout::opaque_attribute(), b"y", flags).map_err(|cause| unwritable(path, cause))
    }

    pub fn make_whiteout(&mut self, path: &[u8]) -> Result<(), Failure> {
        let (directory, name) = path::split(path);
        self.enter(directory).map_err(|cause| unwritable(path, cause))?;
        let Some((_, parent)) = &self.last else { return Err(unwritable(path, Errno::NOENT)) };
        rustix::fs::mknodat(parent, name, FileType::CharacterDevice, Mode::empty(), 0).map_err(|cause| unwritable(path, cause))
    }

    fn enter(&mut self, directory: &[u8]) -> rustix::io::Result<()> {
        if self.last.as_ref().is_none_or(|(path, _)| path != directory) {
            self.last = Some((directory.to_vec(), self.beneath.open_dir(directory)?));
        }
        Ok(())
    }

    fn make_at(&mut self, entry: NewEntry, data: &mut dyn FileData) -> Result<(), Failure> {
        let NewEntry { parent, name, header } = entry;
        let failed = |cause: Errno| unwritable(&header.path, cause);
        match header.kind {
            EntryKind::File => return self.make_file(entry, data),
            EntryKind::Directory => return self.make_directory(entry),
            EntryKind::HardLink => {
                let (directory, first) = path::split(&header.link);
                let from = self.beneath.open_dir(directory).map_err(failed)?;
                return rustix::fs::linkat(&from, first, parent, name, AtFlags::empty()).map_err(failed);
            }
            EntryKind::Symlink => rustix::fs::symlinkat(&header.link[..], parent, name).map_err(failed)?,
            EntryKind::Fifo => make_node(entry, FileType::Fifo).map_err(failed)?,
            EntryKind::CharDevice | EntryKind::BlockDevice => {
                let is_block = header.kind == EntryKind::BlockDevice;
                let kind = if is_block { FileType::BlockDevice } else { FileType::CharacterDevice };
                match make_node(entry, kind) {
                    // Only root of the host can create devices: otherwise the device is recorded, or omitted as in other
                    // rootless engines.
                    Err(Errno::PERM) if owner_record::is_used() => return make_placeholder(entry),
                    Err(Errno::PERM) => return Ok(()),
                    made => made.map_err(failed)?,
                }
            }
        }
        // SECURITY: the mode is not changed by name, which would follow a link that is created in the meantime.
        self.own_at(entry).map_err(failed)?;
        rustix::fs::utimensat(parent, name, &times_of(header), AtFlags::SYMLINK_NOFOLLOW).map_err(failed)
    }

    fn make_file(&mut self, NewEntry { parent, name, header }: NewEntry, data: &mut dyn FileData) -> Result<(), Failure> {
        let failed = |cause: Errno| unwritable(&header.path, cause);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(header.mode & 0o777);
        let file = rustix::fs::openat(parent, name, flags, mode).map_err(failed)?;
        let mut file = File::from(file);
        let copy = if header.is_sparse { copy_with_holes } else { copy_bytes };
        copy(data, (&mut file, header.size), &mut self.buffer).map_err(|cause| copy_failed(header, cause))?;
        self.finish_open(file.as_fd(), header)
    }

    fn make_directory(&mut self, NewEntry { parent, name, header }: NewEntry) -> Result<(), Failure> {
        let failed = |cause: Errno| unwritable(&header.path, cause);
        match rustix::fs::mkdirat(parent, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(cause) => return Err(failed(cause)),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = rustix::fs::openat(parent, name, flags, Mode::empty()).map_err(failed)?;
        self.finish_open(directory.as_fd(), header)?;
        self.directory_times.push((header.path.clone(), times_of(header)));
        Ok(())
    }

    /// Owner first: changing it clears setuid and capabilities. Attributes that are right already are not set: each call is
    /// written to the filesystem's journal.
    fn finish_open(&self, file: BorrowedFd, header: &Header) -> Result<(), Failure> {
        let failed = |cause: Errno| unwritable(&header.path, cause);
        let stat = rustix::fs::fstat(file).map_err(failed)?;
        if !self.is_anonymous {
            own(file, &stat, header)?;
        }
        if stat.st_mode & 0o7777 != header.mode || header.mode & 0o6000 != 0 {
            rustix::fs::fchmod(file, Mode::from_raw_mode(header.mode)).map_err(failed)?;
        }
        for (name, value) in &header.xattrs {
            match rustix::fs::fsetxattr(file, &name[..], value, rustix::fs::XattrFlags::empty()) {
                Ok(()) => {}
                // The filesystem or the namespace does not support the attribute: Docker continues as well.
                Err(Errno::NOTSUP | Errno::PERM) => {}
                Err(cause) => return Err(failed(cause)),
            }
        }
        rustix::fs::futimens(file, &times_of(header)).map_err(failed)
    }

    fn own_at(&self, NewEntry { parent, name, header }: NewEntry) -> Result<(), Errno> {
        if self.is_anonymous {
            return Ok(());
        }
        if owner_record::is_used() {
            return recorded_owners::write_of_name(parent, name, Record::owned(header.uid, header.gid));
        }
        let (uid, gid) = (Uid::from_raw(header.uid), Gid::from_raw(header.gid));
        rustix::fs::chownat(parent, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
    }
}

fn own(file: BorrowedFd, stat: &Stat, header: &Header) -> Result<(), Failure> {
    if owner_record::is_used() {
        let record = Record::owned(header.uid, header.gid);
        // A file is new; a directory may have had another owner.
        let may_have_record = record != Record::ROOT || header.kind == EntryKind::Directory;
        let written = if may_have_record { owner_record::write(file, record) } else { Ok(()) };
        return written.map_err(|cause| unwritable(&header.path, cause));
    }
    if (stat.st_uid, stat.st_gid) == (header.uid, header.gid) {
        return Ok(());
    }
    rustix::fs::fchown(file, Some(Uid::from_raw(header.uid)), Some(Gid::from_raw(header.gid)))
        .map_err(|cause| own_failed(header, cause))
}

/// An empty file that is recorded as a device.
fn make_placeholder(NewEntry { parent, name, header }: NewEntry) -> Result<(), Failure> {
    let failed = |cause: Errno| unwritable(&header.path, cause);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(parent, name, flags, Mode::from_raw_mode(header.mode)).map_err(failed)?;
    let (major, minor) = header.device;
    let device = Some(Device { is_block: header.kind == EntryKind::BlockDevice, major, minor });
    let record = Record { uid: header.uid, gid: header.gid, device };
    owner_record::write(file.as_fd(), record).map_err(failed)?;
    rustix::fs::futimens(&file, &times_of(header)).map_err(failed)
}

fn make_node(NewEntry { parent, name, header }: NewEntry, kind: FileType) -> Result<(), Errno> {
    let device = rustix::fs::makedev(header.device.0, header.device.1);
    rustix::fs::mknodat(parent, name, kind, Mode::from_raw_mode(header.mode), device)
}

fn times_of(header: &Header) -> Timestamps {
    let time = Timespec { tv_sec: header.mtime, tv_nsec: header.mtime_ns.into() };
    Timestamps { last_access: time, last_modification: time }
}

fn copy_bytes(data: &mut dyn FileData, (file, size): (&mut File, u64), buffer: &mut [u8]) -> io::Result<()> {
    let mut left = size;
    while left > 0 {
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        data.read_exact(&mut buffer[..length])?;
        file.write_all(&buffer[..length])?;
        left -= length as u64;
    }
    Ok(())
}

fn copy_failed(header: &Header, cause: io::Error) -> Failure {
    match cause.raw_os_error() {
        Some(errno) => unwritable(&header.path, Errno::from_raw_os_error(errno)),
        None => crate::tar::reader::malformed(&format!("at \"{}\": {cause}", path::show(&header.path))),
    }
}

fn own_failed(header: &Header, cause: Errno) -> Failure {
    let (uid, gid) = (header.uid, header.gid);
    let doing = format!("change the owner of \"{}\" to {uid}:{gid}", path::show(&header.path));
    match cause {
        Errno::INVAL | Errno::PERM => {
            Failure::kernel("TREE_OWNER", &doing, cause).with_hint("Grant this user more IDs in /etc/subuid and /etc/subgid")
        }
        cause => Failure::kernel("TREE_WRITE", &doing, cause),
    }
}

pub fn unwritable(path: &[u8], cause: Errno) -> Failure {
    Failure::kernel("TREE_WRITE", &format!("write \"{}\"", path::show(path)), cause)
}
