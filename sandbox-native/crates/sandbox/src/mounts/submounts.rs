//! The mounts of the request. Sources are opened while the host is visible, targets later, beneath the root.
use super::filesystem::{self, CODE};
use super::mount_points::{Kind, MountPoints};
use super::overlay::Layers;
use crate::namespaces::user_namespace::UserNamespace;
use base64::Engine;
use foundation::failure::Failure;
use foundation::owner_record::{self, Record};
use foundation::sys;
use protocol::{Mount, Propagation, TmpfsFlag};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Uid, chmod, chownat, fstat, openat2};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags as Attr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Scripts mounted here may be executed.
const RUNNABLE: Attr = Attr::MOUNT_ATTR_NOSUID.union(Attr::MOUNT_ATTR_NODEV);

pub enum Source {
    Bind(OwnedFd),
    /// A mount of the source that receives mounts of the host.
    Tied(OwnedFd),
    Overlay(Layers),
    Content(Vec<u8>),
    /// Created when it is mounted.
    Fresh,
}

/// For a bind mount that receives mounts of the host: call it while the mounts of this namespace still do.
pub fn open_tied(mount: &Mount) -> Result<Option<Source>, Failure> {
    let Mount::Bind { source, target, recursive, propagation: Some(propagation), .. } = mount else { return Ok(None) };
    let tree = filesystem::clone(filesystem::open_source(source)?, *recursive).map_err(|errno| cannot(target, errno))?;
    let (kind, deep) = match propagation {
        Propagation::Shared => (libc::MS_SHARED, false),
        Propagation::RShared => (libc::MS_SHARED, true),
        // SPEC: for both slave modes, runc makes the whole tree a slave on the way out.
        Propagation::Slave | Propagation::RSlave => (libc::MS_SLAVE, true),
    };
    sys::mount_propagation(&tree, kind, deep).map_err(|errno| cannot(target, errno))?;
    Ok(Some(Source::Tied(tree)))
}

pub fn open_source(mount: &Mount, users: Option<&UserNamespace>) -> Result<Source, Failure> {
    match mount {
        Mount::Bind { source, subpath, .. } => {
            let source = filesystem::open_source(source)?;
            Ok(Source::Bind(if subpath.is_empty() { source } else { open_inside(&source, subpath)? }))
        }
        Mount::Overlay { lowers, upper, work, .. } => {
            Layers::open(lowers, (upper.as_deref(), work.as_deref(), true), users).map(Source::Overlay)
        }
        Mount::Socket { source, mode, uid, gid, .. } => {
            socket(source, *mode, outside((*uid, *gid), users, source)?).map(Source::Bind)
        }
        Mount::JoinedFiles { sources, .. } => joined(sources).map(Source::Content),
        Mount::File { .. } | Mount::Tmpfs { .. } => Ok(Source::Fresh),
    }
}

fn decode(content_base64: &str, target: &str) -> Result<Vec<u8>, Failure> {
    let content = base64::engine::general_purpose::STANDARD.decode(content_base64);
    content.map_err(|cause| Failure::new(CODE, format!("Cannot read the content of \"{target}\": {cause}")))
}

/// `devices`: mounts expose devices, because another mechanism controls which may be opened.
pub fn attach(
    (mount, source): (&Mount, &Source),
    points: &mut MountPoints,
    (users, devices): (Option<&UserNamespace>, bool),
) -> Result<(), Failure> {
    let target = mount.target();
    let (tree, kind) = match (mount, source) {
        (Mount::Bind { read_only, recursive, host_owners, .. }, Source::Bind(source)) => {
            let tree = filesystem::clone(source, *recursive).map_err(|errno| cannot(target, errno))?;
            let map = if *recursive { UserNamespace::map_all_ids } else { UserNamespace::map_ids };
            users.filter(|_| !host_owners).map_or(Ok(()), |users| map(users, &tree, target))?;
            restrict(&tree, target, &Restrictions { read_only: *read_only, recursive: *recursive, devices })?;
            (tree, kind_of(source, target)?)
        }
        (Mount::Bind { read_only, recursive, .. }, Source::Tied(tree)) => {
            restrict(tree, target, &Restrictions { read_only: *read_only, recursive: *recursive, devices })?;
            let place = place_for(tree, target, (kind_of(tree, target)?, points))?;
            return filesystem::attach(tree, place.as_fd(), target);
        }
        (Mount::Overlay { subpath, .. }, Source::Overlay(layers)) => {
            let tree = subtree(&layers.mount(devices)?, subpath)?;
            let kind = kind_of(&tree, target)?;
            (tree, kind)
        }
        (Mount::File { content_base64, mode, uid, gid, .. }, _) => {
            let content = decode(content_base64, target)?;
            (file(&content, (*mode, Some(outside((*uid, *gid), users, target)?)), target)?, Kind::File)
        }
        (Mount::Socket { .. }, Source::Bind(source)) => {
            (filesystem::clone(source, false).map_err(|errno| cannot(target, errno))?, Kind::File)
        }
        (Mount::JoinedFiles { mode, .. }, Source::Content(content)) => (file(content, (*mode, None), target)?, Kind::File),
        (Mount::Tmpfs { options, flags, .. }, _) => {
            let place = points.open(target, Kind::Scratch)?;
            let tree = tmpfs((&owned_outside(options, users, target)?, flags, devices), &place, target)?;
            return filesystem::attach(tree, place.as_fd(), target);
        }
        _ => unreachable!("the source was opened for this mount"),
    };
    let place = place_for(&tree, target, (kind, points))?;
    filesystem::attach(tree, place.as_fd(), target)
}

/// The IDs on the host.
fn outside(owner: (u32, u32), users: Option<&UserNamespace>, named: impl AsRef<Path>) -> Result<(u32, u32), Failure> {
    let Some(users) = users else { return Ok(owner) };
    users.outside(owner).ok_or_else(|| {
        let found = format!("the IDs {}:{} are not in its user namespace", owner.0, owner.1);
        Failure::new(CODE, format!("Cannot mount \"{}\": {found}", named.as_ref().display()))
    })
}

fn owned_outside(
    options: &[(String, String)],
    users: Option<&UserNamespace>,
    target: &str,
) -> Result<Vec<(String, String)>, Failure> {
    let shifted = |(name, value): &(String, String)| {
        let id = value.parse().unwrap_or(0);
        let value = match &name[..] {
            "uid" if users.is_some() => outside((id, 0), users, target)?.0.to_string(),
            "gid" if users.is_some() => outside((0, id), users, target)?.1.to_string(),
            _ => value.clone(),
        };
        Ok((name.clone(), value))
    };
    options.iter().map(shifted).collect()
}

fn place_for(tree: &OwnedFd, target: &str, (kind, points): (Kind, &mut MountPoints)) -> Result<OwnedFd, Failure> {
    if filesystem::is_proc(tree)? { points.open_in_any(target, kind) } else { points.open(target, kind) }
}

fn joined(sources: &[PathBuf]) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    for source in sources {
        let doing = format!("read \"{}\"", source.display());
        let mut file = File::open(source).map_err(|cause| Failure::kernel(CODE, &doing, cause))?;
        file.read_to_end(&mut content).map_err(|cause| Failure::kernel(CODE, &doing, cause))?;
        content.push(b'\n');
    }
    Ok(content)
}

/// With a single ID, the kernel treats every user inside as the caller, and a socket cannot have an owner record.
fn socket(path: &Path, mode: u32, (uid, gid): (u32, u32)) -> Result<OwnedFd, Failure> {
    let failed = |errno| cannot(&path.display().to_string(), errno);
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let socket = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
    if !FileType::from_raw_mode(fstat(&socket).map_err(failed)?.st_mode).is_socket() {
        return Err(failed(Errno::NOTSOCK));
    }
    if !owner_record::is_used() {
        let owner = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
        chownat(&socket, "", owner.0, owner.1, AtFlags::EMPTY_PATH).map_err(failed)?;
    }
    chmod(format!("/proc/self/fd/{}", socket.as_raw_fd()), Mode::from_raw_mode(mode)).map_err(failed)?;
    Ok(socket)
}

struct Restrictions {
    read_only: bool,
    /// Also the mounts below.
    recursive: bool,
    /// Device nodes can be opened.
    devices: bool,
}

fn restrict(tree: &OwnedFd, target: &str, wanted: &Restrictions) -> Result<(), Failure> {
    let mut attributes = if wanted.devices { Attr::empty() } else { Attr::MOUNT_ATTR_NODEV };
    if wanted.read_only {
        attributes |= Attr::MOUNT_ATTR_RDONLY;
    }
    if attributes.is_empty() {
        return Ok(());
    }
    let restrict = if wanted.recursive { filesystem::restrict_all } else { filesystem::restrict };
    restrict(tree, attributes, target)
}

fn subtree(tree: &OwnedFd, subpath: &str) -> Result<OwnedFd, Failure> {
    filesystem::clone(open_inside(tree, subpath)?, false).map_err(|errno| cannot(subpath, errno))
}

/// SECURITY: the tree is untrusted; links in the path stay within it (test/attack/stores/cache-mount-source.test.ts).
fn open_inside(tree: &OwnedFd, subpath: &str) -> Result<OwnedFd, Failure> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let inside = if subpath.trim_matches('/').is_empty() { "." } else { subpath };
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    openat2(tree, inside, flags, Mode::empty(), resolve).map_err(|errno| cannot(subpath, errno))
}

/// A file on a private tmpfs, so that it is never on a disk. Without an owner it belongs to root.
pub fn file(content: &[u8], (mode, owner): (u32, Option<(u32, u32)>), target: &str) -> Result<OwnedFd, Failure> {
    let failed = |errno| cannot(target, errno);
    let scratch = filesystem::Scratch::attach(RUNNABLE)?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
    let file = rustix::fs::openat(scratch.directory(), "file", flags, Mode::from_raw_mode(mode)).map_err(failed)?;
    let mut rest = content;
    while !rest.is_empty() {
        let written = rustix::io::write(&file, rest).map_err(failed)?;
        rest = &rest[written..];
    }
    if let Some((uid, gid)) = owner {
        let given = match owner_record::is_used() {
            true => owner_record::write(file.as_fd(), Record::owned(uid, gid)),
            false => rustix::fs::fchown(&file, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))),
        };
        given.map_err(failed)?;
    }
    rustix::fs::fchmod(&file, Mode::from_raw_mode(mode)).map_err(failed)?; // independent of the umask
    let mount = filesystem::clone(&file, false).map_err(failed)?;
    scratch.detach()?;
    Ok(mount)
}

/// Without a mode it gets that of the directory there, as in runc.
fn tmpfs(
    (options, flags, devices): (&[(String, String)], &[TmpfsFlag], bool),
    place: &OwnedFd,
    target: &str,
) -> Result<OwnedFd, Failure> {
    let inherited = fstat(place).map_err(|errno| cannot(target, errno))?.st_mode & 0o7777;
    let inherited = format!("{inherited:o}");
    let mut all: Vec<(&str, &str)> = vec![("mode", &inherited)];
    all.extend(options.iter().map(|(name, value)| (&name[..], &value[..])));
    let mut attributes = RUNNABLE;
    for flag in flags {
        match flag {
            TmpfsFlag::Ro => attributes |= Attr::MOUNT_ATTR_RDONLY,
            TmpfsFlag::NoExec => attributes |= Attr::MOUNT_ATTR_NOEXEC,
            TmpfsFlag::Suid => attributes -= Attr::MOUNT_ATTR_NOSUID,
            TmpfsFlag::Dev if devices => attributes -= Attr::MOUNT_ATTR_NODEV,
            TmpfsFlag::Dev => {}
            TmpfsFlag::Sync => all.push(("sync", "")),
            TmpfsFlag::DirSync => all.push(("dirsync", "")),
            TmpfsFlag::NoAtime => attributes |= Attr::MOUNT_ATTR_NOATIME,
            TmpfsFlag::NoDiratime => attributes |= Attr::MOUNT_ATTR_NODIRATIME,
            TmpfsFlag::StrictAtime => attributes |= Attr::MOUNT_ATTR_STRICTATIME,
        }
    }
    filesystem::create("tmpfs", &all, attributes)
}

fn kind_of(source: &OwnedFd, target: &str) -> Result<Kind, Failure> {
    let mode = fstat(source).map_err(|errno| cannot(target, errno))?.st_mode;
    Ok(if FileType::from_raw_mode(mode).is_dir() { Kind::Directory } else { Kind::File })
}

fn cannot(target: &str, errno: rustix::io::Errno) -> Failure {
    Failure::kernel(CODE, &format!("mount \"{target}\""), errno)
}
