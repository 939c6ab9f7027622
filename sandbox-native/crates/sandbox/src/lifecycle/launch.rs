//! Starts a command in a sandbox and returns it to the caller, which watches it in its own loop and calls `finish` when it
//! has ended.
use super::channel::{self, Connected, Go, Report};
use super::first_process;
use super::init::{self, Init};
use super::watch::Watched;
use crate::cgroup::{self, Cgroup};
use crate::mounts::devices;
use crate::mounts::mount_points::{self, Made};
use crate::namespaces::joined_namespaces::JoinedNamespaces;
use crate::namespaces::private_namespaces::{NOT_OWNED_BY_USERS, choose_network, is_cut_off, namespaces};
use crate::namespaces::user_namespace::UserNamespace;
use crate::networking::default_routes::DefaultRoutes;
use crate::networking::host_gateway;
use crate::networking::network_helper::{ADDRESS, HelperProgram, NetworkHelper};
use crate::networking::resolver_files;
use crate::ownership::Keeper;
use crate::process::outcome::{End, Outcome};
use crate::process::usage;
use foundation::failure::Failure;
use foundation::sys::Fork;
use foundation::{owner_record, signals};
use protocol::{Network, RunRequest};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::process::Pid;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Instant;

const CODE: &str = "SANDBOX_START";

/// A running command, and everything that must be undone after it.
pub struct Running {
    /// The first process of the sandbox; the command is its child.
    pub pid: Pid,
    /// Readable when the first process has exited.
    pub pidfd: OwnedFd,
    /// The terminal of the command, if it has one: input and output. The caller takes it.
    pub terminal: Option<OwnedFd>,
    /// The same terminal, for setting its size.
    sized: Option<OwnedFd>,
    channel: OwnedFd,
    cgroup: Option<Cgroup>,
    shares_processes: bool,
    helper: Option<NetworkHelper>,
    keeper: Option<Keeper>,
    root: Option<OwnedFd>,
    made: Vec<Made>,
    held: Vec<OwnedFd>,
    started: Instant,
}

/// The cgroup of a command that will be launched. `warn` receives deviations from the request.
pub fn make_cgroup(request: &RunRequest, warn: &mut dyn FnMut(&str)) -> Result<Option<Cgroup>, Failure> {
    let rules = devices::rules(request)?;
    match (&request.cgroup, request.pid.are_shared()) {
        (Some(spec), false) => Cgroup::create(spec, rules.as_ref(), warn).map(Some),
        (Some(spec), true) => Cgroup::create_to_end(spec, rules.as_ref(), warn).map(Some),
        (None, false) if rules.is_some_and(|rules| rules.are_required) => Err(cgroup::unavailable("the command has no cgroup")),
        (None, false) => Ok(None),
        (None, true) => Err(Failure::new(
            CODE,
            "Cannot share a process namespace: the command has no cgroup (expected one, to end its processes)",
        )),
    }
}

/// What a command is started with.
pub struct Launch<'a> {
    pub request: &'a RunRequest,
    pub cgroup: Option<Cgroup>,
    pub stdio: [BorrowedFd<'a>; 3],
}

/// Returns when the command has been executed. After an error nothing remains, including the cgroup.
pub fn launch(Launch { request, cgroup, stdio }: Launch<'_>, warn: &mut dyn FnMut(&str)) -> Result<Running, Failure> {
    let started = Instant::now();
    let (network, helper) = choose_network(request, warn).inspect_err(|_| discard(cgroup.as_ref()))?;
    let routes = helper.as_ref().map_or(DefaultRoutes::NONE, |helper| helper.routes);
    let address = helper.as_ref().map_or(is_cut_off(request, network).then_some(ADDRESS), HelperProgram::address);
    let Forked { side, ours: channel, theirs, joined, users } =
        fork(request, network, cgroup.as_ref()).inspect_err(|_| discard(cgroup.as_ref()))?;
    let (Fork::Parent(pid), Some(pidfd)) = side else {
        drop(channel);
        init::main(Init { request, channel: theirs, stdio, network, joined, users, cgroup: cgroup.as_ref(), routes })
    };
    drop((theirs, joined, users));
    let mut running = Running {
        pid,
        pidfd,
        terminal: None,
        sized: None,
        channel,
        cgroup,
        shares_processes: request.pid.are_shared(),
        helper: None,
        keeper: None,
        root: None,
        made: Vec::new(),
        held: Vec::new(),
        started,
    };
    match running.bring_up(&Start { request, network, address, helper }, warn) {
        Ok(()) => Ok(running),
        Err(failure) => {
            running.kill();
            let reported = running.last_failure();
            let _ = running.finish(warn); // the first failure is reported
            Err(reported.unwrap_or(failure))
        }
    }
}

/// One side of the fork that starts the first process, with all that it may need.
struct Forked {
    side: (Fork, Option<OwnedFd>),
    ours: OwnedFd,
    theirs: OwnedFd,
    joined: JoinedNamespaces,
    users: Option<UserNamespace>,
}

/// Starts the first process in its namespaces and its cgroup. Returns in both processes.
fn fork(request: &RunRequest, network: Network, cgroup: Option<&Cgroup>) -> Result<Forked, Failure> {
    let joined = JoinedNamespaces::open(request, network)?;
    let (ours, theirs) = channel::pair()?;
    let own = namespaces(network, request);
    let users = request.users.map(|range| UserNamespace::create(range, own)).transpose()?;
    let kinds = if users.is_some() { own & NOT_OWNED_BY_USERS } else { own };
    let group = cgroup.map_or(Ok(None), Cgroup::open_v2)?;
    let side = first_process::start(u64::from(kinds.bits()), (joined.processes.as_ref(), group), request.process.oom_score_adj)?;
    Ok(Forked { side, ours, theirs, joined, users })
}

/// A request with the network that was chosen for it.
struct Start<'a> {
    request: &'a RunRequest,
    network: Network,
    address: Option<Ipv4Addr>,
    helper: Option<HelperProgram>,
}

impl Running {
    fn bring_up(&mut self, start: &Start<'_>, warn: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        let &Start { request, network, address, ref helper } = start;
        if owner_record::is_used() {
            self.keeper = Some(Keeper::start(self.pid, false)?);
        }
        let forwarder = helper.as_ref().and_then(HelperProgram::resolver);
        let resolv_conf = match &request.resolv_conf {
            Some(text) => text.clone(),
            None => resolver_files::resolv_conf(&resolver_files::of_host(), network, forwarder),
        };
        let resolv_conf = resolver_files::changed(&resolv_conf, &request.resolver);
        let host_gateway = host_gateway::address(network, address, request.host_gateway.as_deref());
        if host_gateway::is_wanted(&request.extra_hosts) && host_gateway.is_none() && request.network == Network::Private {
            warn(host_gateway::MISSING);
        }
        channel::send(&self.channel, &Go { resolv_conf, host_gateway, address }, &[])?;
        self.wait_for_start(start, warn)
    }

    fn wait_for_start(&mut self, start: &Start<'_>, warn: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        loop {
            self.attend_helper()?;
            match channel::receive::<Report>(&self.channel)? {
                Some((Report::Warning { message }, _)) => warn(&message),
                Some((Report::Network, descriptors)) => {
                    if let (Some(program), Some(namespace)) = (&start.helper, descriptors.first()) {
                        let reaches_host = host_gateway::is_wanted(&start.request.extra_hosts);
                        self.helper = Some(NetworkHelper::start(program, namespace, reaches_host)?);
                    }
                }
                Some((Report::Ready { made }, descriptors)) => {
                    self.made = made;
                    let mut descriptors = descriptors.into_iter();
                    self.root = descriptors.next();
                    self.held = descriptors.collect();
                }
                Some((Report::Terminal, descriptors)) => {
                    self.terminal = descriptors.into_iter().next();
                    self.sized = self.terminal.as_ref().and_then(|terminal| terminal.try_clone().ok());
                }
                Some((Report::Owners { initial }, descriptors)) => {
                    if let Some(keeper) = &self.keeper {
                        keeper.hand_over(&initial, &descriptors)?;
                    }
                }
                Some((Report::Started, _)) => return Ok(()),
                Some((Report::Failed(failure), _)) => return Err(failure),
                // The command replaced the first process: its end of the channel was closed on exec.
                None if !start.request.has_init() && self.root.is_some() => return Ok(()),
                Some((Report::Exited { .. }, _)) | None => {
                    return Err(Failure::new(CODE, "Cannot start the sandbox: its first process ended early"));
                }
            }
        }
    }

    /// Until the first process has sent a message.
    fn attend_helper(&mut self) -> Result<(), Failure> {
        let Some(helper) = self.helper.as_mut().filter(|helper| helper.is_starting()) else { return Ok(()) };
        if helper.wait(&[self.channel.as_fd()])?.is_none() {
            let _ = channel::send(&self.channel, &Connected, &[]); // it may have noticed this itself and exited
        }
        Ok(())
    }

    /// Directories of its cgroup, one per hierarchy.
    pub fn cgroup_directories(&self) -> Vec<PathBuf> {
        self.cgroup.iter().flat_map(Cgroup::directories).map(Path::to_owned).collect()
    }

    /// For a first process that was killed. If it exited, its own report is better than the error of the process that could
    /// not reach it.
    fn last_failure(&self) -> Option<Failure> {
        while let Ok(Some((report, _))) = channel::receive::<Report>(&self.channel) {
            if let Report::Failed(failure) = report {
                return Some(failure);
            }
        }
        None
    }

    /// Waits until the first process exits, which ends all others, and undoes the preparations.
    pub fn finish(mut self, warn: &mut dyn FnMut(&str)) -> Result<Outcome, Failure> {
        let outcome = self.end();
        let undone = self.undo(warn);
        outcome.and_then(|outcome| undone.map(|()| outcome))
    }

    /// Waits until the first process exits, which ends all others. `undo` undoes the preparations.
    pub fn end(&self) -> Result<Outcome, Failure> {
        let (init_end, own_usage) = usage::wait_for(self.pid)?;
        self.end_others();
        let wall = self.started.elapsed();
        let reported = self.last_report();
        let readings = self.cgroup.as_ref().map(Cgroup::readings).unwrap_or_default();
        Ok(Outcome {
            status: reported.unwrap_or(init_end),
            oom_killed: readings.oom_killed,
            usage: usage::complete(&own_usage, wall, &readings),
        })
    }

    /// For processes outside a private PID namespace, which would end them.
    fn end_others(&self) {
        if let (true, Some(cgroup)) = (self.shares_processes, &self.cgroup) {
            cgroup.end_members();
        }
    }

    /// How the command ended, unless the first process could no longer report it.
    fn last_report(&self) -> Option<End> {
        match channel::receive::<Report>(self.channel.as_fd()) {
            Ok(Some((Report::Exited { status }, _))) => Some(usage::end_of(status)),
            _ => None,
        }
    }

    /// A failure does not stop the rest. A group that the kernel keeps does not change the result of the command.
    pub fn undo(&mut self, warn: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        drop(self.helper.take());
        drop(self.keeper.take());
        if let Some(Err(failure)) = self.cgroup.take().map(|cgroup| cgroup.remove()) {
            warn(&failure.message);
        }
        self.root.take().map_or(Ok(()), |root| mount_points::remove(root.as_fd(), &self.made, &self.held))
    }
}

impl Watched for Running {
    fn pid(&self) -> Pid {
        self.pid
    }

    fn ended(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    fn terminal(&self) -> Option<&OwnedFd> {
        self.sized.as_ref()
    }

    fn kill(&self) {
        signals::send(self.pid, libc::SIGKILL);
        self.end_others();
    }
}

/// The first failure is reported.
fn discard(cgroup: Option<&Cgroup>) {
    let _ = cgroup.map_or(Ok(()), Cgroup::remove);
}
