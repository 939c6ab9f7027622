//! Layers stacked by overlayfs. Directories are named by descriptor, relative to /proc/self/fd: with four bytes per layer,
//! the kernel's limit of 500 layers is reached before the page limit of the options, paths need no quoting, and none
//! appears in the mount table of the command.
use super::filesystem::{self, CODE, Scratch};
use crate::namespaces::user_namespace::UserNamespace;
use foundation::failure::Failure;
use foundation::idmap;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::fstatfs;
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};
use std::path::{Path, PathBuf};

/// The kernel's OVL_MAX_STACK.
const MAX_LOWERS: usize = 500;
const OVERLAYFS_MAGIC: rustix::fs::FsWord = 0x794c_7630;

/// Opened while the host is still visible.
pub struct Layers {
    lowers: Vec<OwnedFd>,
    upper: Option<(OwnedFd, OwnedFd)>,
    /// Where it is mounted temporarily: a directory that certainly exists.
    place: PathBuf,
    volatile: bool,
    /// ID-mapped mounts that contain the directories. The kernel stacks only attached mounts.
    mapped: Vec<OwnedFd>,
}

impl Layers {
    pub fn open(
        lowers: &[PathBuf],
        (upper, work, volatile): (Option<&Path>, Option<&Path>, bool),
        users: Option<&UserNamespace>,
    ) -> Result<Self, Failure> {
        let place = upper.or(lowers.first().map(PathBuf::as_path));
        let place = place.ok_or_else(|| Failure::new(CODE, "Cannot mount layers: no layers"))?.to_owned();
        if lowers.len() > MAX_LOWERS {
            let found = format!(
                "Cannot mount layers: there are {} (expected at most {MAX_LOWERS}, the limit of the kernel)",
                lowers.len()
            );
            return Err(Failure::new(CODE, found));
        }
        let mut mapped = Vec::new();
        let mut open = |path: &Path| open_mapped(path, users, &mut mapped);
        let lowers = lowers.iter().map(|path| open(path)).collect::<Result<_, _>>()?;
        let upper = match (upper, work) {
            (Some(upper), Some(work)) => {
                // The kernel requires both in one mount.
                let shared = upper.ancestors().find(|above| work.starts_with(above)).unwrap_or(Path::new("/"));
                let within = open(shared)?;
                Some((open_beneath(&within, shared, upper)?, open_beneath(&within, shared, work)?))
            }
            (None, None) => None,
            _ => return Err(Failure::new(CODE, "Cannot mount layers: an upper directory needs a work directory")),
        };
        Ok(Layers { lowers, upper, place, volatile, mapped })
    }

    /// Mounts them over their first directory and returns the mount. Devices are disabled unless requested.
    pub fn mount(&self, devices: bool) -> Result<OwnedFd, Failure> {
        if self.mapped.is_empty() {
            return self.mount_all(devices);
        }
        let scratch = Scratch::attach(filesystem::PLAIN)?;
        for (number, mapped) in self.mapped.iter().enumerate() {
            attach_below(&scratch, &number.to_string(), mapped)?;
        }
        let mount = self.mount_all(devices);
        scratch.detach()?;
        mount
    }

    fn mount_all(&self, devices: bool) -> Result<OwnedFd, Failure> {
        if let ([only], None) = (&self.lowers[..], &self.upper) {
            return self.mount_single(only, devices);
        }
        let failed = |errno| self.cannot_mount(errno);
        // Without layers, the upper directory is mounted over an empty one.
        let empty = if self.lowers.is_empty() { Some(Scratch::attach(filesystem::PLAIN)?) } else { None };
        let options = self.options(empty.as_ref());
        rustix::process::chdir("/proc/self/fd").map_err(failed)?;
        let flags = if devices { MountFlags::empty() } else { MountFlags::NODEV };
        mount("overlay", &self.place, "overlay", flags, Some(options.as_c_str())).map_err(failed)?;
        empty.map_or(Ok(()), Scratch::detach)?;
        filesystem::open_mount(&self.place)
    }

    fn cannot_mount(&self, errno: Errno) -> Failure {
        let count = self.lowers.len();
        let doing = format!("mount {count} layer{} as an overlay", if count == 1 { "" } else { "s" });
        let is_on_overlay = |(upper, _): &(OwnedFd, OwnedFd)| fstatfs(upper).is_ok_and(|found| found.f_type == OVERLAYFS_MAGIC);
        if self.upper.as_ref().is_some_and(is_on_overlay) {
            return Failure::new(
                CODE,
                format!("Cannot {doing}: the store itself is on an overlay, as in a container (expected another filesystem)"),
            )
            .with_hint("Mount a volume or a tmpfs in the container: -v tsbuild:/var/lib/tsbuild, or elsewhere with --root");
        }
        Failure::kernel(CODE, &doing, errno)
            .with_hint("Use Linux 5.11 or newer for overlays of non-root users; see: tsbuild doctor")
    }

    /// An overlay requires two directories; a single one is mounted directly, read-only.
    fn mount_single(&self, only: &OwnedFd, devices: bool) -> Result<OwnedFd, Failure> {
        use rustix::mount::MountAttrFlags as Attr;
        let named = self.place.display().to_string();
        let mount =
            filesystem::clone(only, false).map_err(|errno| Failure::kernel(CODE, &format!("mount \"{named}\""), errno))?;
        let nodev = if devices { Attr::empty() } else { Attr::MOUNT_ATTR_NODEV };
        filesystem::restrict(&mount, Attr::MOUNT_ATTR_RDONLY | nodev, &named)?;
        filesystem::attach(&mount, filesystem::open_mount(&self.place)?.as_fd(), &named)?;
        Ok(mount)
    }

    fn options(&self, empty: Option<&Scratch>) -> std::ffi::CString {
        let numbers: Vec<String> = self
            .lowers
            .iter()
            .map(AsFd::as_fd)
            .chain(empty.map(Scratch::directory))
            .map(|fd| fd.as_raw_fd().to_string())
            .collect();
        let mut options = format!("lowerdir={}", numbers.join(":"));
        if let Some((upper, work)) = &self.upper {
            options += &format!(",upperdir={},workdir={}", upper.as_raw_fd(), work.as_raw_fd());
            options += if self.volatile { ",volatile" } else { "" };
        }
        // SECURITY: layers are untrusted: attributes in them must not redirect lookups to other directories.
        options += if idmap::in_user_namespace() { ",userxattr" } else { ",redirect_dir=nofollow,metacopy=off,index=off" };
        std::ffi::CString::new(options).expect("the options are made of digits and words")
    }
}

fn open_mapped(path: &Path, users: Option<&UserNamespace>, mapped: &mut Vec<OwnedFd>) -> Result<OwnedFd, Failure> {
    let source = filesystem::open_source(path)?;
    let Some(users) = users else { return Ok(source) };
    let named = path.display().to_string();
    let failed = |cause: std::io::Error| Failure::kernel(CODE, &format!("mount \"{named}\""), cause);
    let mount = filesystem::clone(&source, false).map_err(|errno| failed(errno.into()))?;
    users.map_ids(&mount, &named)?;
    mapped.push(mount.try_clone().map_err(failed)?);
    Ok(mount)
}

fn open_beneath(within: &OwnedFd, above: &Path, path: &Path) -> Result<OwnedFd, Failure> {
    let relative = path.strip_prefix(above).ok().filter(|relative| !relative.as_os_str().is_empty());
    openat(within, relative.unwrap_or(Path::new(".")), OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| Failure::kernel(CODE, &format!("open \"{}\"", path.display()), errno))
}

fn attach_below(scratch: &Scratch, name: &str, mount: &OwnedFd) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, "mount a layer", errno);
    mkdirat(scratch.directory(), name, Mode::from_raw_mode(0o700)).map_err(failed)?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let place = openat(scratch.directory(), name, flags, Mode::empty()).map_err(failed)?;
    filesystem::attach(mount, place.as_fd(), name)
}
