//! The forwarder's loop: one epoll set for listeners, connections and UDP flows.
use super::destinations::Destinations;
use super::pipe_pool::PipePool;
use super::tcp::{Connection, Served, Side, Turn};
use super::udp::{self, Flow};
use crate::ports::Listener;
use foundation::failure::Failure;
use protocol::PortProtocol;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

const ACCEPTS_A_TURN: u32 = 64;
/// How long accepting pauses when descriptors are exhausted and no connection ends.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A connection has two tokens: an even one for its client, and with this bit one for its server.
const SERVER: u64 = 1;

struct Forwarding {
    epoll: OwnedFd,
    listeners: Vec<Listener>,
    destinations: Destinations,
    connections: HashMap<u64, Connection>,
    flows: HashMap<u64, Flow>,
    flow_of: HashMap<(usize, SocketAddr), u64>,
    busy: VecDeque<u64>,
    pipes: PipePool,
    buffer: Vec<u8>,
    next_token: u64,
    accepting_again_at: Option<Instant>,
}

pub fn run(listeners: Vec<Listener>, destinations: Destinations) -> Result<(), Failure> {
    let mut forwarding = Forwarding::new(listeners, destinations).map_err(failed)?;
    let mut events = Vec::with_capacity(256);
    let mut last_sweep = Instant::now();
    loop {
        events.clear();
        let timeout = forwarding.timeout();
        match epoll::wait(&forwarding.epoll, spare_capacity(&mut events), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(failed(errno)),
        }
        for event in &events {
            forwarding.handle(event.data.u64(), event.flags);
        }
        forwarding.serve_busy();
        forwarding.resume_accepting();
        if last_sweep.elapsed() > udp::IDLE / 3 {
            forwarding.forget_idle_flows();
            last_sweep = Instant::now();
        }
    }
}

fn failed(errno: Errno) -> Failure {
    Failure::kernel("CONTAINER_NETWORK", "forward ports", errno)
}

impl Forwarding {
    fn new(listeners: Vec<Listener>, destinations: Destinations) -> Result<Forwarding, Errno> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        for (index, listener) in listeners.iter().enumerate() {
            epoll::add(&epoll, &listener.socket, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
        }
        let next_token = (listeners.len() as u64).next_multiple_of(2);
        Ok(Forwarding {
            epoll,
            listeners,
            destinations,
            connections: HashMap::new(),
            flows: HashMap::new(),
            flow_of: HashMap::new(),
            busy: VecDeque::new(),
            pipes: PipePool::default(),
            buffer: udp::buffer(),
            next_token,
            accepting_again_at: None,
        })
    }

    fn timeout(&self) -> Timespec {
        let wait = if !self.busy.is_empty() {
            Duration::ZERO
        } else if self.accepting_again_at.is_some() {
            ACCEPT_PAUSE
        } else {
            udp::IDLE / 3
        };
        Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) }
    }

    fn handle(&mut self, token: u64, flags: epoll::EventFlags) {
        if let Some(listener) = self.listeners.get(token as usize) {
            match listener.protocol {
                PortProtocol::Tcp => self.accept(token as usize),
                PortProtocol::Udp => self.receive(token as usize),
            }
        } else if let Some(flow) = self.flows.get_mut(&token) {
            udp::relay_answers(flow, &self.listeners[flow.listener].socket, &mut self.buffer);
        } else {
            self.attend(token, flags);
        }
    }

    fn accept(&mut self, index: usize) {
        for _ in 0..ACCEPTS_A_TURN {
            let listener = &self.listeners[index];
            let accepted = accept_with(&listener.socket, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)
                .and_then(|client| Connection::begin(client, &self.destinations, listener.container_port));
            match accepted {
                Ok(connection) => self.add(connection),
                Err(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => return self.pause_accepting(),
                Err(Errno::AGAIN) => return,
                Err(_) => {} // that client has disconnected again
            }
        }
    }

    fn add(&mut self, connection: Connection) {
        let token = self.new_token();
        let client = self.watch(token, &connection.client);
        if client.and_then(|()| self.watch(token + SERVER, &connection.server)).is_ok() {
            self.connections.insert(token, connection);
        }
    }

    fn watch(&self, token: u64, socket: &OwnedFd) -> Result<(), Errno> {
        let interest = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
        epoll::add(&self.epoll, socket, epoll::EventData::new_u64(token), interest)
    }

    fn attend(&mut self, token: u64, flags: epoll::EventFlags) {
        let side = if token & SERVER == 0 { Side::Client } else { Side::Server };
        let token = token & !SERVER;
        if let Some(connection) = self.connections.get_mut(&token) {
            let served = connection.attend((side, flags), (&self.destinations, &mut self.pipes));
            self.follow(token, served);
        }
    }

    fn follow(&mut self, token: u64, served: Served) {
        match served {
            Served::Idle => {}
            Served::Busy => self.busy.push_back(token),
            Served::Reconnecting => {
                let watched = self.connections.get(&token).map(|connection| self.watch(token + SERVER, &connection.server));
                if watched.is_none_or(|result| result.is_err()) {
                    self.connections.remove(&token);
                }
            }
            Served::Closed => {
                self.connections.remove(&token);
            }
        }
    }

    fn serve_busy(&mut self) {
        for _ in 0..self.busy.len() {
            let Some(token) = self.busy.pop_front() else { return };
            if let Some(connection) = self.connections.get_mut(&token) {
                let served = connection.serve(Turn::BOTH, &mut self.pipes);
                self.follow(token, served);
            }
        }
    }

    fn receive(&mut self, index: usize) {
        for _ in 0..ACCEPTS_A_TURN {
            let Some(datagram) = udp::receive(&self.listeners[index].socket, &mut self.buffer) else { return };
            let key = (index, datagram.client);
            let token = match self.flow_of.get(&key) {
                Some(token) => *token,
                None => match self.add_flow(key) {
                    Some(token) => token,
                    None => continue,
                },
            };
            if let Some(flow) = self.flows.get_mut(&token) {
                udp::send_inside(flow, &self.buffer[..datagram.length]);
            }
        }
    }

    fn add_flow(&mut self, key: (usize, SocketAddr)) -> Option<u64> {
        if self.flows.len() >= udp::MAX_FLOWS {
            self.forget_oldest_flow();
        }
        let server = self.destinations.get(0, self.listeners[key.0].container_port)?;
        let flow = udp::open_flow(key.0, key.1, server).ok()?;
        let token = self.new_token();
        epoll::add(&self.epoll, &flow.socket, epoll::EventData::new_u64(token), epoll::EventFlags::IN).ok()?;
        self.flows.insert(token, flow);
        self.flow_of.insert(key, token);
        Some(token)
    }

    fn forget_oldest_flow(&mut self) {
        let oldest = self.flows.iter().min_by_key(|(_, flow)| flow.last_used).map(|(token, _)| *token);
        if let Some(token) = oldest {
            self.forget_flow(token);
        }
    }

    fn forget_idle_flows(&mut self) {
        let idle: Vec<u64> =
            self.flows.iter().filter(|(_, flow)| flow.last_used.elapsed() > udp::IDLE).map(|(token, _)| *token).collect();
        for token in idle {
            self.forget_flow(token);
        }
    }

    fn forget_flow(&mut self, token: u64) {
        if let Some(flow) = self.flows.remove(&token) {
            self.flow_of.remove(&(flow.listener, flow.client));
        }
    }

    fn new_token(&mut self) -> u64 {
        self.next_token += 2;
        self.next_token
    }

    fn pause_accepting(&mut self) {
        self.accepting_again_at = Some(Instant::now() + ACCEPT_PAUSE);
        self.set_accepting(epoll::EventFlags::empty());
    }

    fn resume_accepting(&mut self) {
        if self.accepting_again_at.is_some_and(|at| Instant::now() >= at) {
            self.accepting_again_at = None;
            self.set_accepting(epoll::EventFlags::IN);
        }
    }

    fn set_accepting(&self, interest: epoll::EventFlags) {
        for (index, listener) in self.listeners.iter().enumerate() {
            if listener.protocol == PortProtocol::Tcp {
                // The socket has been in the set since `new`, therefore changing its interest cannot fail.
                let _ = epoll::modify(&self.epoll, &listener.socket, epoll::EventData::new_u64(index as u64), interest);
            }
        }
    }
}
