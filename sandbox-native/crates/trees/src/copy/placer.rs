//! Creates entries in a live root: a file replaces a file, directories are merged, and neither replaces the other.
use super::live_tree::LiveTree;
use crate::host::beneath::Beneath;
use crate::tar::reader::malformed;
use crate::tree::entry::{EntryKind, Header};
use crate::tree::file_tree::{FileData, LinkTree};
use crate::tree::follow;
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::unpacking::tree_writer::{TreeWriter, unwritable};
use foundation::failure::Failure;
use rustix::fs::{AtFlags, unlinkat};
use rustix::io::Errno;

const CODE: &str = "TREE_DESTINATION";

/// The owners of the copied files.
#[derive(Clone, Copy)]
pub enum Owners {
    Kept,
    Caller,
    Fixed { uid: u32, gid: u32 },
}

impl Owners {
    pub fn fixed((uid, gid): (u32, u32)) -> Self {
        Owners::Fixed { uid, gid }
    }
}

pub struct Placer<'a> {
    tree: &'a LiveTree,
    writer: TreeWriter,
    owners: Owners,
}

impl<'a> Placer<'a> {
    pub fn new(tree: &'a LiveTree, owners: Owners) -> Result<Self, Failure> {
        let root = tree.beneath().root().try_clone_to_owned();
        let root = root.map_err(|cause| Failure::kernel("TREE_WRITE", "share the root", cause))?;
        let mut writer = TreeWriter::within(Beneath::at(root));
        writer.is_anonymous = matches!(owners, Owners::Caller);
        Ok(Placer { tree, writer, owners })
    }

    pub fn is_for_caller(&self) -> bool {
        matches!(self.owners, Owners::Caller)
    }

    /// At the path in the header, which contains no links.
    pub fn put(&mut self, mut header: Header, data: &mut dyn FileData) -> Result<(), Failure> {
        if self.tree.is_hidden(&header.path) {
            return Err(Failure::new(CODE, format!("Cannot write \"{}\": owned by the kernel", path::show(&header.path))));
        }
        self.give(&mut header)?;
        let existing = self.tree.lookup(&header.path)?;
        let is_directory = header.kind == EntryKind::Directory;
        match existing {
            Some(meta) if meta.is_directory() != is_directory => return Err(conflict(&header)),
            Some(meta) if !meta.is_directory() => self.remove(&header.path)?,
            _ => {}
        }
        self.writer.make(&header, data)
    }

    /// An entry of an archive that is unpacked in `at`: links in its path are resolved within the root, missing parents are
    /// created.
    pub fn put_from_archive(&mut self, at: &[u8], (mut header, data): (Header, &mut dyn FileData)) -> Result<(), Failure> {
        let inside = |name: &[u8]| match path::escapes(name) || name.contains(&0) {
            true => Err(malformed(&format!("\"{}\" leads out of it", String::from_utf8_lossy(name)))),
            false => Ok(path::clean(name)),
        };
        let name = inside(&header.path)?;
        if name.is_empty() {
            return Ok(()); // the directory in which the archive is unpacked
        }
        if header.kind == EntryKind::HardLink {
            let link = inside(&header.link)?;
            let (parent, first) = path::split(&link);
            header.link = path::join(&follow::resolve(self.tree, &path::join(at, parent), true)?, first);
        }
        let (parent, last) = path::split(&name);
        let parent = follow::resolve(self.tree, &path::join(at, parent), true)?;
        self.make_parents(&parent)?;
        header.path = path::join(&parent, last);
        self.put(header, data)
    }

    pub fn finish(self) -> Result<(), Failure> {
        self.writer.finish()
    }

    fn make_parents(&mut self, directory: &[u8]) -> Result<(), Failure> {
        for step in path::ancestors(&[directory, b"/"].concat()) {
            if self.tree.lookup(step)?.is_none() {
                let mut header =
                    Header::from_meta(step.to_vec(), EntryKind::Directory, &Meta::planned(Kind::Directory, 0o755, 0));
                header.mtime = crate::streams::output::now_seconds();
                self.put(header, &mut std::io::empty())?;
            }
        }
        Ok(())
    }

    fn give(&self, header: &mut Header) -> Result<(), Failure> {
        match self.owners {
            Owners::Kept => {}
            Owners::Fixed { uid, gid } => (header.uid, header.gid) = (uid, gid),
            // SECURITY: setuid and capabilities of an untrusted file must not apply to its new owner.
            Owners::Caller => {
                header.mode &= 0o1777;
                header.xattrs.retain(|(name, _)| name != b"security.capability");
            }
        }
        let Some(users) = self.tree.users() else { return Ok(()) };
        let refused = || {
            let found = format!("its owner {}:{} is not in the user namespace of the container", header.uid, header.gid);
            Failure::new(CODE, format!("Cannot write \"{}\": {found}", path::show(&header.path)))
        };
        (header.uid, header.gid) = users.outside(header.uid, header.gid).ok_or_else(refused)?;
        Ok(())
    }

    /// Removes one name that is not a directory; never the content of a directory that has replaced it in the meantime.
    fn remove(&mut self, path: &[u8]) -> Result<(), Failure> {
        // A file that is a mount point in another mount namespace can be removed, which ends that mount.
        if self.tree.beneath().is_mount_point(path).map_err(|cause| unwritable(path, cause))? {
            return Err(unwritable(path, Errno::BUSY).with_hint("Something is mounted there"));
        }
        let (directory, name) = path::split(path);
        let parent = self.tree.beneath().open_dir(directory).map_err(|cause| unwritable(path, cause))?;
        unlinkat(&parent, name, AtFlags::empty()).map_err(|cause| unwritable(path, cause))
    }
}

fn conflict(header: &Header) -> Failure {
    let (old, new) = match header.kind {
        EntryKind::Directory => ("file", "directory"),
        _ => ("directory", "file"),
    };
    let message = format!("Cannot write {new} \"{}\": a {old} exists", path::show(&header.path));
    Failure::new(CODE, message).with_hint(format!("Remove the {old} first"))
}
