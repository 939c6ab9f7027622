//! Docker's default filter of system calls, and filters of users. Assembled here, not by seccompiler: a filter of that
//! crate has one action for all rules and one architecture; docker's profiles have several of both. SECURITY: see
//! test/attack/.
mod default_profile;
mod instruction;
mod profile;
mod program;
#[cfg(test)]
mod properties;
mod table;

use super::capabilities::Granted;
use foundation::failure::Failure;
use foundation::sys;
use rustix::io::Errno;

pub struct Filter(Vec<libc::sock_filter>);

pub fn default_filter(granted: Granted) -> Filter {
    Filter(default_profile::compile(granted))
}

/// From a user's profile, as docker interprets it.
pub fn filter_of(profile: &str, granted: Granted) -> Result<Filter, Failure> {
    profile::compile(profile, granted).map(Filter)
}

impl Filter {
    /// Applies to this process and all its descendants. Requires CAP_SYS_ADMIN or no_new_privs.
    pub fn install(&mut self) -> Result<(), Failure> {
        let program = libc::sock_fprog { len: self.0.len() as u16, filter: self.0.as_mut_ptr() };
        let set = |flags: libc::c_ulong| {
            // SAFETY: `program` describes the instructions in self, which outlive the call; the kernel copies them.
            sys::check(unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) })
        };
        let installed = match set(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW) {
            Err(Errno::INVAL) => set(0), // gVisor and Linux before 4.17 do not know the flag
            done => done,
        };
        installed.map(drop).map_err(|errno| {
            Failure::kernel("SANDBOX_SECCOMP", "install the filter of system calls", errno)
                .with_hint("Enable CONFIG_SECCOMP_FILTER in the kernel; see: tsbuild doctor")
        })
    }
}
