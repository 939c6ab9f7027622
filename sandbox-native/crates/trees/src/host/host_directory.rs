//! A directory of the host as a source of files, as Docker's client sends it: all files belong to 0:0, and a socket becomes
//! an empty file.
use super::beneath::{Beneath, portable_xattrs};
use crate::matching::ignore::{IgnoreRules, Verdict};
use crate::tree::file_tree::{Content, FileTree, LinkTree, Xattrs};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use foundation::failure::Failure;
use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;

pub struct HostDirectory {
    beneath: Beneath,
    ignore: IgnoreRules,
}

impl HostDirectory {
    pub fn open(root: &Path, ignore: &[String]) -> Result<HostDirectory, Failure> {
        Ok(HostDirectory { beneath: Beneath::open(root)?, ignore: IgnoreRules::parse(ignore)? })
    }

    /// Whether the path exists but an ignore rule excludes it.
    pub fn is_ignored(&self, path: &[u8]) -> Result<bool, Failure> {
        let exists = self.beneath.stat(path).map_err(|cause| unreadable(path, cause))?.is_some();
        Ok(exists && self.lookup(path)?.is_none())
    }

    fn admits(&self, (path, meta): (&[u8], &Meta), verdict: &Verdict) -> Result<bool, Failure> {
        if !verdict.is_ignored() {
            return Ok(true);
        }
        if !meta.is_directory() || !self.ignore.may_include_below(path) {
            return Ok(false);
        }
        self.holds_admitted(path, verdict)
    }

    /// An ignored directory is included if an exception matches something in it.
    fn holds_admitted(&self, directory: &[u8], verdict: &Verdict) -> Result<bool, Failure> {
        for (name, meta) in self.beneath.list(directory).map_err(|cause| unreadable(directory, cause))? {
            let child = path::join(directory, &name);
            let below = self.ignore.judge(&child, verdict);
            if self.admits((&child, &meta), &below)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl LinkTree for HostDirectory {
    fn lookup(&self, path: &[u8]) -> Result<Option<Meta>, Failure> {
        let Some(meta) = self.beneath.stat(path).map_err(|cause| unreadable(path, cause))? else { return Ok(None) };
        if path.is_empty() || self.ignore.is_empty() || self.admits((path, &meta), &self.ignore.judge_from_root(path))? {
            return Ok(Some(as_sent(meta)));
        }
        Ok(None)
    }

    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        self.beneath.read_link(path).map_err(|cause| unreadable(path, cause))
    }
}

impl FileTree for HostDirectory {
    fn list(&self, path: &[u8]) -> Result<Vec<(Vec<u8>, Meta)>, Failure> {
        let mut entries = self.beneath.list(path).map_err(|cause| unreadable(path, cause))?;
        for (_, meta) in &mut entries {
            *meta = as_sent(*meta);
        }
        if self.ignore.is_empty() {
            return Ok(entries);
        }
        let above = self.ignore.judge_from_root(path);
        let mut admitted = Vec::with_capacity(entries.len());
        for (name, meta) in entries {
            let child = path::join(path, &name);
            if self.admits((&child, &meta), &self.ignore.judge(&child, &above))? {
                admitted.push((name, meta));
            }
        }
        Ok(admitted)
    }

    fn open(&self, path: &[u8]) -> Result<Content, Failure> {
        match self.beneath.open_file(path) {
            Err(Errno::NXIO) => empty_content(path),
            opened => regular(opened, path),
        }
    }

    fn xattrs(&self, path: &[u8], opened: Option<&Content>) -> Result<Xattrs, Failure> {
        read_xattrs(&self.beneath, path, opened)
    }
}

/// For a socket, which cannot be opened.
fn empty_content(path: &[u8]) -> Result<Content, Failure> {
    let file = rustix::fs::memfd_create(c"socket", MemfdFlags::CLOEXEC).map_err(|cause| unreadable(path, cause))?;
    Ok(Content { file: Arc::new(file.into()), offset: 0, size: 0 })
}

pub fn open_regular(beneath: &Beneath, path: &[u8]) -> Result<Content, Failure> {
    regular(beneath.open_file(path), path)
}

fn regular(opened: rustix::io::Result<File>, path: &[u8]) -> Result<Content, Failure> {
    let file = opened.map_err(|cause| unreadable(path, cause))?;
    let stat = rustix::fs::fstat(&file).map_err(|cause| unreadable(path, cause))?;
    if stat.st_mode & libc::S_IFMT != libc::S_IFREG {
        return Err(Failure::new("TREE_CHANGED", format!("Cannot read \"{}\": no longer a file", path::show(path))));
    }
    Ok(Content { file: Arc::new(file), offset: 0, size: stat.st_size as u64 })
}

pub fn read_xattrs(beneath: &Beneath, path: &[u8], opened: Option<&Content>) -> Result<Xattrs, Failure> {
    let found = match opened {
        Some(content) => portable_xattrs(content.file.as_fd()),
        None => beneath.open_file(path).and_then(|file| portable_xattrs(file.as_fd())),
    };
    found.map_err(|cause| unreadable(path, cause))
}

pub fn unreadable(path: &[u8], cause: Errno) -> Failure {
    Failure::kernel("TREE_READ", &format!("read \"{}\"", path::show(path)), cause)
}

fn as_sent(meta: Meta) -> Meta {
    let kind = if meta.kind == Kind::Socket { Kind::File } else { meta.kind };
    Meta { kind, uid: 0, gid: 0, ..meta }
}
