//! pasta or slirp4netns: a program that forwards the traffic of a network namespace through ordinary sockets.
use super::default_routes::DefaultRoutes;
use super::network;
use confinement::capabilities::{self, Granted};
use foundation::failure::Failure;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CODE: &str = "SANDBOX_NETWORK";
const DEVICE: &str = "/dev/net/tun";
const START_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy)]
enum Kind {
    Pasta,
    Slirp,
}

pub struct HelperProgram {
    kind: Kind,
    pub path: PathBuf,
    /// Routes of the host; the namespace will have the same.
    pub routes: DefaultRoutes,
}

/// Runs until it is dropped.
pub struct NetworkHelper {
    child: Child,
    name: String,
    /// Readable when it is ready. Kept open, so that the helper can always write to it.
    ready: OwnedFd,
    is_starting: bool,
    give_up_at: Instant,
}

impl NetworkHelper {
    pub const MISSING: &str = "Cannot set up a private network (expected pasta or slirp4netns, and access to /dev/net/tun): the command uses the host's network";

    pub const FORBIDDEN: &str = "Cannot set up a private network (expected CAP_NET_ADMIN): the command uses the host's network";

    pub const NO_OUTBOUND: &str = "Cannot set up outbound network access (expected pasta or slirp4netns, and access to /dev/net/tun): only published ports work";

    pub const CUT_OFF: &str = "This machine has no default route: the network of the command has no outbound access";

    /// The better program if both are installed; none if this user cannot open the device that both need.
    pub fn find() -> Option<HelperProgram> {
        device_access().ok()?;
        let routes = DefaultRoutes::here();
        let named = |kind, name| find_program(name).map(|path| HelperProgram { kind, path, routes });
        named(Kind::Pasta, "pasta").or_else(|| named(Kind::Slirp, "slirp4netns"))
    }

    /// SECURITY: a container never gets the host's network instead
    /// (test/attack/networks/container-without-network-helper.test.ts).
    pub fn missing() -> Failure {
        let refused = |found: &str, hint: &str| {
            Failure::new(CODE, format!("Cannot connect a private network: {found}"))
                .with_hint(format!("{hint}, or choose --network host or --network none"))
        };
        match device_access() {
            _ if !network::may_configure() => refused(
                "the capability NET_ADMIN is missing",
                "Grant it to the surrounding container (docker: --cap-add NET_ADMIN)",
            ),
            Ok(()) => refused("neither pasta nor slirp4netns is installed", "Install one of them (packages passt, slirp4netns)"),
            Err(errno) => refused(
                &format!("\"{DEVICE}\" cannot be opened: {errno}"),
                "Grant access to the device (inside a docker container: --device /dev/net/tun)",
            ),
        }
    }

    /// Starts connecting the namespace. `reaches_host`: packets to the gateway reach the host's loopback.
    pub fn start(program: &HelperProgram, namespace: &OwnedFd, reaches_host: bool) -> Result<Self, Failure> {
        let name = program.path.display().to_string();
        let failed = |errno| Failure::kernel(CODE, &format!("start \"{name}\""), errno);
        let (ready, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(failed)?;
        let mut command = Command::new(&program.path);
        command.args(program.arguments(reaches_host));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        inherit(&mut command, program.rights(), [&writer, namespace]);
        let child = command.spawn().map_err(|cause| Failure::kernel(CODE, &format!("start \"{name}\""), cause))?;
        let give_up_at = Instant::now() + START_PATIENCE;
        Ok(NetworkHelper { child, name, ready, is_starting: true, give_up_at })
    }

    /// Waits until it has connected the namespace, or one of the other descriptors is readable: returns its index (none:
    /// ready).
    pub fn wait(&mut self, others: &[BorrowedFd<'_>]) -> Result<Option<usize>, Failure> {
        while self.is_starting {
            let mut watched = vec![PollFd::from_borrowed_fd(self.ready.as_fd(), PollFlags::IN)];
            watched.extend(others.iter().map(|other| PollFd::from_borrowed_fd(*other, PollFlags::IN)));
            let timeout = timespec(self.give_up_at.saturating_duration_since(Instant::now()));
            let count = match poll(&mut watched, Some(&timeout)) {
                Err(Errno::INTR) => continue,
                count => count.unwrap_or(0),
            };
            if let Some(index) = watched[1..].iter().position(|fd| !fd.revents().is_empty()) {
                return Ok(Some(index));
            }
            if count == 0 || !rustix::io::read(&self.ready, &mut [0u8; 16][..]).is_ok_and(|length| length > 0) {
                return Err(self.failure());
            }
            self.is_starting = false;
        }
        Ok(None)
    }

    pub fn is_starting(&self) -> bool {
        self.is_starting
    }

    fn failure(&mut self) -> Failure {
        let named = self.name.clone();
        use std::io::Read;
        let _ = self.child.kill(); // it may have exited already
        let mut reason = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            let _ = stderr.take(4000).read_to_string(&mut reason); // its output only adds to the message
        }
        let reason = reason.trim().replace('\n', "; ");
        Failure::new(CODE, format!("Cannot connect the network with \"{named}\": {reason}"))
            .with_hint("Use the network `host` or `none`, or see: tsbuild doctor")
    }
}

impl HelperProgram {
    /// The address at which it forwards DNS queries to the host's resolver, only over IPv4.
    pub fn resolver(&self) -> Option<&'static str> {
        let resolver = match self.kind {
            Kind::Pasta => PASTA_RESOLVER,
            Kind::Slirp => "10.0.2.3",
        };
        self.routes.v4.then_some(resolver)
    }

    /// The IPv4 address that the namespace will have.
    pub fn address(&self) -> Option<Ipv4Addr> {
        self.routes.v4.then_some(ADDRESS)
    }

    /// Required to open the device and the namespace; each program then drops the rest, and its view of the host's files.
    fn rights(&self) -> Granted {
        match self.kind {
            Kind::Pasta => capabilities::of(&["SYS_ADMIN", "NET_ADMIN", "NET_BIND_SERVICE"]),
            Kind::Slirp => capabilities::of(&["SYS_ADMIN", "NET_ADMIN", "NET_BIND_SERVICE", "SETPCAP"]),
        }
    }

    fn arguments(&self, reaches_host: bool) -> Vec<String> {
        let (address, gateway) = (ADDRESS.to_string(), GATEWAY.to_string());
        let (apart, words): (&str, Vec<&str>) = match self.kind {
            Kind::Pasta => ("--no-map-gw", [&PASTA_COMMON[..], &self.pasta_addresses(&address, &gateway)].concat()),
            Kind::Slirp => ("--disable-host-loopback", SLIRP.to_vec()), // these addresses are its default
        };
        let apart = (!reaches_host).then_some(apart);
        apart.into_iter().chain(words).map(str::to_owned).collect()
    }

    /// It needs this option without an IPv4 interface. A namespace with IPv6 has the host's address.
    fn pasta_addresses<'a>(&self, address: &'a str, gateway: &'a str) -> Vec<&'a str> {
        if !self.routes.v4 {
            return vec!["--ipv6-only"];
        }
        vec!["--address", address, "--netmask", "24", "--gateway", gateway, "--dns-forward", PASTA_RESOLVER]
    }
}

impl Drop for NetworkHelper {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it exits when the namespace does
        let _ = self.child.wait();
    }
}

/// Address of every connected namespace: one that the host does not have, so that the host's addresses mean the host.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 100);
/// Gateway of the network, through which the host's loopback can be reached if that is allowed.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
const PASTA_RESOLVER: &str = "169.254.1.1";

const PASTA_COMMON: [&str; 18] = [
    "--config-net", "--foreground", "--quiet", "--runas", "0", "-t", "none", "-u", "none", "-T", "none", "-U", "none", "--pid",
    "/proc/self/fd/3", "--netns-only", "--netns", "/proc/self/fd/4",
];
// SECURITY: pasta sandboxes itself by default (test/attack/networks/network-helper-rights.test.ts).
const SLIRP: [&str; 8] = [
    "--enable-sandbox", "--enable-seccomp", "--configure", "--mtu=65520", "--ready-fd=3", "--netns-type=path", "/proc/self/fd/4",
    "tap0",
];

/// The helper writes to descriptor 3 when it is ready, has the namespace at 4, and dies with this process.
fn inherit(command: &mut Command, rights: Granted, [writer, namespace]: [&OwnedFd; 2]) {
    let (writer, namespace) = (writer.as_raw_fd(), namespace.as_raw_fd());
    let prepare = move || {
        foundation::signals::die_with_parent(rustix::process::Signal::KILL)?;
        foundation::signals::reset_for_exec()?;
        capabilities::try_limit_bounding_set(rights)?;
        foundation::sys::place_at_3_and_4(writer, namespace)?;
        Ok(foundation::sys::close_from_on_exec(5)?)
    };
    // SAFETY: the closure only makes system calls; it allocates nothing and takes no lock.
    unsafe { command.pre_exec(prepare) };
}

fn device_access() -> Result<(), Errno> {
    use rustix::fs::{Access, access};
    access(DEVICE, Access::READ_OK | Access::WRITE_OK)
}

fn timespec(wait: Duration) -> Timespec {
    Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) }
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|file| rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok())
}
