//! The system call bpf(2), for loading programs and attaching them to control groups of version 2.
use super::device_program::Instruction;
use foundation::sys::check;
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::io::Errno;

const PROG_LOAD: i32 = 5;
const PROG_ATTACH: i32 = 8;
const PROG_QUERY: i32 = 16;
const PROG_TYPE_CGROUP_DEVICE: u32 = 15;
const CGROUP_DEVICE: u32 = 6;
/// Programs of parent and child groups stay in force as well, and no child group can override this one.
const ALLOW_MULTI: u32 = 2;

/// The beginning of `union bpf_attr`; the kernel treats the rest as zero.
#[repr(C)]
struct Load {
    program_type: u32,
    count: u32,
    instructions: u64,
    license: u64,
}

#[repr(C)]
struct Attach {
    group: u32,
    program: u32,
    kind: u32,
    flags: u32,
}

#[repr(C)]
struct Query {
    group: u32,
    kind: u32,
    query_flags: u32,
    attach_flags: u32,
    ids: u64,
    count: u32,
    padding: u32,
}

/// Loads a device program.
pub fn load(program: &[Instruction]) -> Result<OwnedFd, Errno> {
    let mut request = Load {
        program_type: PROG_TYPE_CGROUP_DEVICE,
        count: program.len() as u32,
        instructions: program.as_ptr() as u64,
        license: c"Apache-2.0".as_ptr() as u64,
    };
    let number = bpf(PROG_LOAD, &mut request)?;
    // SAFETY: the kernel has just created this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// For the lifetime of the group.
pub fn attach(group: BorrowedFd<'_>, program: BorrowedFd<'_>) -> Result<(), Errno> {
    let (group, program) = (group.as_raw_fd() as u32, program.as_raw_fd() as u32);
    bpf(PROG_ATTACH, &mut Attach { group, program, kind: CGROUP_DEVICE, flags: ALLOW_MULTI }).map(drop)
}

/// Whether a device program is attached to the group itself.
pub fn is_attached(group: BorrowedFd<'_>) -> Result<bool, Errno> {
    let group = group.as_raw_fd() as u32;
    let mut request = Query { group, kind: CGROUP_DEVICE, query_flags: 0, attach_flags: 0, ids: 0, count: 0, padding: 0 };
    bpf(PROG_QUERY, &mut request)?;
    Ok(request.count > 0)
}

fn bpf<Request>(command: i32, request: &mut Request) -> Result<i32, Errno> {
    // SAFETY: `request` is the beginning of a bpf_attr of the given size, and what it points to outlives the call: only
    // this file creates requests. The kernel writes only within that size.
    check(unsafe { libc::syscall(libc::SYS_bpf, command, std::ptr::from_mut(request), size_of::<Request>()) })
        .map(|answer| answer as i32)
}
