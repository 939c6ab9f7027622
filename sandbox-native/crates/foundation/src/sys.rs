//! System calls that rustix does not provide as safe functions. All other unsafe code has its reason next to it.
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::fs::{Dir, Mode, OFlags, PROC_SUPER_MAGIC, fstatfs};
use rustix::io::Errno;
use rustix::process::Pid;
use std::ffi::CStr;
use std::os::raw::{c_int, c_long, c_uint};

pub enum Fork {
    Child,
    Parent(Pid),
}

/// Only while this process has one thread: the child inherits everything from the parent.
pub fn fork() -> Result<Fork, Errno> {
    // SAFETY: callers run before any thread is started, so no lock can be held by a thread that does not exist in the child.
    match check(unsafe { libc::fork() }.into())? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid_of(pid))),
    }
}

/// Like fork, with new namespaces (CLONE_NEW…) and a pidfd of the child, which starts in the control group (version 2) if
/// there is one.
pub fn fork_into(namespaces: u64, group: Option<BorrowedFd<'_>>) -> Result<(Fork, Option<OwnedFd>), Errno> {
    let mut pidfd: c_int = -1;
    match clone(namespaces | libc::CLONE_PIDFD as u64, (libc::SIGCHLD, &raw mut pidfd), group)? {
        Fork::Child => Ok((Fork::Child, None)),
        // SAFETY: CLONE_PIDFD made the kernel store a new descriptor here, which nothing else owns.
        parent => Ok((parent, Some(unsafe { OwnedFd::from_raw_fd(pidfd) }))),
    }
}

/// Like fork, with new namespaces, but the child becomes a sibling of this process.
pub fn fork_sibling(namespaces: u64) -> Result<Fork, Errno> {
    // SPEC: clone(2): its exit is reported to the parent of this process.
    clone(namespaces | libc::CLONE_PARENT as u64, (0, std::ptr::null_mut()), None)
}

/// Starts writing these bytes of the file to its disk, without waiting.
pub fn start_write_back(file: BorrowedFd<'_>, offset: u64, length: u64) -> Result<(), Errno> {
    let [offset, length] = [offset, length].map(|number| libc::off64_t::try_from(number).unwrap_or(libc::off64_t::MAX));
    // SAFETY: the descriptor is open, and the call touches no memory of this process.
    check(unsafe { libc::sync_file_range(file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE) }.into())?;
    Ok(())
}

fn clone(flags: u64, (exit_signal, pidfd): (c_int, *mut c_int), group: Option<BorrowedFd<'_>>) -> Result<Fork, Errno> {
    const CLONE_INTO_CGROUP: u64 = 1 << 33;
    let arguments = libc::clone_args {
        flags: flags | if group.is_some() { CLONE_INTO_CGROUP } else { 0 },
        pidfd: pidfd as u64,
        child_tid: 0,
        parent_tid: 0,
        exit_signal: exit_signal as u64,
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
        cgroup: group.map_or(0, |group| group.as_raw_fd() as u64),
    };
    // SAFETY: callers do not pass CLONE_VM, therefore this is a fork; `arguments` is a complete clone_args of the given
    // size, and `pidfd` outlives the call if it is requested. One thread only, as for fork().
    match check(unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>()) })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid_of(pid))),
    }
}

/// Sets attributes (MOUNT_ATTR_…) on the mount of the descriptor and, if recursive, on the mounts below it.
pub fn mount_setattr(mount: impl AsFd, set: u64, recursive: bool) -> Result<(), Errno> {
    change_mount(mount, &libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 }, recursive)
}

pub fn mount_clear_attributes(mount: impl AsFd, clear: u64) -> Result<(), Errno> {
    change_mount(mount, &libc::mount_attr { attr_set: 0, attr_clr: clear, propagation: 0, userns_fd: 0 }, false)
}

/// Maps the IDs of the mount and, if recursive, of the mounts below it, as the user namespace does.
pub fn mount_idmap(mount: impl AsFd, users: BorrowedFd<'_>, recursive: bool) -> Result<(), Errno> {
    let userns_fd = users.as_raw_fd() as u64;
    let attr_set = libc::MOUNT_ATTR_IDMAP;
    change_mount(mount, &libc::mount_attr { attr_set, attr_clr: 0, propagation: 0, userns_fd }, recursive)
}

/// New files get this user and group; all permitted capabilities become effective.
pub fn set_fs_ids(uid: u32, gid: u32) -> Result<(), Errno> {
    // SAFETY: both calls take plain numbers; they return the previous ID, so a second call returns the current one.
    let in_force = unsafe {
        libc::setfsgid(gid);
        libc::setfsuid(uid);
        (libc::setfsuid(u32::MAX) as u32, libc::setfsgid(u32::MAX) as u32)
    };
    if in_force != (uid, gid) {
        return Err(Errno::PERM);
    }
    let mut sets = rustix::thread::capabilities(None)?;
    sets.effective = sets.permitted; // cleared by the change of IDs unless the user is root
    rustix::thread::set_capabilities(None, sets)
}

/// `kind` is MS_SHARED, MS_SLAVE or MS_PRIVATE.
pub fn mount_propagation(mount: impl AsFd, kind: u64, recursive: bool) -> Result<(), Errno> {
    change_mount(mount, &libc::mount_attr { attr_set: 0, attr_clr: 0, propagation: kind, userns_fd: 0 }, recursive)
}

fn change_mount(mount: impl AsFd, attributes: &libc::mount_attr, recursive: bool) -> Result<(), Errno> {
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is an empty C string and `attributes` is a full mount_attr of the given size.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            flags as c_uint,
            std::ptr::from_ref(attributes),
            size_of::<libc::mount_attr>(),
        )
    };
    check(answer).map(drop)
}

/// Replaces the program; returns only on failure. The lists need no null terminator.
pub fn execve(path: &CStr, argv: &[&CStr], env: &[&CStr]) -> Errno {
    let argv = pointers(argv);
    let env = pointers(env);
    // SAFETY: both lists end with null and their strings outlive the call, which does not return on success.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    last_errno()
}

/// Sends the signal to every process that this one may signal, except itself.
pub fn kill_all(signal: c_int) {
    // SAFETY: kill takes plain numbers.
    unsafe { libc::kill(-1, signal) };
}

/// Descriptors from `first` on are closed in executed programs.
pub fn close_from_on_exec(first: c_uint) -> Result<(), Errno> {
    // SAFETY: close_range takes plain numbers and closes nothing with this flag.
    match check(unsafe { libc::syscall(libc::SYS_close_range, first, c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) }) {
        // Refused by old filters of containers. The other descriptors were closed before, or are opened with this flag.
        Err(Errno::NOSYS | Errno::PERM) => {
            for number in first..1024 {
                // SAFETY: fcntl takes plain numbers; those that are not open are skipped.
                unsafe { libc::fcntl(number as c_int, libc::F_SETFD, libc::FD_CLOEXEC) };
            }
            Ok(())
        }
        set => set.map(drop),
    }
}

/// Duplicates two descriptors to the numbers 3 and 4, which stay open on exec. For use between fork and exec.
pub fn place_at_3_and_4(third: c_int, fourth: c_int) -> Result<(), Errno> {
    const OUT_OF_THE_WAY: c_int = 10;
    // SAFETY: fcntl and dup2 take plain numbers; descriptors 3 and 4 belong to code that runs only in the parent.
    let duplicate = |from| check(unsafe { libc::fcntl(from, libc::F_DUPFD_CLOEXEC, OUT_OF_THE_WAY) }.into());
    let (third, fourth) = (duplicate(third)? as c_int, duplicate(fourth)? as c_int);
    for (from, to) in [(third, 3), (fourth, 4)] {
        // SAFETY: as above.
        check(unsafe { libc::dup2(from, to) }.into())?;
    }
    Ok(())
}

/// Closes all descriptors but 0, 1, 2 and these. Other owners of a descriptor in this process must not use or drop it later.
pub fn close_all_but(kept: &[BorrowedFd<'_>]) -> Result<(), Errno> {
    let mut numbers: Vec<c_uint> = kept.iter().map(|fd| fd.as_raw_fd() as c_uint).filter(|number| *number > 2).collect();
    numbers.sort_unstable();
    let mut first = 3;
    for number in numbers {
        if number > first {
            close_between(first, number - 1)?;
        }
        first = number + 1;
    }
    close_between(first, c_uint::MAX)
}

fn close_between(first: c_uint, last: c_uint) -> Result<(), Errno> {
    // SAFETY: close_range takes plain numbers; the caller guarantees that nothing uses these descriptors any more.
    match check(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }) {
        // Refused by old filters of containers.
        Err(Errno::NOSYS | Errno::PERM) => close_each(first, last),
        closed => closed.map(drop),
    }
}

fn close_each(first: c_uint, last: c_uint) -> Result<(), Errno> {
    let open = rustix::fs::open("/proc/self/fd", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    // SECURITY: a container could put a directory there that does not list the host's.
    if fstatfs(&open)?.f_type as u64 != PROC_SUPER_MAGIC as u64 {
        return Err(Errno::NOSYS);
    }
    let names = Dir::read_from(&open)?.collect::<Result<Vec<_>, _>>()?;
    drop(open);
    let numbers = names.iter().filter_map(|entry| entry.file_name().to_str().ok()?.parse::<c_uint>().ok());
    for number in numbers.filter(|number| (first..=last).contains(number)) {
        // SAFETY: as above. Those of the list itself are closed already.
        unsafe { libc::close(number as c_int) };
    }
    Ok(())
}

/// Joins a new session keyring, which puts the caller's keys out of reach. Kernels without keyrings have none to protect;
/// if a filter or a quota refuses them, the command cannot use them either.
pub fn leave_session_keyring() -> Result<(), Errno> {
    const JOIN_SESSION_KEYRING: c_int = 1;
    // SAFETY: a null name requests an unnamed keyring; no memory is passed.
    match check(unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, std::ptr::null::<u8>()) }) {
        Ok(_) | Err(Errno::NOSYS | Errno::PERM | Errno::DQUOT | Errno::ACCESS) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Executes the file of the descriptor with this name as its only argument; the environment contains only PATH.
pub fn execute_descriptor(file: impl AsFd, name: &CStr) -> Errno {
    let path = std::env::var("PATH").ok().and_then(|path| std::ffi::CString::new(format!("PATH={path}")).ok());
    let env: Vec<&CStr> = path.iter().map(|path| path.as_c_str()).collect();
    let (argv, env) = (pointers(&[name]), pointers(&env));
    // SAFETY: both lists end with null and their strings outlive the call, which does not return on success.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            file.as_fd().as_raw_fd(),
            c"".as_ptr(),
            argv.as_ptr(),
            env.as_ptr(),
            libc::AT_EMPTY_PATH,
        )
    };
    last_errno()
}

/// Reads an attribute of the file at the path into the buffer; returns its length. Requires Linux 6.13.
pub fn getxattrat((base, path, follow): (BorrowedFd, &CStr, bool), name: &CStr, value: &mut [u8]) -> Result<usize, Errno> {
    const GETXATTRAT: c_long = 464;
    #[repr(C)]
    struct Arguments {
        value: u64,
        size: u32,
        flags: u32,
    }
    let arguments = Arguments { value: value.as_mut_ptr() as u64, size: value.len() as u32, flags: 0 };
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: both texts are C strings; `arguments` is a complete xattr_args of the given size and describes the buffer.
    let answer = unsafe {
        libc::syscall(
            GETXATTRAT,
            base.as_raw_fd(),
            path.as_ptr(),
            flags,
            name.as_ptr(),
            &raw const arguments,
            size_of::<Arguments>(),
        )
    };
    check(answer).map(|length| length as usize)
}

/// Exits without running the parent's destructors or flushing its buffers.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit takes a plain number and does not return.
    unsafe { libc::_exit(code) }
}

pub fn check(answer: c_long) -> Result<c_long, Errno> {
    if answer < 0 { Err(last_errno()) } else { Ok(answer) }
}

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

fn pid_of(number: c_long) -> Pid {
    Pid::from_raw(number as i32).expect("the kernel gave the number of a child, which is not 0")
}

fn pointers(list: &[&CStr]) -> Vec<*const libc::c_char> {
    list.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
}
