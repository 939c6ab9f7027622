//! Files that a command finds in its root in addition to the layers: /dev, system files of /proc, the resolver's files and
//! the mounts of the request. Each is placed before the command and removed after it.
use super::placement::{Content, Placement};
use base64::Engine;
use foundation::failure::Failure;
use protocol::{Mount, RunRequest};
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, FileType, Gid, Mode, OFlags, Uid, chmod, chown, makedev, mknodat, open};
use rustix::io::Errno;
use sandbox::mount_points::{self, Kind, MountPoints};
use sandbox::{host_gateway, resolver_files};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

const CODE: &str = "SANDBOX_MOUNT";

const DEVICES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

/// Copied as they are when the step starts. Excludes files about processes: copies would be wrong.
const PROC_FILES: [&str; 13] = [
    "cpuinfo", "filesystems", "loadavg", "meminfo", "stat", "uptime", "version", "sys/kernel/cap_last_cap",
    "sys/kernel/osrelease", "sys/kernel/ostype", "sys/kernel/pid_max", "sys/kernel/version", "sys/vm/overcommit_memory",
];

pub struct StepFiles {
    root: OwnedFd,
    stash: PathBuf,
    points: Option<MountPoints>,
    placed: Vec<Placement>,
    /// With the target of each: a directory can be moved to one target only.
    sources: HashMap<PathBuf, String>,
    count: usize,
    /// The pipes of stdout and stderr.
    pub streams: Vec<NamedStream>,
}

/// /dev/stdout or /dev/stderr, if no /proc shows the streams of a process.
pub struct NamedStream {
    read: OwnedFd,
    /// While it is open, the reader gets no end of file.
    write: OwnedFd,
}

impl NamedStream {
    fn make(path: &Path) -> Result<NamedStream, Errno> {
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0)?;
        chmod(path, Mode::from_raw_mode(0o666))?;
        let open = |way| open(path, way | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty());
        Ok(NamedStream { read: open(OFlags::RDONLY)?, write: open(OFlags::WRONLY)? })
    }

    pub fn into_ends(self) -> (OwnedFd, OwnedFd) {
        (self.read, self.write)
    }
}

impl StepFiles {
    pub fn beneath(tree: &Path, stash: &Path) -> Result<StepFiles, Failure> {
        let open_root = || {
            open(tree, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
                .map_err(|errno| Failure::kernel(CODE, &format!("open \"{}\"", tree.display()), errno))
        };
        let points = Some(MountPoints::beneath(open_root()?));
        Ok(StepFiles {
            root: open_root()?,
            stash: stash.to_owned(),
            points,
            placed: Vec::new(),
            sources: HashMap::new(),
            count: 0,
            streams: Vec::new(),
        })
    }

    pub fn place_all(&mut self, request: &RunRequest) -> Result<(), Failure> {
        let made =
            |what: &'static str| move |cause: std::io::Error| Failure::kernel(CODE, &format!("create {what} of the step"), cause);
        rustix::process::umask(Mode::from_raw_mode(0o022));
        let devices = self.fresh();
        make_devices(&devices).map_err(made("/dev"))?;
        self.streams = [NamedStream::make(&devices.join("stdout")), NamedStream::make(&devices.join("stderr"))]
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|errno: Errno| made("/dev")(errno.into()))?;
        self.put(("/dev", Kind::Directory), (&devices, false))?;
        let proc = self.fresh();
        copy_proc_files(&proc).map_err(made("/proc"))?;
        self.put(("/proc", Kind::Directory), (&proc, false))?;
        let system = self.fresh();
        fs::create_dir(&system).map_err(made("/sys"))?;
        self.put(("/sys", Kind::Directory), (&system, false))?;
        let gateway = host_gateway::address(request.network, None, request.host_gateway.as_deref());
        let hosts = resolver_files::hosts_of_step(request, gateway.as_deref());
        let resolvers = resolver_files::resolv_conf(&resolver_files::of_host(), request.network, None);
        let resolvers = request.resolv_conf.clone().unwrap_or(resolver_files::changed(&resolvers, &request.resolver));
        self.put_file("/etc/hosts", (hosts.as_bytes(), Rights::of_root(0o644)))?;
        self.put_file("/etc/resolv.conf", (resolvers.as_bytes(), Rights::of_root(0o644)))?;
        request.mounts.iter().try_for_each(|mount| self.put_mount(mount))
    }

    /// In reverse order; a failure does not stop the rest.
    pub fn remove(mut self) -> Result<(), Failure> {
        let removed: Vec<_> = self.placed.iter().rev().map(Placement::remove).collect();
        let made = self.points.take().map(MountPoints::into_created).unwrap_or_default();
        let emptied = mount_points::remove(rustix::fd::AsFd::as_fd(&self.root), &made, &[]);
        let points: Vec<_> = self.placed.iter().rev().map(Placement::remove_point).collect();
        removed.into_iter().chain(points).collect::<Result<Vec<_>, _>>().and(emptied)
    }

    fn put_mount(&mut self, mount: &Mount) -> Result<(), Failure> {
        let target = mount.target();
        let failed = |cause: std::io::Error| Failure::kernel(CODE, &format!("mount \"{target}\""), cause);
        match mount {
            Mount::Bind { read_only: true, .. } => {
                Err(Failure::new(CODE, format!("Cannot mount \"{target}\" read-only: a plain directory in a chroot")))
            }
            Mount::Bind { subpath, .. } if !subpath.is_empty() => {
                let message = format!("Cannot mount \"{target}\": a part of a cache cannot be mounted in a plain chroot");
                Err(Failure::new(CODE, message).with_hint("Omit source=, or allow mounts (docs/rootless.md)"))
            }
            Mount::Bind { source, .. } => self.put_bind(target, source),
            Mount::File { content_base64, mode, uid, gid, .. } => {
                let content = base64::engine::general_purpose::STANDARD.decode(content_base64);
                let content =
                    content.map_err(|cause| Failure::new(CODE, format!("Cannot read the content of \"{target}\": {cause}")))?;
                self.put_file(target, (&content, Rights { mode: *mode, uid: *uid, gid: *gid }))
            }
            Mount::JoinedFiles { sources, mode, .. } => {
                let mut content = Vec::new();
                for source in sources {
                    content.extend(fs::read(source).map_err(failed)?);
                    content.push(b'\n');
                }
                self.put_file(target, (&content, Rights::of_root(*mode)))
            }
            Mount::Socket { source, mode, uid, gid, .. } => {
                set_rights(source, Rights { mode: *mode, uid: *uid, gid: *gid }).map_err(|errno| failed(errno.into()))?;
                self.put((target, Kind::File), (source, false))
            }
            Mount::Tmpfs { options, .. } => self.put_scratch(target, options),
            Mount::Overlay { .. } => {
                Err(Failure::new(CODE, format!("Cannot mount \"{target}\": overlays cannot be mounted here")))
            }
        }
    }

    fn put_bind(&mut self, target: &str, source: &PathBuf) -> Result<(), Failure> {
        if let Some(other) = self.sources.insert(source.clone(), target.to_owned()) {
            let message = format!(
                "Cannot mount \"{target}\": in a plain chroot its directory can be in one place only, and it is at \"{other}\""
            );
            return Err(Failure::new(CODE, message));
        }
        let found = fs::symlink_metadata(source);
        let is_directory = found.map_err(|cause| Failure::kernel(CODE, &format!("mount \"{target}\""), cause))?.is_dir();
        self.put((target, if is_directory { Kind::Directory } else { Kind::File }), (source, true))
    }

    /// A directory that is removed afterwards, with the mode of a tmpfs.
    fn put_scratch(&mut self, target: &str, options: &[(String, String)]) -> Result<(), Failure> {
        let failed = |errno: Errno| Failure::kernel(CODE, &format!("mount \"{target}\""), errno);
        if let Some((name, _)) = options.first() {
            let message = format!("Cannot mount \"{target}\" with the option {name}: a tmpfs is a plain directory in a chroot");
            return Err(Failure::new(CODE, message).with_hint("Omit the option, or allow mounts (docs/rootless.md)"));
        }
        let place = self.points().open(target, Kind::Scratch)?;
        let mode = rustix::fs::fstat(&place).map_err(failed)?.st_mode & 0o7777;
        let scratch = self.fresh();
        rustix::fs::mkdir(&scratch, Mode::RWXU).map_err(failed)?;
        chmod(&scratch, Mode::from_raw_mode(mode)).map_err(failed)?;
        self.put((target, Kind::Scratch), (&scratch, false))
    }

    fn put_file(&mut self, target: &str, (content, rights): (&[u8], Rights)) -> Result<(), Failure> {
        let file = self.fresh();
        let failed = |cause: std::io::Error| Failure::kernel(CODE, &format!("mount \"{target}\""), cause);
        // SECURITY: a secret is never readable by other users of the job's container.
        let made = open(&file, OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR);
        std::io::Write::write_all(&mut fs::File::from(made.map_err(|errno| failed(errno.into()))?), content).map_err(failed)?;
        set_rights(&file, rights).map_err(|errno| failed(errno.into()))?;
        self.put((target, Kind::File), (&file, false))
    }

    fn put(&mut self, at: (&str, Kind), (source, returns): (&Path, bool)) -> Result<(), Failure> {
        let stashed = self.fresh();
        let placement = Placement::put(self.points(), at, Content { source, returns, stashed })?;
        self.placed.push(placement);
        Ok(())
    }

    fn points(&mut self) -> &mut MountPoints {
        self.points.as_mut().expect("they are taken when everything is removed")
    }

    fn fresh(&mut self) -> PathBuf {
        self.count += 1;
        self.stash.join(self.count.to_string())
    }
}

pub fn make_devices(directory: &Path) -> std::io::Result<()> {
    fs::create_dir(directory)?;
    chmod(directory, Mode::from_raw_mode(0o755))?;
    for (name, major, minor) in DEVICES {
        mknodat(CWD, directory.join(name), FileType::CharacterDevice, Mode::RUSR, makedev(major, minor))?;
        chmod(directory.join(name), Mode::from_raw_mode(0o666))?;
    }
    for (name, mode) in [("shm", 0o1777), ("mqueue", 0o1777), ("pts", 0o755)] {
        fs::create_dir(directory.join(name))?;
        chmod(directory.join(name), Mode::from_raw_mode(mode))?;
    }
    Ok(())
}

/// Files that do not exist on this machine are omitted.
fn copy_proc_files(directory: &Path) -> std::io::Result<()> {
    fs::create_dir(directory)?;
    for name in PROC_FILES {
        let Ok(content) = fs::read(Path::new("/proc").join(name)) else { continue };
        let copy = directory.join(name);
        fs::create_dir_all(copy.parent().unwrap_or(directory))?;
        fs::write(copy, content)?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Rights {
    mode: u32,
    uid: u32,
    gid: u32,
}

impl Rights {
    fn of_root(mode: u32) -> Rights {
        Rights { mode, uid: 0, gid: 0 }
    }
}

fn set_rights(path: &Path, Rights { mode, uid, gid }: Rights) -> Result<(), Errno> {
    chown(path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
    chmod(path, Mode::from_raw_mode(mode))
}
