//! Which calls are intercepted. The filter is short, because every system call of every command passes through it.
use super::listener::Listener;
use foundation::failure::Failure;
use foundation::sys;
use rustix::fd::{FromRawFd, OwnedFd};
use rustix::io::Errno;
use std::os::raw::c_long;

type Instruction = libc::sock_filter;

/// AUDIT_ARCH_… numbers. 32-bit programs on a 64-bit machine are not intercepted.
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;

const CALLS: &[c_long] = &[
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_setgroups,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_symlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_openat2,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_clone3,
];
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: &[c_long] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_mkdir,
    libc::SYS_mknod,
    libc::SYS_symlink,
    libc::SYS_rename,
    libc::SYS_creat,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: &[c_long] = &[];

/// Intercepted only with one of these flags: the call, the index of the argument, the flags.
const FLAGGED: &[(c_long, u32, u32)] = &[
    (libc::SYS_openat, 2, CREATES_FILES),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, 1, CREATES_FILES),
    (libc::SYS_clone, 0, libc::CLONE_NEWNS as u32),
];
const CREATES_FILES: u32 = (libc::O_CREAT | (libc::O_TMPFILE & !libc::O_DIRECTORY)) as u32;

/// Offsets in struct seccomp_data; for arguments, those of the low half on a little-endian machine.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const IF_ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Applies to this process and all its descendants. Requires CAP_SYS_ADMIN or no_new_privs.
pub fn install() -> Result<Listener, Failure> {
    let mut program = program();
    let plain = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // Without the second flag, a signal makes a program repeat a call that was already executed. Requires Linux 5.19.
    let descriptor = match set_filter(&mut program, plain | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
        Err(Errno::INVAL) => set_filter(&mut program, plain),
        done => done,
    };
    descriptor.map(Listener::new).map_err(|errno| {
        let failure = Failure::kernel("SANDBOX_SECCOMP", "forward ownership calls to the process that emulates them", errno);
        match errno {
            Errno::BUSY => failure.with_hint("Run it outside of another sandbox in this mode"),
            _ => failure.with_hint("Use a kernel with seccomp user notifications (Linux 5.0) and a surrounding filter that allows them; see: tsbuild doctor"),
        }
    })
}

fn set_filter(program: &mut [Instruction], flags: libc::c_ulong) -> Result<OwnedFd, Errno> {
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: `program` describes instructions that outlive the call; the kernel copies them.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
    let descriptor = sys::check(answer)?;
    // SAFETY: with NEW_LISTENER the result is a new descriptor, which nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor as i32) })
}

fn program() -> Vec<Instruction> {
    let give = |action| Instruction { code: RETURN, jt: 0, jf: 0, k: action };
    let load = |offset| Instruction { code: LOAD, jt: 0, jf: 0, k: offset };
    let skip = |code, value, then, otherwise| Instruction { code, jt: then, jf: otherwise, k: value };
    let (hand_over, allow) = (give(libc::SECCOMP_RET_USER_NOTIF), give(libc::SECCOMP_RET_ALLOW));
    let mut program = vec![load(ARCHITECTURE), skip(IF_EQUAL, NATIVE, 1, 0), allow, load(NUMBER)];
    for (call, argument, flags) in FLAGGED {
        let decision = [load(ARGUMENTS + 8 * argument), skip(IF_ANY_BIT, *flags, 0, 1), hand_over, allow];
        program.push(skip(IF_EQUAL, *call as u32, 0, decision.len() as u8));
        program.extend(decision);
    }
    for call in CALLS.iter().chain(OLD_CALLS) {
        program.extend([skip(IF_EQUAL, *call as u32, 0, 1), hand_over]);
    }
    program.push(allow);
    program
}
