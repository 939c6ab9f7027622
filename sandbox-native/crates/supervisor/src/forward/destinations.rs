//! Addresses at which a container's servers are reached: its own. Many servers accept connections from the loopback without
//! a password, and a client of a published port must not appear to come from there (CVE-2021-20199).
use rustix::net::{AddressFamily, SocketType, bind, socket};
use sandbox::PRIVATE_ADDRESS;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};

/// In the order of attempts.
pub struct Destinations(Vec<SocketAddr>);

impl Destinations {
    /// For the network namespace that this process is in.
    pub fn here() -> Self {
        let v4 = SocketAddr::new(PRIVATE_ADDRESS.into(), 0);
        let table = std::fs::read_to_string("/proc/thread-self/net/if_inet6").unwrap_or_default(); // no IPv6
        Destinations(is_here(&v4).then_some(v4).into_iter().chain(best_v6(&table).map(SocketAddr::V6)).collect())
    }

    /// The address to try after this number of attempts.
    pub fn get(&self, tried: usize, port: u16) -> Option<SocketAddr> {
        let mut address = *self.0.get(tried)?;
        address.set_port(port);
        Some(address)
    }
}

fn is_here(address: &SocketAddr) -> bool {
    socket(AddressFamily::INET, SocketType::DGRAM, None).and_then(|socket| bind(&socket, address)).is_ok()
}

/// Columns: address, index of the interface, prefix length, scope (0 is global, 20 the link's), flags, interface.
fn best_v6(table: &str) -> Option<SocketAddrV6> {
    let addresses = table.lines().filter_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let &[address, index, _, scope, _, interface] = columns.as_slice() else { return None };
        let address = Ipv6Addr::from(u128::from_str_radix(address, 16).ok()?);
        let (index, scope) = (u32::from_str_radix(index, 16).ok()?, u32::from_str_radix(scope, 16).ok()?);
        (interface != "lo").then(|| (scope, SocketAddrV6::new(address, 0, 0, index)))
    });
    addresses.min_by_key(|(scope, _)| *scope).map(|(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_local_address_is_the_last_resort_and_loopback_is_never_used() {
        let loopback = "00000000000000000000000000000001 01 80 10 80       lo\n";
        let link = "fe80000000000000fcf568fffea74379 0b 40 20 c0     eth0\n";
        let global = "fd000000000000000000000000000002 0b 40 00 82     eth0\n";
        let best = |lines: &[&str]| best_v6(&lines.concat()).map(|address| address.to_string());
        assert_eq!(best(&[loopback]), None);
        assert_eq!(best(&[loopback, link]).as_deref(), Some("[fe80::fcf5:68ff:fea7:4379%11]:0"));
        assert_eq!(best(&[link, loopback, global]).as_deref(), Some("[fd00::2%11]:0"));
    }
}
