//! ADD of an archive: its entries become entries of the layer. The archive is hostile.
use super::pending::Pending;
use super::placement::{self, Maker};
use crate::compression::decompress::{self, Format};
use crate::tar::reader::{TarReader, malformed};
use crate::tar::sparse::copy_with_holes;
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::{Content, FileTree, LinkTree};
use crate::tree::follow::{self, Trail};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::tree::range_reader::RangeReader;
use foundation::failure::Failure;
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, open, unlink};
use rustix::io::Errno;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const MAX_ENTRIES: u64 = 10_000_000;
/// SECURITY: entries are held in memory until all are known, and a few bytes of an archive can encode many long paths.
const MAX_HELD_BYTES: usize = 1 << 30;
/// SPEC: PATH_MAX, at which Docker also fails.
const MAX_PATH_BYTES: usize = 4095;

const OWN: Mode = Mode::from_bits_retain(0o600);

/// Temporary storage for the uncompressed bytes of archives: nameless files on the disk of the output.
pub struct Spool {
    directory: PathBuf,
}

impl Spool {
    pub fn next_to(output: &Path) -> Spool {
        Spool { directory: output.parent().unwrap_or(Path::new(".")).to_path_buf() }
    }

    pub fn nameless_file(&self) -> Result<File, Failure> {
        let opened = match open(&self.directory, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, OWN) {
            // NFS, vfat, overlays before Linux 6.1; gVisor.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOSYS) => self.unlinked_file(),
            opened => opened,
        };
        opened
            .map(File::from)
            .map_err(|cause| Failure::kernel("TREE_WRITE", &format!("write to \"{}\"", self.directory.display()), cause))
    }

    /// Only a crash between the two calls leaves it, empty. Containers that share the store can have the same PIDs.
    fn unlinked_file(&self) -> Result<OwnedFd, Errno> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = self.directory.join(format!(".tsbuild-spool-{}-{number}", std::process::id()));
            match open(&path, OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC, OWN) {
                Err(Errno::EXIST) => {}
                opened => return opened.and_then(|file| unlink(&path).map(|()| file)),
            }
        }
    }
}

/// An uncompressed archive.
pub struct Archive<'a> {
    pub content: Content,
    /// For its sparse files.
    pub spool: &'a Spool,
}

/// A file is an archive if its first header is readable; otherwise it is an ordinary file.
pub fn recognize<'a>(tree: &dyn FileTree, path: &[u8], spool: &'a Spool) -> Result<Option<Archive<'a>>, Failure> {
    let content = tree.open(path)?;
    let mut head = Vec::new();
    RangeReader::new(content.clone())
        .take(decompress::HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|cause| Failure::kernel("TREE_READ", &format!("read \"{}\"", path::show(path)), cause))?;
    let format = decompress::format_of(&head);
    let Ok(stream) = decompress::open(format, BufReader::with_capacity(1 << 16, RangeReader::new(content.clone())), None) else {
        return Ok(None);
    };
    if !TarReader::new(stream).begins_with_entry() {
        return Ok(None);
    }
    if format == Format::Plain {
        return Ok(Some(Archive { content, spool }));
    }
    let mut stream = decompress::open(format, BufReader::with_capacity(1 << 16, RangeReader::new(content)), None)?;
    let mut file = spool.nameless_file()?;
    let size = std::io::copy(&mut stream, &mut file)
        .map_err(|cause| Failure::kernel("TREE_ARCHIVE", &format!("unpack \"{}\"", path::show(path)), cause))
        .map_err(|failure| {
            failure.with_hint("Fetch the archive again, or copy it as a file with COPY: it is damaged or truncated")
        })?;
    Ok(Some(Archive { content: Content { file: Arc::new(file), offset: 0, size }, spool }))
}

pub struct Destination<'a> {
    /// Everything is created beneath it; it is the root for the archive's links.
    pub to: &'a [u8],
    /// None keeps the archive's IDs.
    pub owner: Option<(u32, u32)>,
    /// Of missing parents.
    pub maker: Maker,
}

pub fn unpack(pending: &mut Pending, archive: &Archive, destination: &Destination) -> Result<(), Failure> {
    let mut reader = TarReader::new(BufReader::with_capacity(1 << 16, RangeReader::new(archive.content.clone())));
    let mut count = 0;
    let mut unpacking = Unpacking { pending, destination, directory_times: HashMap::new() };
    while let Some(mut header) = reader.next()? {
        count += 1;
        if count > MAX_ENTRIES {
            return Err(malformed(&format!("it has more than {MAX_ENTRIES} entries")));
        }
        if let Some((uid, gid)) = destination.owner {
            (header.uid, header.gid) = (uid, gid);
        }
        let data = content_of(&header, &mut reader, archive)?;
        unpacking.place(header, data)?;
        if unpacking.pending.held_bytes() > MAX_HELD_BYTES {
            return Err(malformed(&format!("its names and attributes take more than {} MiB of memory", MAX_HELD_BYTES >> 20)));
        }
    }
    // SPEC: Docker sets them last, even on a file that replaced the directory: unpacking into a directory does not change
    // the time from the archive.
    let Unpacking { pending, directory_times, .. } = unpacking;
    for (path, mtime) in directory_times {
        if pending.lookup(&path)?.is_some_and(|meta| meta.kind != Kind::Symlink) {
            pending.touch(&path, mtime)?;
        }
    }
    Ok(())
}

/// The bytes of the reader's current entry: their range in the archive or, if sparse, a separate file with holes.
pub fn content_of<R: Read>(header: &Header, reader: &mut TarReader<R>, archive: &Archive) -> Result<Content, Failure> {
    if !header.is_sparse {
        return Ok(Content { offset: reader.position(), size: header.size, ..archive.content.clone() });
    }
    let mut file = archive.spool.nameless_file()?;
    copy_with_holes(reader, (&mut file, header.size), &mut vec![0; 64 << 10])
        .map_err(|cause| Failure::kernel("TREE_ARCHIVE", "unpack a sparse file", cause))?;
    Ok(Content { file: Arc::new(file), offset: 0, size: header.size })
}

struct Unpacking<'a> {
    pending: &'a mut Pending,
    destination: &'a Destination<'a>,
    directory_times: HashMap<Vec<u8>, i64>,
}

impl Unpacking<'_> {
    fn place(&mut self, mut header: Header, data: Content) -> Result<(), Failure> {
        let Unpacking { pending, destination, directory_times } = self;
        let &Destination { to, maker, .. } = *destination;
        // SECURITY: as in Docker, the destination is the root of all names, which therefore cannot lead out of it.
        let wanted = path::clean(&header.path);
        if wanted.is_empty() {
            return Ok(());
        }
        if to.len() + wanted.len() + 2 > MAX_PATH_BYTES {
            let beginning = String::from_utf8_lossy(&wanted[..wanted.len().min(60)]).into_owned();
            return Err(malformed(&format!("the path \"{beginning}…\" has more than {MAX_PATH_BYTES} bytes")));
        }
        let (parent, name) = path::split(&wanted);
        let parent = path::join(to, &real_parent(&Caged { pending, root: to }, parent, &wanted)?);
        placement::make_directories(pending, &parent, maker)?;
        pending.touch(&parent, maker.mtime)?;
        header.path = path::join(&parent, name);
        let existing = pending.lookup(&header.path)?;
        let merges = header.kind == EntryKind::Directory && existing.is_some_and(|meta| meta.is_directory());
        if existing.is_some() && !merges {
            let path = header.path.clone();
            pending.remove(&path)?;
        }
        let mut source = Source::None;
        match header.kind {
            EntryKind::Directory => drop(directory_times.insert(header.path.clone(), bounded(header.mtime))),
            EntryKind::File => source = Source::Range(data),
            EntryKind::HardLink => header.link = hard_link_target(pending, &header, to)?,
            EntryKind::Symlink => header.mode = 0o777,
            _ => {}
        }
        header.mtime = bounded(header.mtime);
        header.mtime_ns = 0;
        // SPEC: Docker unpacks no other attributes.
        header.xattrs.retain(|(name, _)| name == b"security.capability");
        if header.kind == EntryKind::HardLink {
            pending.share_metadata(&mut header);
        }
        match existing {
            None => pending.put_new(Entry { header, source }),
            Some(_) => pending.put(Entry { header, source }),
        }
        Ok(())
    }
}

/// SPEC: go-archive creates missing directories, but not the target of a dangling link.
fn real_parent(tree: &Caged, parent: &[u8], wanted: &[u8]) -> Result<Vec<u8>, Failure> {
    let Trail { path: real, links } = follow::trail(tree, parent, true)?;
    for link in links {
        if tree.lookup(&follow::resolve(tree, &link, true)?)?.is_none() {
            let (wanted, link) = (String::from_utf8_lossy(wanted), String::from_utf8_lossy(&link));
            return Err(malformed(&format!("\"{wanted}\" is below the link \"{link}\", whose target does not exist")));
        }
    }
    Ok(real)
}

fn hard_link_target(pending: &mut Pending, header: &Header, to: &[u8]) -> Result<Vec<u8>, Failure> {
    let named = String::from_utf8_lossy(&header.link).into_owned();
    let target = follow::resolve(&Caged { pending, root: to }, &path::clean(&header.link), false)?;
    let target = path::join(to, &target);
    if let Some(first) = pending.first_name(&target) {
        return Ok(first);
    }
    match pending.base_file(&target)? {
        // The file of the base gets the metadata of the link, and therefore becomes part of this layer.
        Some(source) => {
            let Header { mode, uid, gid, mtime, .. } = *header;
            let size = pending.lookup(&target)?.map_or(0, |meta| meta.size);
            let meta = Meta { uid, gid, size, ..Meta::planned(Kind::File, mode, bounded(mtime)) };
            pending.put(Entry { header: Header::from_meta(target.clone(), EntryKind::File, &meta), source });
            Ok(target)
        }
        None => Err(malformed(&format!("hard link \"{named}\" has no target"))),
    }
}

/// SPEC: Docker replaces a time that does not fit into nanoseconds since 1970 by 1970.
fn bounded(mtime: i64) -> i64 {
    if (0..=i64::MAX / 1_000_000_000).contains(&mtime) { mtime } else { 0 }
}

/// A layer under construction, as seen from one of its directories.
struct Caged<'a> {
    pending: &'a Pending,
    root: &'a [u8],
}

impl LinkTree for Caged<'_> {
    fn lookup(&self, path: &[u8]) -> Result<Option<Meta>, Failure> {
        self.pending.lookup(&path::join(self.root, path))
    }

    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        self.pending.read_link(&path::join(self.root, path))
    }
}
