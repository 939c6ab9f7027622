//! The network namespace of the sandbox, and the program that connects it to the outside.
use foundation::failure::Failure;
use foundation::process_identity;
use foundation::sys;
use protocol::Network;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::thread::{CapabilitySet, LinkNameSpaceType, move_into_link_name_space};
use std::ffi::{CStr, CString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

const CODE: &str = "SANDBOX_NETWORK";
const ADDING: &str = "assign an address to the network";
/// In every namespace.
const LOOPBACK_INDEX: libc::c_int = 1;

/// The namespace of the process to join. SECURITY: a process of the host may have the same PID by now: a container that is
/// restarted uses the PID long after (test/attack/processes/joined-network.test.ts).
pub fn open_joined(network: Network) -> Result<Option<OwnedFd>, Failure> {
    let Network::Join { pid, start_ticks } = network else { return Ok(None) };
    let path = format!("/proc/{pid}/ns/net");
    use rustix::fs::{Mode, OFlags, open};
    let opened = open(Path::new(&path), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    if process_identity::start_ticks(pid) != Some(start_ticks) {
        return Err(Failure::new(CODE, format!("Cannot join the network of process {pid}: it has ended")));
    }
    opened.map(Some).map_err(|errno| Failure::kernel(CODE, &format!("join the network of process {pid}"), errno))
}

/// The namespace of this process. Passed to its helper, which drops the privileges to open it.
pub fn open_own() -> Result<OwnedFd, Failure> {
    use rustix::fs::{Mode, OFlags, open};
    open("/proc/self/ns/net", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| Failure::kernel(CODE, "open the current network", errno))
}

pub fn join(network: &OwnedFd) -> Result<(), Failure> {
    use rustix::fd::AsFd;
    move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(|errno| Failure::kernel(CODE, "join the network", errno))
}

/// As in Docker's own networks, every user can bind low ports and use ping. If the kernel or a surrounding container refuses
/// this, only root can.
pub fn open_to_users() {
    let _ = std::fs::write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    let _ = std::fs::write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
}

/// Root in a container may lack the privilege: networks that it creates then belong to others.
pub fn may_configure() -> bool {
    rustix::thread::capabilities(None).is_ok_and(|own| own.effective.contains(CapabilitySet::NET_ADMIN))
}

pub fn raise_loopback() -> Result<(), Failure> {
    let mut request = loopback(c"lo");
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
    change(libc::SIOCSIFFLAGS, (AddressFamily::INET, &request), "bring up the loopback interface")
}

/// Packets to them then stay in the namespace. For a namespace in which nothing else sets addresses.
pub fn add_to_loopback(addresses: &[IpAddr]) -> Result<(), Failure> {
    for (number, address) in addresses.iter().enumerate() {
        match address {
            IpAddr::V4(address) => add_ipv4(*address, number)?,
            IpAddr::V6(address) => add_ipv6(*address)?,
        }
    }
    Ok(())
}

fn add_ipv4(address: Ipv4Addr, number: usize) -> Result<(), Failure> {
    let label = CString::new(format!("lo:{number}")).unwrap_or_default(); // next to 127.0.0.1
    for (call, octets) in [(libc::SIOCSIFADDR, address.octets()), (libc::SIOCSIFNETMASK, [255; 4])] {
        let mut request = loopback(&label);
        let mut data = [0; 14];
        for (place, octet) in data[2..6].iter_mut().zip(octets) {
            *place = octet as libc::c_char; // after the port, which is 0
        }
        request.ifr_ifru.ifru_addr = libc::sockaddr { sa_family: libc::AF_INET as libc::sa_family_t, sa_data: data };
        change(call, (AddressFamily::INET, &request), ADDING)?;
    }
    Ok(())
}

/// SPEC: netdevice(7), struct in6_ifreq. If the kernel has no IPv6, there is nothing to reach.
fn add_ipv6(address: Ipv6Addr) -> Result<(), Failure> {
    let ifr6_addr = libc::in6_addr { s6_addr: address.octets() };
    let request = libc::in6_ifreq { ifr6_addr, ifr6_prefixlen: 128, ifr6_ifindex: LOOPBACK_INDEX };
    match change_raw(libc::SIOCSIFADDR, (AddressFamily::INET6, &request)) {
        Err(Errno::AFNOSUPPORT | Errno::ACCESS) => Ok(()),
        other => other.map_err(|errno| Failure::kernel(CODE, ADDING, errno)),
    }
}

fn loopback(name: &CStr) -> libc::ifreq {
    // SAFETY: ifreq is plain numbers and pointers, for which zeros are valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name.iter_mut().zip(name.to_bytes()) {
        *place = *byte as libc::c_char;
    }
    request
}

fn change(call: libc::c_ulong, request: (AddressFamily, &libc::ifreq), doing: &str) -> Result<(), Failure> {
    change_raw(call, request).map_err(|errno| Failure::kernel(CODE, doing, errno))
}

/// `R` is the structure that the call reads for sockets of the family.
fn change_raw<R>(call: libc::c_ulong, (family, request): (AddressFamily, &R)) -> Result<(), Errno> {
    let socket = socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    // SAFETY: these calls read one structure of the family, which outlives the call.
    let answer = unsafe { libc::ioctl(socket.as_raw_fd(), call as _, std::ptr::from_ref(request)) };
    sys::check(answer.into()).map(drop)
}
