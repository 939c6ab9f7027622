//! Metadata of a file.
use rustix::fs::Stat;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    Symlink,
    Fifo,
    Socket,
    CharDevice,
    BlockDevice,
}

#[derive(Clone, Copy, Debug)]
pub struct Meta {
    pub kind: Kind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    /// Seconds since the epoch.
    pub mtime: i64,
    pub mtime_ns: u32,
    /// Major and minor number of a device.
    pub device: (u32, u32),
    /// Equal for two names of the same file; meaningful if `is_linked`.
    pub identity: (u64, u64),
    /// More than one name may exist.
    pub is_linked: bool,
    /// Nanoseconds since the epoch; 0 if unknown.
    pub ctime_ns: i64,
}

impl Meta {
    pub fn from_stat(stat: &Stat) -> Meta {
        let format = stat.st_mode & libc::S_IFMT;
        Meta {
            kind: kind_of(format),
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: if format == libc::S_IFREG { stat.st_size as u64 } else { 0 },
            mtime: stat.st_mtime,
            mtime_ns: stat.st_mtime_nsec as u32,
            device: (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev)),
            identity: (stat.st_dev, stat.st_ino),
            is_linked: stat.st_nlink > 1 && format != libc::S_IFDIR,
            ctime_ns: stat.st_ctime.saturating_mul(1_000_000_000).saturating_add(stat.st_ctime_nsec as i64),
        }
    }

    /// Metadata of a file that does not exist yet.
    pub fn planned(kind: Kind, mode: u32, mtime: i64) -> Meta {
        Meta {
            kind,
            mode,
            uid: 0,
            gid: 0,
            size: 0,
            mtime,
            mtime_ns: 0,
            device: (0, 0),
            identity: (0, 0),
            is_linked: false,
            ctime_ns: 0,
        }
    }

    pub fn is_directory(&self) -> bool {
        self.kind == Kind::Directory
    }

    /// How overlay trees delete a name of a lower layer.
    pub fn is_whiteout(&self) -> bool {
        self.kind == Kind::CharDevice && self.device == (0, 0)
    }
}

fn kind_of(format: u32) -> Kind {
    match format {
        libc::S_IFDIR => Kind::Directory,
        libc::S_IFLNK => Kind::Symlink,
        libc::S_IFIFO => Kind::Fifo,
        libc::S_IFSOCK => Kind::Socket,
        libc::S_IFCHR => Kind::CharDevice,
        libc::S_IFBLK => Kind::BlockDevice,
        _ => Kind::File,
    }
}
