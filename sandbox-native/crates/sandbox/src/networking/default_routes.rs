//! The default routes of a network namespace: a network helper adds them as its last step before packets can be
//! sent, long before the helper itself reports that it is ready. Packets sent in the meantime are queued in its interface.
use foundation::failure::Failure;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use std::fs::read_to_string;

const CODE: &str = "SANDBOX_NETWORK";

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DefaultRoutes {
    pub v4: bool,
    pub v6: bool,
}

impl DefaultRoutes {
    pub const NONE: Self = DefaultRoutes { v4: false, v6: false };

    /// Default routes of the namespace that this process is in.
    pub fn here() -> Self {
        let text = |name: &str| read_to_string(format!("/proc/thread-self/net/{name}")).unwrap_or_default(); // no IPv6
        DefaultRoutes { v4: has_v4(&text("route")), v6: has_v6(&text("ipv6_route")) }
    }

    fn include(self, wanted: Self) -> bool {
        self.v4 >= wanted.v4 && self.v6 >= wanted.v6
    }
}

/// Returns when the namespace that this process is in has these routes, or when the channel is readable: whether it has the
/// routes. If none are expected, this cannot be determined.
pub fn wait_for(wanted: DefaultRoutes, channel: &OwnedFd) -> Result<bool, Failure> {
    let watch = RouteWatch::open()?;
    while wanted == DefaultRoutes::NONE || !DefaultRoutes::here().include(wanted) {
        let mut watched = [PollFd::new(channel, PollFlags::IN), PollFd::new(&watch.socket, PollFlags::IN)];
        let _ = poll(&mut watched, None); // an interrupted wait only repeats the loop
        if !watched[0].revents().is_empty() {
            return Ok(false);
        }
        watch.clear();
    }
    Ok(true)
}

/// Notifies when the routes of a namespace change.
struct RouteWatch {
    socket: OwnedFd,
}

impl RouteWatch {
    fn open() -> Result<Self, Failure> {
        let failed = |errno| Failure::kernel(CODE, "watch the routes", errno);
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        // No protocol means NETLINK_ROUTE, whose number is 0.
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None).map_err(failed)?;
        let groups = (libc::RTMGRP_IPV4_ROUTE | libc::RTMGRP_IPV6_ROUTE) as u32;
        bind(&socket, &SocketAddrNetlink::new(0, groups)).map_err(failed)?;
        Ok(RouteWatch { socket })
    }

    /// The content is not needed: a message only means that the routes must be checked.
    fn clear(&self) {
        while recv(&self.socket, &mut [0u8; 4096][..], RecvFlags::TRUNC).is_ok() {}
    }
}

/// Columns: interface, destination, gateway, flags, …, mask.
fn has_v4(table: &str) -> bool {
    table.lines().any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        columns.next() == Some("00000000") && columns.nth(5) == Some("00000000")
    })
}

/// Columns: destination, prefix length, …, interface. If there is no default route, the table has an entry for the loopback.
fn has_v6(table: &str) -> bool {
    let is_default = |line: &str| line.starts_with("00000000000000000000000000000000 00 ");
    table.lines().any(|line| is_default(line) && line.split_whitespace().last() != Some("lo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_routes_are_recognized() {
        let header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
        let network = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let default = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
        assert!(!has_v4(&format!("{header}{network}")));
        assert!(has_v4(&format!("{header}{network}{default}")));
        let zeros = "0".repeat(32);
        let route = |interface: &str| format!("{zeros} 00 {zeros} 00 {zeros} 00000400 00000002 00000000 00000003 {interface}\n");
        assert!(!has_v6(&route("      lo")));
        assert!(has_v6(&(route("      lo") + &route("    eth0"))));
    }

    #[test]
    fn additional_routes_are_accepted() {
        let routes = |v4, v6| DefaultRoutes { v4, v6 };
        assert!(routes(true, true).include(routes(true, false)));
        assert!(!routes(true, false).include(routes(true, true)));
    }
}
