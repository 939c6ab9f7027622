//! The address under which a command with a network of its own reaches the host, where it was asked for by the name
//! `host-gateway`.
use super::network_helper::{HelperProgram, Kind};
use super::spec::Network;
use std::net::Ipv4Addr;

pub const MISSING: &str = "This machine has no default route of IPv4: names for host-gateway are left out of /etc/hosts";
const NAME: &str = "host-gateway";

pub fn is_wanted(hosts: &[(String, String)]) -> bool {
    hosts.iter().any(|(address, _)| address == NAME)
}

/// `known`: of a network that somebody else has opened. None where the network does not reach the host.
pub fn address(network: Network, helper: Option<&HelperProgram>, known: Option<&str>) -> Option<String> {
    match network {
        Network::Host => Some("127.0.0.1".into()),
        Network::Private => helper.and_then(by_helper),
        Network::Join { .. } => known.map(str::to_owned),
        Network::None => None,
    }
}

/// The helpers stand for the host at the address of the way out.
pub fn by_helper(helper: &HelperProgram) -> Option<String> {
    match helper.kind {
        Kind::Pasta => std::fs::read_to_string("/proc/thread-self/net/route").ok().and_then(|table| default_gateway(&table)),
        Kind::Slirp => Some("10.0.2.2".into()),
    }
}

/// With the address in its place; a name for what can't be reached is left out.
pub fn resolve<'a>(hosts: &'a [(String, String)], gateway: Option<&'a str>) -> impl Iterator<Item = (&'a str, &'a str)> {
    hosts.iter().filter_map(move |(address, name)| {
        let address = if address == NAME { gateway? } else { address };
        Some((address, &name[..]))
    })
}

/// Columns: interface, destination, gateway in the machine's byte order, flags, …, metric, mask. The first default route
/// with the lowest metric.
fn default_gateway(table: &str) -> Option<String> {
    let routes = table.lines().filter_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_default = columns.get(1) == Some(&"00000000") && columns.get(7) == Some(&"00000000");
        let gateway = u32::from_str_radix(columns.get(2)?, 16).ok().filter(|gateway| *gateway != 0)?;
        let metric: u32 = columns.get(6)?.parse().ok()?;
        is_default.then_some((metric, gateway))
    });
    let (_, gateway) = routes.min_by_key(|(metric, _)| *metric)?;
    Some(Ipv4Addr::from(gateway.to_ne_bytes()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_is_that_of_the_best_default_route() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n\
            eth0\t00000000\t0100000A\t0003\t0\t0\t200\t00000000\n\
            wlan0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\n\
            tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\n\
            eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n";
        assert_eq!(default_gateway(table).as_deref(), Some("192.168.1.1"));
        assert_eq!(default_gateway("Iface\tDestination\n"), None);
    }

    #[test]
    fn the_name_becomes_an_address_or_is_left_out() {
        let hosts = [("host-gateway".to_owned(), "host".to_owned()), ("10.0.0.1".to_owned(), "db".to_owned())];
        assert_eq!(resolve(&hosts, Some("10.0.2.2")).collect::<Vec<_>>(), [("10.0.2.2", "host"), ("10.0.0.1", "db")]);
        assert_eq!(resolve(&hosts, None).collect::<Vec<_>>(), [("10.0.0.1", "db")]);
        assert!(is_wanted(&hosts) && !is_wanted(&hosts[1..]));
    }
}
