//! Forwarded datagrams: one socket inside the container per client, so that replies can be returned to it.
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// A flow without traffic for this long is closed.
pub const IDLE: Duration = Duration::from_secs(90);
/// A flood of forged senders must not exhaust descriptors or memory.
pub const MAX_FLOWS: usize = 4096;
/// Datagrams of one socket before others get a turn.
const BURST: u32 = 64;
const MAX_DATAGRAM: usize = 65_535;

pub struct Flow {
    pub socket: OwnedFd,
    pub listener: usize,
    pub client: SocketAddr,
    pub last_used: Instant,
}

pub struct Datagram {
    pub client: SocketAddr,
    pub length: usize,
}

pub fn buffer() -> Vec<u8> {
    vec![0; MAX_DATAGRAM]
}

/// The next datagram of a client, or none for now.
pub fn receive(listener: &OwnedFd, buffer: &mut [u8]) -> Option<Datagram> {
    let (length, _, client) = net::recvfrom(listener, buffer, RecvFlags::DONTWAIT).ok()?;
    let client = SocketAddr::try_from(client?).ok()?;
    Some(Datagram { client, length })
}

pub fn open_flow(listener: usize, client: SocketAddr, server: SocketAddr) -> Result<Flow, Errno> {
    let family = if server.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    net::connect(&socket, &server)?;
    Ok(Flow { socket, listener, client, last_used: Instant::now() })
}

/// UDP does not guarantee delivery: errors are not reported.
pub fn send_inside(flow: &mut Flow, datagram: &[u8]) {
    flow.last_used = Instant::now();
    let _ = net::send(&flow.socket, datagram, SendFlags::DONTWAIT);
}

pub fn relay_answers(flow: &mut Flow, listener: &OwnedFd, buffer: &mut [u8]) {
    for _ in 0..BURST {
        match net::recv(&flow.socket, &mut *buffer, RecvFlags::DONTWAIT) {
            Ok((length, _)) => {
                flow.last_used = Instant::now();
                let _ = net::sendto(listener, &buffer[..length], SendFlags::DONTWAIT, &flow.client);
            }
            Err(Errno::INTR | Errno::CONNREFUSED) => {} // an earlier datagram was refused
            Err(_) => return,
        }
    }
}
