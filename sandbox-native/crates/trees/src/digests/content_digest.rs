//! Digests of the content and metadata of files, without times.
use super::stat_cache::StatCache;
use crate::host::host_directory::unreadable;
use crate::tree::file_tree::{Content, FileTree, Xattrs};
use crate::tree::meta::{Kind, Meta};
use foundation::failure::Failure;
use rayon::prelude::*;
use rustix::io::Errno;
use std::cell::RefCell;
use std::io;
use std::os::unix::fs::FileExt;

const BUFFER_BYTES: usize = 128 << 10;
/// Longer files are read and hashed by all CPUs.
const LONG_BYTES: u64 = 4 << 20;
const LONG_BUFFER_BYTES: usize = 8 << 20;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_BYTES]);
}

pub struct Digester<'a> {
    pub tree: &'a dyn FileTree,
    pub cache: Option<&'a StatCache>,
}

impl Digester<'_> {
    /// Digest of an entry: type, mode, IDs, device, link target, attributes and bytes.
    pub fn of_entry(&self, path: &[u8], meta: &Meta) -> Result<[u8; 32], Failure> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[meta.kind as u8]);
        let device = (u64::from(meta.device.0) << 32) | u64::from(meta.device.1);
        let mode = if meta.kind == Kind::Symlink { 0o777 } else { meta.mode };
        for number in [u64::from(mode), u64::from(meta.uid), u64::from(meta.gid), device] {
            hasher.update(&number.to_le_bytes());
        }
        match meta.kind {
            Kind::File => hasher.update(&self.of_file(path, meta)?),
            Kind::Symlink => hasher.update(&self.tree.read_link(path)?),
            Kind::Directory => hasher.update(&of_xattrs(&self.tree.xattrs(path, None)?)),
            _ => &mut hasher,
        };
        Ok(*hasher.finalize().as_bytes())
    }

    fn of_file(&self, path: &[u8], meta: &Meta) -> Result<[u8; 32], Failure> {
        if let Some(known) = self.cache.and_then(|cache| cache.find(meta)) {
            return Ok(known);
        }
        let content = self.tree.open(path)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&of_xattrs(&self.tree.xattrs(path, Some(&content))?));
        hasher.update(&content.size.to_le_bytes());
        read_into(&mut hasher, &content)
            .map_err(|cause| unreadable(path, Errno::from_raw_os_error(cause.raw_os_error().unwrap_or(libc::EIO))))?;
        let digest = *hasher.finalize().as_bytes();
        if let Some(cache) = self.cache {
            cache.keep(meta, &digest);
        }
        Ok(digest)
    }
}

fn of_xattrs(xattrs: &Xattrs) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in xattrs.iter().flat_map(|(name, value)| [name, value]) {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    *hasher.finalize().as_bytes()
}

fn read_into(hasher: &mut blake3::Hasher, content: &Content) -> io::Result<()> {
    if content.size > LONG_BYTES {
        return read_long(hasher, content);
    }
    BUFFER.with_borrow_mut(|buffer| {
        let mut done = 0;
        while done < content.size {
            let length = buffer.len().min((content.size - done) as usize);
            let got = content.file.read_at(&mut buffer[..length], content.offset + done)?;
            if got == 0 {
                break;
            }
            hasher.update(&buffer[..got]);
            done += got as u64;
        }
        Ok(())
    })
}

fn read_long(hasher: &mut blake3::Hasher, content: &Content) -> io::Result<()> {
    let mut buffer = vec![0u8; LONG_BUFFER_BYTES];
    let mut done = 0;
    while done < content.size {
        let length = buffer.len().min(usize::try_from(content.size - done).unwrap_or(usize::MAX));
        let part = length.div_ceil(rayon::current_num_threads()).max(1);
        buffer[..length].par_chunks_mut(part).enumerate().try_for_each(|(number, slice)| {
            let at = content.offset + done + (number * part) as u64;
            content.file.read_exact_at(slice, at)
        })?;
        hasher.update_rayon(&buffer[..length]);
        done += length as u64;
    }
    Ok(())
}
