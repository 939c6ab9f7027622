//! The file through which a process joins a group.
use super::CODE;
use super::group::Group;
use foundation::failure::Failure;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

pub struct MembersFile {
    file: OwnedFd,
    path: PathBuf,
}

impl MembersFile {
    /// Version 1 has a file for single threads. A process with one thread that moves itself through it does not wait until
    /// no process on the machine forks, as it does with the file for whole processes: a grace period of the kernel, often
    /// 10 ms.
    pub fn open(directory: &Path) -> Result<MembersFile, Failure> {
        let failed = |errno| Failure::kernel(CODE, &format!("join the cgroup \"{}\"", directory.display()), errno);
        let group = Group::open_named(directory)?.ok_or_else(|| failed(Errno::NOENT))?;
        let try_open = |name: &str| group.open_to_write(name).map(|file| MembersFile { file, path: directory.join(name) });
        try_open("tasks").or_else(|_| try_open("cgroup.procs")).map_err(failed)
    }

    /// Adds this process, which must have one thread, to the group.
    pub fn enter(&self) -> Result<(), Failure> {
        rustix::io::write(&self.file, b"0")
            .map(drop)
            .map_err(|errno| Failure::kernel(CODE, &format!("write \"0\" to \"{}\"", self.path.display()), errno))
    }
}

impl AsFd for MembersFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
