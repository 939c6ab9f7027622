//! Applies entries of a layer archive to an overlay tree. The archive is hostile: nothing is written outside the tree.
use super::tree_writer::{TreeWriter, unwritable};
use crate::layers::whiteout;
use crate::tar::reader::malformed;
use crate::tree::entry::{EntryKind, Header};
use crate::tree::file_tree::{FileData, FileTree, LinkTree, is_portable_xattr};
use crate::tree::follow;
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::tree::range_reader::RangeReader;
use foundation::failure::Failure;
use std::collections::HashSet;

pub struct LayerApplier<'a> {
    writer: TreeWriter,
    base: &'a dyn FileTree,
    /// Directories of this tree, by real path.
    directories: HashSet<Vec<u8>>,
    /// Opaque directories.
    opaque: HashSet<Vec<u8>>,
    /// Names of whiteouts are literal file names.
    pub has_literal_names: bool,
}

impl<'a> LayerApplier<'a> {
    pub fn new(writer: TreeWriter, base: &'a dyn FileTree) -> LayerApplier<'a> {
        LayerApplier { writer, base, directories: HashSet::from([Vec::new()]), opaque: HashSet::new(), has_literal_names: false }
    }

    pub fn apply(&mut self, mut header: Header, data: &mut dyn FileData) -> Result<(), Failure> {
        header.path = inside(&header.path, "entry")?;
        if header.path.is_empty() {
            return self.apply_root(&header);
        }
        if self.has_literal_names {
            return self.place(header, data);
        }
        if whiteout::is_dangerous(&header.path) {
            return Err(malformed(&format!("whiteout \"{}\" names no file", path::show(&header.path))));
        }
        match whiteout::of_name(&header.path) {
            whiteout::Name::Opaque(directory) => self.hide_lower(directory),
            whiteout::Name::Deletes(deleted) => self.delete(&deleted),
            whiteout::Name::Plain => self.place(header, data),
        }
    }

    pub fn finish(self) -> Result<(), Failure> {
        self.writer.finish()
    }

    /// Overlayfs shows the root of its top layer: without an entry it gets the metadata of the base's root.
    pub fn inherit_root(&mut self) -> Result<(), Failure> {
        let meta = self.base.lookup(b"")?.unwrap_or_else(|| Meta::planned(Kind::Directory, 0o755, 0));
        let mut header = Header::from_meta(Vec::new(), EntryKind::Directory, &meta);
        header.mtime_ns = meta.mtime_ns;
        self.writer.describe_root(&header)
    }

    fn apply_root(&mut self, header: &Header) -> Result<(), Failure> {
        if header.kind != EntryKind::Directory {
            return Err(malformed("its root is not a directory"));
        }
        self.writer.describe_root(header)
    }

    fn place(&mut self, mut header: Header, data: &mut dyn FileData) -> Result<(), Failure> {
        let (parent, name) = path::split(&header.path);
        header.path = path::join(&self.enter(parent)?, name);
        // SECURITY: overlayfs interprets its own attributes, which must not come from an archive.
        header.xattrs.retain(|(name, _)| is_portable_xattr(name));
        if header.kind == EntryKind::HardLink {
            header.link = self.hard_link_target(&header)?;
        }
        let existing = self.own(&header.path)?;
        let is_directory = header.kind == EntryKind::Directory;
        let merges = is_directory && existing.is_some_and(|meta| meta.is_directory());
        if existing.is_some() && !merges {
            self.forget(&header.path)?;
        }
        self.writer.make(&header, data)?;
        if is_directory {
            self.directories.insert(header.path.clone());
            // The replaced entry had hidden the lower directory of this name.
            if existing.is_some() && !merges {
                self.set_opaque(&header.path)?;
            }
        }
        Ok(())
    }

    fn delete(&mut self, wanted: &[u8]) -> Result<(), Failure> {
        let (parent, name) = path::split(wanted);
        let real = path::join(&self.enter(parent)?, name);
        // SPEC: image-spec layer.md#whiteouts: they hide lower layers only, never entries of the same layer.
        match self.own(&real)? {
            None => self.writer.make_whiteout(&real),
            Some(meta) if meta.is_directory() => self.set_opaque(&real),
            Some(_) => Ok(()),
        }
    }

    fn hide_lower(&mut self, directory: &[u8]) -> Result<(), Failure> {
        let real = self.enter(directory)?;
        if real.is_empty() && self.base.list(b"")?.is_empty() {
            return Ok(());
        }
        self.set_opaque(&real)
    }

    fn set_opaque(&mut self, path: &[u8]) -> Result<(), Failure> {
        self.opaque.insert(path.to_vec());
        self.writer.set_opaque(path)
    }

    /// The real path of a directory; it and its parents are created as in the base, or with default metadata.
    fn enter(&mut self, directory: &[u8]) -> Result<Vec<u8>, Failure> {
        if self.directories.contains(directory) {
            return Ok(directory.to_vec());
        }
        let real = follow::resolve(self, directory, true)?;
        for step in path::ancestors(&[&real[..], b"/"].concat()) {
            if self.directories.contains(step) {
                continue;
            }
            match self.own(step)? {
                Some(meta) if meta.is_directory() => {}
                // Docker replaces a non-directory that is in the way of an entry.
                Some(_) => {
                    self.forget(step)?;
                    self.make_parent(step, None)?;
                    self.set_opaque(step)?;
                }
                None => {
                    let lower = if self.base_shows(step) { self.base.lookup(step)? } else { None };
                    self.make_parent(step, lower.filter(Meta::is_directory))?;
                }
            }
            self.directories.insert(step.to_vec());
        }
        Ok(real)
    }

    fn make_parent(&mut self, path: &[u8], lower: Option<Meta>) -> Result<(), Failure> {
        let meta = lower.unwrap_or_else(|| Meta::planned(Kind::Directory, 0o755, 0));
        let mut header = Header::from_meta(path.to_vec(), EntryKind::Directory, &meta);
        header.mtime_ns = meta.mtime_ns;
        if lower.is_some() {
            header.xattrs = self.base.xattrs(path, None)?;
        }
        self.writer.make(&header, &mut std::io::empty())
    }

    /// The real path of a hard link's target, which is copied up from the base if this tree does not contain it.
    fn hard_link_target(&mut self, header: &Header) -> Result<Vec<u8>, Failure> {
        let wanted = inside(&header.link, "hard link")?;
        let (parent, name) = path::split(&wanted);
        let target = path::join(&follow::resolve(self, parent, true)?, name);
        let missing =
            || malformed(&format!("hard link \"{}\" has no target \"{}\"", path::show(&header.path), path::show(&wanted)));
        if target == header.path {
            return Err(missing());
        }
        match self.own(&target)? {
            Some(meta) if meta.is_directory() || meta.is_whiteout() => Err(missing()),
            Some(_) => Ok(target),
            None => {
                let lower = if self.base_shows(&target) { self.base.lookup(&target)? } else { None };
                let Some(meta) = lower.filter(|meta| meta.kind == Kind::File) else { return Err(missing()) };
                self.bring_up(&target, &meta)?;
                Ok(target)
            }
        }
    }

    fn bring_up(&mut self, path: &[u8], meta: &Meta) -> Result<(), Failure> {
        self.enter(path::split(path).0)?;
        let content = self.base.open(path)?;
        let mut copy = Header::from_meta(path.to_vec(), EntryKind::File, meta);
        copy.mtime_ns = meta.mtime_ns;
        copy.xattrs = self.base.xattrs(path, Some(&content))?;
        self.writer.make(&copy, &mut RangeReader::new(content))
    }

    /// What this tree itself contains at a path.
    fn own(&self, path: &[u8]) -> Result<Option<Meta>, Failure> {
        self.writer.beneath().stat(path).map_err(|cause| unwritable(path, cause))
    }

    fn forget(&mut self, path: &[u8]) -> Result<(), Failure> {
        let is_gone = |other: &Vec<u8>| &other[..] == path || path::is_below(other, path);
        self.directories.retain(|other| !is_gone(other));
        self.opaque.retain(|other| !is_gone(other));
        self.writer.remove(path)
    }

    /// Whether this tree does not hide the base's path. The tree has nothing at the path.
    fn base_shows(&self, path: &[u8]) -> bool {
        !self.opaque.contains(&b""[..])
            && path::ancestors(path).all(|ancestor| {
                !self.opaque.contains(ancestor) && (self.directories.contains(ancestor) || matches!(self.own(ancestor), Ok(None)))
            })
    }
}

/// The tree as written so far, over its base.
impl LinkTree for LayerApplier<'_> {
    fn lookup(&self, path: &[u8]) -> Result<Option<Meta>, Failure> {
        match self.own(path)? {
            Some(meta) if meta.is_whiteout() => Ok(None),
            Some(meta) => Ok(Some(meta)),
            None if self.base_shows(path) => self.base.lookup(path),
            None => Ok(None),
        }
    }

    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        match self.own(path)? {
            Some(_) => self.writer.beneath().read_link(path).map_err(|cause| unwritable(path, cause)),
            None => self.base.read_link(path),
        }
    }
}

/// SECURITY: a name that leaves the root is an attack, not a file to be written elsewhere. Absolute names start at the root.
fn inside(name: &[u8], what: &str) -> Result<Vec<u8>, Failure> {
    if path::escapes(name) || name.contains(&0) {
        return Err(malformed(&format!("{what} \"{}\" leads out of it", String::from_utf8_lossy(name))));
    }
    Ok(path::clean(name))
}
