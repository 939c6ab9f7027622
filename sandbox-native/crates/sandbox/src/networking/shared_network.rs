//! The verb `network`: a private network that several commands join, held until its owner exits.
use super::default_routes::{self, DefaultRoutes};
use super::host_gateway;
use super::network;
use super::network_helper::{GATEWAY, HelperProgram, NetworkHelper};
use super::resolver_files;
use crate::lifecycle::channel::{self, Connected};
use crate::lifecycle::watch::{Watched, watch};
use foundation::failure::Failure;
use foundation::process_identity;
use foundation::signals::{self, FORWARDED, SignalFd};
use foundation::status;
use foundation::sys::{self, Fork};
use protocol::{Network, NetworkRequest};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::process::{Pid, Signal, WaitOptions, waitpid};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

const CODE: &str = "SANDBOX_NETWORK";

#[derive(Serialize)]
pub struct Closed {}

/// From the keeper: the result of enabling the loopback interface, with the descriptor of its namespace.
#[derive(Serialize, Deserialize)]
struct Raised(Option<Failure>);

/// A process that only keeps the namespace alive, so that others can find it.
struct Keeper {
    pid: Pid,
    pidfd: OwnedFd,
    /// The keeper exits when this end is closed for any reason.
    channel: OwnedFd,
}

/// Without a helper only a warning is reported: a network without outbound access would be useless.
pub fn hold(request: &NetworkRequest) -> Result<Closed, Failure> {
    let failed = |errno| Failure::kernel(CODE, "watch the network", errno);
    let signals = SignalFd::block(&FORWARDED).map_err(failed)?;
    // SECURITY: the host's network cannot hide addresses: then the attempt must fail.
    if !network::may_configure() && request.hidden_addresses.is_empty() {
        status::warning(NetworkHelper::FORBIDDEN);
        return Ok(Closed {});
    }
    let Some(program) = NetworkHelper::find() else {
        status::warning(NetworkHelper::MISSING);
        return Ok(Closed {});
    };
    let keeper = Keeper::start(program.routes, &request.hidden_addresses)?;
    let gateway = request.reaches_host.then(|| host_gateway::address(Network::Private, program.address(), None)).flatten();
    let helper = keeper.namespace().and_then(|namespace| keeper.connect((&program, request.reaches_host), &namespace));
    if helper.is_ok() {
        let text = resolver_files::resolv_conf(&resolver_files::of_host(), Network::Private, program.resolver());
        let pid = keeper.pid.as_raw_nonzero().get();
        status::network((pid, process_identity::start_ticks(pid).unwrap_or(0)), &text, gateway);
        watch(&keeper, &signals, (&mut [], false));
    }
    keeper.kill();
    let ended = waitpid(Some(keeper.pid), WaitOptions::empty()).map_err(failed);
    drop(helper?);
    ended.map(|_| Closed {})
}

impl Keeper {
    fn start(routes: DefaultRoutes, hidden: &[IpAddr]) -> Result<Self, Failure> {
        let (channel, theirs) = channel::pair()?;
        let failed = |errno| Failure::kernel(CODE, "create a network namespace", errno);
        match sys::fork_into(libc::CLONE_NEWNET as u64, None).map_err(failed)? {
            (Fork::Parent(pid), Some(pidfd)) => Ok(Keeper { pid, pidfd, channel }),
            _ => {
                drop(channel);
                keep(&theirs, routes, hidden)
            }
        }
    }

    /// Returns when packets can be sent. None if no helper program can connect it.
    fn connect(
        &self,
        (program, reaches_host): (&HelperProgram, bool),
        namespace: &OwnedFd,
    ) -> Result<Option<NetworkHelper>, Failure> {
        if program.routes == DefaultRoutes::NONE {
            status::warning(NetworkHelper::CUT_OFF);
            return Ok(None);
        }
        let mut helper = NetworkHelper::start(program, namespace, reaches_host)?;
        if helper.wait(&[self.channel.as_fd()])?.is_some() && channel::receive::<Connected>(&self.channel)?.is_none() {
            return Err(ended_early());
        }
        Ok(Some(helper))
    }

    /// With its loopback interface enabled.
    fn namespace(&self) -> Result<OwnedFd, Failure> {
        match channel::receive::<Raised>(&self.channel)? {
            Some((Raised(None), descriptors)) => descriptors.into_iter().next().ok_or_else(ended_early),
            Some((Raised(Some(failure)), _)) => Err(failure),
            None => Err(ended_early()),
        }
    }
}

fn ended_early() -> Failure {
    Failure::new(CODE, "Cannot create a network: its keeper process ended early")
}

impl Watched for Keeper {
    fn pid(&self) -> Pid {
        self.pid
    }

    fn ended(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// There is no command that signals could be forwarded to.
    fn signal(&self, _: i32) {}
}

/// In the keeper. It holds no descriptors of the process that started it.
fn keep(channel: &OwnedFd, routes: DefaultRoutes, hidden: &[IpAddr]) -> ! {
    let _ = signals::die_with_parent(Signal::KILL); // closing the channel has the same effect
    if sys::close_all_but(&[channel.as_fd()]).is_err() {
        sys::exit_now(1);
    }
    // SECURITY: packets to an address of the namespace stay in it (test/attack/networks/metadata-service.test.ts).
    let hidden: Vec<_> = hidden.iter().copied().filter(|address| *address != IpAddr::V4(GATEWAY)).collect();
    let namespace = network::raise_loopback().and_then(|()| network::add_to_loopback(&hidden)).and_then(|()| network::open_own());
    let descriptors: Vec<_> = namespace.iter().map(AsFd::as_fd).collect();
    if channel::send(channel, &Raised(namespace.as_ref().err().cloned()), &descriptors).is_err() {
        sys::exit_now(1);
    }
    if default_routes::wait_for(routes, channel).is_ok_and(|came| came) && channel::send(channel, &Connected, &[]).is_err() {
        sys::exit_now(1);
    }
    let _ = channel::receive::<Raised>(channel); // no message is sent: it returns when the other side closes the channel
    sys::exit_now(0)
}
