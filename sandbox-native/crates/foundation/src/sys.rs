//! System calls that rustix does not offer as safe functions. All other unsafe code is next to its reason.
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::Pid;
use std::ffi::CStr;
use std::os::raw::{c_int, c_long, c_uint};

pub enum Fork {
    Child,
    Parent(Pid),
}

/// Only while this process has one thread: the child goes on with everything the parent had.
pub fn fork() -> Result<Fork, Errno> {
    // SAFETY: callers run before any thread is started, so no lock can be held by a thread that the child lacks.
    match check(unsafe { libc::fork() }.into())? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid_of(pid))),
    }
}

/// Like fork, with new namespaces (CLONE_NEW…) and a descriptor of the child's process, which begins in the control group
/// (of version 2) if there is one.
pub fn fork_into(namespaces: u64, group: Option<BorrowedFd<'_>>) -> Result<(Fork, Option<OwnedFd>), Errno> {
    let mut pidfd: c_int = -1;
    match clone(namespaces | libc::CLONE_PIDFD as u64, libc::SIGCHLD, &raw mut pidfd, group)? {
        Fork::Child => Ok((Fork::Child, None)),
        // SAFETY: CLONE_PIDFD made the kernel put a fresh descriptor here, which nothing else owns.
        parent => Ok((parent, Some(unsafe { OwnedFd::from_raw_fd(pidfd) }))),
    }
}

/// Like fork, with new namespaces, and the child is one of this process's parent.
pub fn fork_beside(namespaces: u64) -> Result<Fork, Errno> {
    // SPEC: clone(2): its end is reported to the parent as that of this process would be.
    clone(namespaces | libc::CLONE_PARENT as u64, 0, std::ptr::null_mut(), None)
}

/// Starts to write these bytes of the file to its disk, and does not wait for it.
pub fn start_write_back(file: BorrowedFd<'_>, offset: u64, length: u64) -> Result<(), Errno> {
    let [offset, length] = [offset, length].map(|number| libc::off64_t::try_from(number).unwrap_or(libc::off64_t::MAX));
    // SAFETY: the descriptor is open, and the call touches no memory of this process.
    check(unsafe { libc::sync_file_range(file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE) }.into())?;
    Ok(())
}

fn clone(flags: u64, exit_signal: c_int, pidfd: *mut c_int, group: Option<BorrowedFd<'_>>) -> Result<Fork, Errno> {
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
    // SAFETY: callers pass no CLONE_VM, so that this is a fork; `arguments` is a full clone_args of the given size, and
    // `pidfd` outlives the call where it is requested. One thread only, as for fork().
    match check(unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>()) })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid_of(pid))),
    }
}

/// Sets attributes (MOUNT_ATTR_…) on the mount of the descriptor and, if recursive, on those below.
pub fn mount_setattr(mount: impl AsFd, set: u64, recursive: bool) -> Result<(), Errno> {
    change_mount(mount, &libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 }, recursive)
}

pub fn mount_clear_attributes(mount: impl AsFd, clear: u64) -> Result<(), Errno> {
    change_mount(mount, &libc::mount_attr { attr_set: 0, attr_clr: clear, propagation: 0, userns_fd: 0 }, false)
}

/// Maps the ids of the mount, and if recursive of those below, as the user namespace does.
pub fn mount_idmap(mount: impl AsFd, users: BorrowedFd<'_>, recursive: bool) -> Result<(), Errno> {
    let userns_fd = users.as_raw_fd() as u64;
    let attr_set = libc::MOUNT_ATTR_IDMAP;
    change_mount(mount, &libc::mount_attr { attr_set, attr_clr: 0, propagation: 0, userns_fd }, recursive)
}

/// Files are made as this user and group, with all capabilities that this process has.
pub fn set_fs_ids(uid: u32, gid: u32) -> Result<(), Errno> {
    // SAFETY: both calls take plain numbers; they give the id from before, so that a second call gives what is in force.
    let in_force = unsafe {
        libc::setfsgid(gid);
        libc::setfsuid(uid);
        (libc::setfsuid(u32::MAX) as u32, libc::setfsgid(u32::MAX) as u32)
    };
    if in_force != (uid, gid) {
        return Err(Errno::PERM);
    }
    let mut sets = rustix::thread::capabilities(None)?;
    sets.effective = sets.permitted; // taken from one who is not root
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

/// Replaces the program; returns only on failure. The lists need not end in null.
pub fn execve(path: &CStr, argv: &[&CStr], env: &[&CStr]) -> Errno {
    let argv = pointers(argv);
    let env = pointers(env);
    // SAFETY: both lists end in null and their strings outlive the call, which does not return on success.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    last_errno()
}

/// Kills with the given signal every process that this one may signal, except itself.
pub fn kill_all(signal: c_int) {
    // SAFETY: kill takes plain numbers.
    unsafe { libc::kill(-1, signal) };
}

/// No program that is executed gets the descriptors from `first` on.
pub fn close_from_on_exec(first: c_uint) -> Result<(), Errno> {
    // SAFETY: close_range takes plain numbers and closes nothing with this flag.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) }).map(drop)
}

/// Puts copies of two descriptors at the numbers 3 and 4; these survive execution. Between fork and exec.
pub fn place_at_3_and_4(third: c_int, fourth: c_int) -> Result<(), Errno> {
    const OUT_OF_THE_WAY: c_int = 10;
    // SAFETY: fcntl and dup2 take plain numbers; what was at 3 and 4 belongs to code that runs in the parent only.
    let duplicate = |from| check(unsafe { libc::fcntl(from, libc::F_DUPFD_CLOEXEC, OUT_OF_THE_WAY) }.into());
    let (third, fourth) = (duplicate(third)? as c_int, duplicate(fourth)? as c_int);
    for (from, to) in [(third, 3), (fourth, 4)] {
        // SAFETY: as above.
        check(unsafe { libc::dup2(from, to) }.into())?;
    }
    Ok(())
}

/// Closes all descriptors but 0, 1, 2 and these. What else in this process owns one must not use or drop it later.
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
    // SAFETY: close_range takes plain numbers; the caller promised that no one uses these descriptors any more.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(drop)
}

/// A private session keyring, so that the caller's keys are out of reach. Kernels without keys have none to protect,
/// and where keys are refused by a filter or a quota they are so to the command too.
pub fn leave_session_keyring() -> Result<(), Errno> {
    const JOIN_SESSION_KEYRING: c_int = 1;
    // SAFETY: a null name asks for an unnamed keyring; no memory is passed.
    match check(unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, std::ptr::null::<u8>()) }) {
        Ok(_) | Err(Errno::NOSYS | Errno::PERM | Errno::DQUOT | Errno::ACCESS) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Executes the file behind the descriptor with this name as its only argument and no environment but PATH.
pub fn execute_descriptor(file: impl AsFd, name: &CStr) -> Errno {
    let path = std::env::var("PATH").ok().and_then(|path| std::ffi::CString::new(format!("PATH={path}")).ok());
    let env: Vec<&CStr> = path.iter().map(|path| path.as_c_str()).collect();
    let (argv, env) = (pointers(&[name]), pointers(&env));
    // SAFETY: both lists end in null and their strings outlive the call, which does not return on success.
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

/// The value of an attribute of the file at the path, as its length in the buffer. Linux 6.13 has it.
pub fn getxattrat(base: impl AsFd, path: &CStr, follow: bool, name: &CStr, value: &mut [u8]) -> Result<usize, Errno> {
    const GETXATTRAT: c_long = 464;
    #[repr(C)]
    struct Arguments {
        value: u64,
        size: u32,
        flags: u32,
    }
    let arguments = Arguments { value: value.as_mut_ptr() as u64, size: value.len() as u32, flags: 0 };
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: both texts are C strings; `arguments` is a full xattr_args of the given size and describes the buffer.
    let answer = unsafe {
        libc::syscall(
            GETXATTRAT,
            base.as_fd().as_raw_fd(),
            path.as_ptr(),
            flags,
            name.as_ptr(),
            &raw const arguments,
            size_of::<Arguments>(),
        )
    };
    check(answer).map(|length| length as usize)
}

/// Ends the process without running anything of the parent's (buffers, destructors).
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit takes a plain number and does not return.
    unsafe { libc::_exit(code) }
}

pub fn check(answer: c_long) -> Result<c_long, Errno> {
    if answer < 0 { Err(last_errno()) } else { Ok(answer) }
}

pub fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

fn pid_of(number: c_long) -> Pid {
    Pid::from_raw(number as i32).expect("the kernel gave the number of a child, which is not 0")
}

fn pointers(list: &[&CStr]) -> Vec<*const libc::c_char> {
    list.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
}
