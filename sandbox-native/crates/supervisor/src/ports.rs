//! Published ports: sockets bound on the host before the container starts, so that a port in use is an error at once.
use foundation::failure::Failure;
use protocol::{PortProtocol, PortRequest};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct BoundPort {
    pub protocol: PortProtocol,
    pub container_port: u16,
    pub host_port: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_ip: Option<IpAddr>,
}

pub struct Listener {
    pub socket: OwnedFd,
    pub protocol: PortProtocol,
    pub container_port: u16,
}

/// How often to choose another free port if the number is in use in the other address family.
const FREE_PORT_TRIES: u32 = 32;

pub fn bind_all(requests: &[PortRequest]) -> Result<(Vec<Listener>, Vec<BoundPort>), Failure> {
    let mut listeners = Vec::new();
    let mut bound = Vec::new();
    for request in requests {
        let (sockets, host_port) = bind_first_free(request).map_err(|errno| cannot_bind(request, errno))?;
        for socket in sockets {
            listeners.push(Listener { socket, protocol: request.protocol, container_port: request.container_port });
        }
        bound.push(BoundPort {
            protocol: request.protocol,
            container_port: request.container_port,
            host_port,
            host_ip: request.host_ip,
        });
    }
    Ok((listeners, bound))
}

fn bind_first_free(request: &PortRequest) -> Result<(Vec<OwnedFd>, u16), Errno> {
    let last = request.last_host_port.unwrap_or(request.host_port);
    for port in request.host_port..last {
        match bind(request, port) {
            Err(Errno::ADDRINUSE) => {}
            other => return other,
        }
    }
    bind(request, last)
}

fn bind(request: &PortRequest, host_port: u16) -> Result<(Vec<OwnedFd>, u16), Errno> {
    if let Some(ip) = request.host_ip {
        let (socket, port) = bind_one(request.protocol, SocketAddr::new(ip, host_port))?;
        return Ok((vec![socket], port));
    }
    let mut tries = 0;
    loop {
        let every_v4 = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), host_port);
        let (v4, port) = bind_one(request.protocol, every_v4)?;
        match bind_one(request.protocol, SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)) {
            Ok((v6, _)) => return Ok((vec![v4, v6], port)),
            // A host without IPv6 publishes only on IPv4.
            Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) => return Ok((vec![v4], port)),
            Err(Errno::ADDRINUSE) if host_port == 0 && tries < FREE_PORT_TRIES => tries += 1,
            Err(errno) => return Err(errno),
        }
    }
}

fn bind_one(protocol: PortProtocol, address: SocketAddr) -> Result<(OwnedFd, u16), Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let kind = if protocol == PortProtocol::Tcp { SocketType::STREAM } else { SocketType::DGRAM };
    let socket = net::socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    if protocol == PortProtocol::Tcp {
        // Connections of an ended container in TIME_WAIT must not block the port.
        sockopt::set_socket_reuseaddr(&socket, true)?;
    }
    net::bind(&socket, &address)?;
    if protocol == PortProtocol::Tcp {
        net::listen(&socket, 4096)?;
    }
    let local = SocketAddr::try_from(net::getsockname(&socket)?)?;
    Ok((socket, local.port()))
}

fn cannot_bind(request: &PortRequest, errno: Errno) -> Failure {
    let ip = request.host_ip.map_or("0.0.0.0".to_owned(), |ip| ip.to_string());
    let range = request.last_host_port.map_or(String::new(), |last| format!("-{last}"));
    let doing = format!("publish port \"{ip}:{}{range}\"", request.host_port);
    let failure = Failure::kernel("CONTAINER_PORT", &doing, errno);
    match errno {
        Errno::ADDRINUSE => {
            Failure { message: format!("Cannot {doing}: port is already allocated (another process listens there)"), ..failure }
                .with_hint("Choose another host port, or stop the process that uses it (ss -ltnp shows it)")
        }
        Errno::ACCESS | Errno::PERM => failure
            .with_hint("Ports below net.ipv4.ip_unprivileged_port_start (usually 1024) need root: choose a higher host port"),
        _ => failure,
    }
}
