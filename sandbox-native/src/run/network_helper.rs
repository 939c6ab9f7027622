//! pasta or slirp4netns: a program that carries the traffic of a network namespace out through ordinary sockets.
use crate::failure::Failure;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::process::Pid;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const CODE: &str = "SANDBOX_NETWORK";
const START_SECONDS: i64 = 10;

#[derive(Clone, Copy)]
pub enum Kind {
    Pasta,
    Slirp,
}

pub struct HelperProgram {
    pub kind: Kind,
    pub path: PathBuf,
}

/// Runs until it is dropped.
pub struct NetworkHelper {
    kind: Kind,
    child: Child,
}

impl NetworkHelper {
    /// The better one first.
    pub fn find() -> Option<HelperProgram> {
        let named = |kind, name| find_program(name).map(|path| HelperProgram { kind, path });
        named(Kind::Pasta, "pasta").or_else(|| named(Kind::Slirp, "slirp4netns"))
    }

    /// Returns when the namespace of the process is connected.
    pub fn start(program: HelperProgram, pid: Pid) -> Result<Self, Failure> {
        let named = program.path.display().to_string();
        let failed = |errno| Failure::kernel(CODE, &format!("start \"{named}\""), errno);
        let (ready, tell) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(failed)?;
        let namespace = format!("/proc/{}/ns/net", pid.as_raw_nonzero());
        let mut command = Command::new(&program.path);
        command.args(arguments(program.kind, &namespace));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        inherit_as_3(&mut command, &tell);
        let child = command.spawn().map_err(|cause| Failure::kernel(CODE, &format!("start \"{named}\""), cause))?;
        drop(tell);
        let mut helper = NetworkHelper { kind: program.kind, child };
        if is_told(&ready) { Ok(helper) } else { Err(helper.failure(&named)) }
    }

    /// The address at which it answers questions of names with the host's resolver.
    pub fn resolver(&self) -> &'static str {
        match self.kind {
            Kind::Pasta => PASTA_RESOLVER,
            Kind::Slirp => "10.0.2.3",
        }
    }

    fn failure(&mut self, named: &str) -> Failure {
        use std::io::Read;
        let _ = self.child.kill(); // it may have ended by itself
        let mut said = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            let _ = stderr.take(4000).read_to_string(&mut said); // what it said only adds to the message
        }
        let said = said.trim().replace('\n', "; ");
        Failure::new(CODE, format!("Cannot connect the network with \"{named}\": {said}"))
            .with_hint("Use the network `host` or `none`, or see: tsbuild doctor")
    }
}

impl Drop for NetworkHelper {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it ends by itself when the namespace does
        let _ = self.child.wait();
    }
}

const PASTA_RESOLVER: &str = "169.254.1.1";

fn arguments(kind: Kind, namespace: &str) -> Vec<String> {
    let words: &[&str] = match kind {
        Kind::Pasta => &[
            "--config-net", "--foreground", "--quiet", "--runas", "0", "--no-map-gw", "-t", "none", "-u", "none", "-T",
            "none", "-U", "none", "--dns-forward", PASTA_RESOLVER, "--pid", "/proc/self/fd/3", "--netns-only",
            "--netns", namespace,
        ],
        Kind::Slirp => &[
            "--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3", "--netns-type=path", namespace,
            "tap0",
        ],
    };
    words.iter().map(|word| word.to_string()).collect()
}

/// The helper writes there when it is ready, and dies with this process.
fn inherit_as_3(command: &mut Command, tell: &OwnedFd) {
    let number = tell.as_raw_fd();
    let prepare = move || {
        crate::signals::die_with_parent(rustix::process::Signal::KILL)?;
        crate::signals::reset_for_exec()?;
        // SAFETY: dup2 takes plain numbers; `number` is open until after the spawn. The copy survives execution.
        crate::sys::check(unsafe { libc::dup2(number, 3) }.into())?;
        Ok(crate::sys::close_from(4, true)?)
    };
    // SAFETY: the closure makes system calls only; it allocates nothing and takes no lock.
    unsafe { command.pre_exec(prepare) };
}

fn is_told(ready: &OwnedFd) -> bool {
    let timeout = Timespec { tv_sec: START_SECONDS, tv_nsec: 0 };
    let mut watched = [PollFd::from_borrowed_fd(ready.as_fd(), PollFlags::IN)];
    let came = poll(&mut watched, Some(&timeout)).is_ok_and(|count| count > 0);
    came && rustix::io::read(ready, &mut [0u8; 16][..]).is_ok_and(|length| length > 0)
}

pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|file| rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok())
}
