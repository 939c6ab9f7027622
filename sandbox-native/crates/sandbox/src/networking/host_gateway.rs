//! The address at which a command with a private network reaches the host, if requested with the name `host-gateway`.
use super::network_helper::GATEWAY;
use protocol::Network;
use std::net::Ipv4Addr;

pub const MISSING: &str = "This machine has no IPv4 default route: names for host-gateway are left out of /etc/hosts";
const NAME: &str = "host-gateway";

pub fn is_wanted(hosts: &[(String, String)]) -> bool {
    hosts.iter().any(|(address, _)| address == NAME)
}

/// `own`: address of the private network. `known`: the host's address in a network that another process opened. None if the
/// network does not reach the host.
pub fn address(network: Network, own: Option<Ipv4Addr>, known: Option<&str>) -> Option<String> {
    match network {
        Network::Host => Some("127.0.0.1".into()),
        Network::Private => own.map(|_| GATEWAY.to_string()),
        Network::Join { .. } => known.map(str::to_owned),
        Network::None => None,
    }
}

/// Replaces `host-gateway` by the address; omits names that cannot be reached.
pub fn resolve<'a>(hosts: &'a [(String, String)], gateway: Option<&'a str>) -> impl Iterator<Item = (&'a str, &'a str)> {
    hosts.iter().filter_map(move |(address, name)| {
        let address = if address == NAME { gateway? } else { address };
        Some((address, &name[..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_resolved_or_omitted() {
        let hosts = [("host-gateway".to_owned(), "host".to_owned()), ("10.0.0.1".to_owned(), "db".to_owned())];
        assert_eq!(resolve(&hosts, Some("10.0.2.2")).collect::<Vec<_>>(), [("10.0.2.2", "host"), ("10.0.0.1", "db")]);
        assert_eq!(resolve(&hosts, None).collect::<Vec<_>>(), [("10.0.0.1", "db")]);
        assert!(is_wanted(&hosts) && !is_wanted(&hosts[1..]));
    }
}
