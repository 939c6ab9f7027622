//! /etc/hosts and /etc/resolv.conf of the command.
use super::host_gateway;
use crate::lifecycle::channel::Go;
use protocol::{Network, Resolver, RunRequest};

/// Used if all resolvers of the host are loopback addresses, which a private network cannot reach.
const PUBLIC_RESOLVERS: &str = "nameserver 8.8.8.8\nnameserver 8.8.4.4\n";
/// The same, if no helper forwards queries and there is only IPv6.
const PUBLIC_RESOLVERS_V6: &str = "nameserver 2001:4860:4860::8888\nnameserver 2001:4860:4860::8844\n";

const V6_LOOPBACK: &str = "::1\tlocalhost ip6-localhost ip6-loopback\n";
const MULTICAST: &str = "fe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

/// For a build step, as BuildKit writes it.
pub fn hosts_of_step(request: &RunRequest, gateway: Option<&str>) -> String {
    with_extra_hosts(format!("127.0.0.1\tlocalhost {}\n{V6_LOOPBACK}", request.hostname), request, gateway)
}

/// For a container, as docker's engine writes it: its name resolves to its address.
pub fn hosts_of_container(request: &RunRequest, go: &Go) -> String {
    let own = own_names(request);
    let names = if go.address.is_some() { "localhost" } else { &format!("localhost {own}") };
    let common = format!("127.0.0.1\t{names}\n{V6_LOOPBACK}{MULTICAST}");
    let hosts = with_extra_hosts(common, request, go.host_gateway.as_deref());
    match go.address {
        Some(address) => format!("{hosts}{address}\t{own}\n"),
        None => hosts,
    }
}

fn own_names(RunRequest { hostname, domainname, .. }: &RunRequest) -> String {
    match domainname {
        Some(domain) => format!("{hostname}.{domain} {hostname}"),
        None => hostname.clone(),
    }
}

/// For a command in the host's network: the names of the host.
pub fn hosts_of_host(request: &RunRequest, go: &Go) -> String {
    match std::fs::read_to_string("/etc/hosts") {
        Ok(text) => {
            let text = if text.ends_with('\n') { text } else { text + "\n" };
            with_extra_hosts(text, request, go.host_gateway.as_deref())
        }
        Err(_) => hosts_of_container(request, go), // it does not exist, or is not readable as text
    }
}

fn with_extra_hosts(mut text: String, request: &RunRequest, gateway: Option<&str>) -> String {
    for (address, name) in host_gateway::resolve(&request.extra_hosts, gateway) {
        text += &format!("{address}\t{name}\n");
    }
    text
}

pub fn of_host() -> String {
    std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default() // the file may not exist
}

/// The host's resolvers, without those that only the host can reach. `forwarder` is the resolver of the network helper.
pub fn resolv_conf(host: &str, network: Network, forwarder: Option<&str>) -> String {
    if network == Network::Host {
        return host.to_owned();
    }
    let others = host.lines().filter(|line| nameserver(line).is_none());
    let reachable: Vec<&str> = match forwarder {
        Some(_) => Vec::new(),
        None => host.lines().filter(|line| nameserver(line).is_some_and(|address| !is_loopback(address))).collect(),
    };
    let mut text: String = others.map(|line| format!("{line}\n")).collect();
    match forwarder {
        Some(address) => text += &format!("nameserver {address}\n"),
        None if reachable.is_empty() && network == Network::Private => text += PUBLIC_RESOLVERS_V6,
        None if reachable.is_empty() => text += PUBLIC_RESOLVERS,
        None => text.extend(reachable.iter().map(|line| format!("{line}\n"))),
    }
    text
}

/// Replaces lines of each kind by the wanted ones; the domain `.` means none.
pub fn changed(text: &str, wanted: &Resolver) -> String {
    let is_kept = |line: &&str| match line.split_whitespace().next() {
        Some("nameserver") => wanted.nameservers.is_empty(),
        Some("search" | "domain") => wanted.search.is_empty(),
        Some("options") => wanted.options.is_empty(),
        _ => true,
    };
    let domains: Vec<&str> = wanted.search.iter().map(String::as_str).filter(|domain| *domain != ".").collect();
    let joined =
        |word: &str, values: &[&str]| if values.is_empty() { String::new() } else { format!("{word} {}\n", values.join(" ")) };
    let options: Vec<&str> = wanted.options.iter().map(String::as_str).collect();
    let mut changed: String = text.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
    changed += &joined("search", &domains);
    changed.extend(wanted.nameservers.iter().map(|address| format!("nameserver {address}\n")));
    changed + &joined("options", &options)
}

fn nameserver(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    (words.next() == Some("nameserver")).then(|| words.next()).flatten()
}

fn is_loopback(address: &str) -> bool {
    let plain = address.split('%').next().unwrap_or(address);
    plain.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolv_conf_drops_loopback_resolvers_and_keeps_options() {
        let host = "search example\nnameserver 127.0.0.53\nnameserver 10.0.0.2\noptions edns0\n";
        let expected = "search example\noptions edns0\nnameserver 10.0.0.2\n";
        assert_eq!(resolv_conf(host, Network::None, None), expected);
        assert_eq!(resolv_conf(host, Network::Host, None), host);
    }

    #[test]
    fn settings_replace_only_lines_of_their_kind() {
        let host = "search example\nnameserver 10.0.0.2\noptions edns0\n";
        let wanted = |nameservers: &[&str], search: &[&str], options: &[&str]| {
            let [nameservers, search, options] =
                [nameservers, search, options].map(|list| list.iter().map(|word| word.to_string()).collect());
            changed(host, &Resolver { nameservers, search, options })
        };
        assert_eq!(wanted(&[], &[], &[]), host);
        assert_eq!(wanted(&[], &["a", "b"], &[]), "nameserver 10.0.0.2\noptions edns0\nsearch a b\n");
        assert_eq!(wanted(&["1.1.1.1"], &["."], &["ndots:2"]), "nameserver 1.1.1.1\noptions ndots:2\n");
    }

    #[test]
    fn resolv_conf_falls_back_to_public_resolvers() {
        assert_eq!(resolv_conf("nameserver ::1\n", Network::None, None), PUBLIC_RESOLVERS);
        assert_eq!(resolv_conf("nameserver ::1\n", Network::Private, None), PUBLIC_RESOLVERS_V6);
        assert_eq!(resolv_conf("", Network::Private, Some("169.254.1.1")), "nameserver 169.254.1.1\n");
    }
}
