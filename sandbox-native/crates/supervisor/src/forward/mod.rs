//! Forwards published ports to the container: one process without threads, which accepts on sockets of the host and
//! connects from inside the container's network namespace. Does not interpret what passes.
mod destinations;
mod direction;
mod event_loop;
mod pipe_pool;
mod tcp;
mod udp;

use crate::ports::Listener;
use destinations::Destinations;
use foundation::failure::Failure;
use foundation::sys::{self, Fork};
use rustix::process::{Pid, Signal};
use std::fs::File;
use std::os::fd::AsFd;

/// The forwarder's process. It exits with its parent, or when dropped.
pub struct Forwarder {
    pid: Pid,
}

/// Sockets belong to the namespace where they were created: the listeners to the host, all later sockets to the container.
/// None if there is nothing to forward, or the container has ended already.
pub fn start(listeners: Vec<Listener>, init: Pid) -> Result<Option<Forwarder>, Failure> {
    if listeners.is_empty() {
        return Ok(None);
    }
    let namespace = format!("/proc/{}/ns/net", init.as_raw_nonzero());
    let network = match File::open(&namespace) {
        Ok(network) => network,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Failure::kernel("CONTAINER_NETWORK", &format!("open \"{namespace}\""), cause)),
    };
    let parent = rustix::process::getpid();
    let failed = |errno| Failure::kernel("CONTAINER_NETWORK", "start the port forwarder", errno);
    match sys::fork().map_err(failed)? {
        // The supervisor notices the forwarder's exit, not its reason.
        Fork::Child => sys::exit_now(i32::from(serve(listeners, &network, parent).is_err())),
        Fork::Parent(pid) => Ok(Some(Forwarder { pid })),
    }
}

impl Forwarder {
    pub fn stop(self) {
        // The PID cannot be reused before it is waited for here.
        let _ = rustix::process::kill_process(self.pid, Signal::KILL);
        let _ = rustix::process::waitpid(Some(self.pid), rustix::process::WaitOptions::empty());
    }
}

fn serve(listeners: Vec<Listener>, network: &File, parent: Pid) -> Result<(), Failure> {
    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|errno| Failure::kernel("CONTAINER_NETWORK", "tie the port forwarder to its parent", errno))?;
    if rustix::process::getppid() != Some(parent) {
        return Ok(()); // the parent died before the line above took effect
    }
    move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(|errno| Failure::kernel("CONTAINER_NETWORK", "enter the container's network", errno))?;
    // Descriptors of the supervisor (pipes, clients, the lock) must not be held open here.
    let kept: Vec<_> = listeners.iter().map(|listener| listener.socket.as_fd()).collect();
    sys::close_all_but(&kept).map_err(|errno| Failure::kernel("CONTAINER_NETWORK", "close descriptors", errno))?;
    raise_descriptor_limit();
    event_loop::run(listeners, Destinations::here())
}

/// Two descriptors per connection, and two more for each direction with buffered data.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Raising the soft limit to the hard one is always allowed; if it failed, fewer connections would fit.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
