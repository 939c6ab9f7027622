//! Which namespaces of a command are private, and its network if no helper program can connect it.
use crate::networking::default_routes::DefaultRoutes;
use crate::networking::network;
use crate::networking::network_helper::{HelperProgram, NetworkHelper};
use foundation::failure::Failure;
use protocol::{Network, Processes, RunRequest, Uts};
use rustix::thread::UnshareFlags;

/// A private network has no access if the host's has none. Without a helper program, only published ports are forwarded
/// into it; without these it is refused.
pub fn choose_network(request: &RunRequest, warn: &mut dyn FnMut(&str)) -> Result<(Network, Option<HelperProgram>), Failure> {
    if request.network != Network::Private {
        return Ok((request.network, None));
    }
    let may_configure = network::may_configure();
    Ok(match NetworkHelper::find().filter(|_| may_configure) {
        None if request.is_published && may_configure => {
            warn(NetworkHelper::NO_OUTBOUND);
            (Network::None, None)
        }
        None => return Err(NetworkHelper::missing()),
        Some(helper) if helper.routes == DefaultRoutes::NONE => {
            warn(NetworkHelper::CUT_OFF);
            (Network::None, None)
        }
        helper => (Network::Private, helper),
    })
}

/// Published ports work there too; therefore it has its usual address.
pub fn is_cut_off(request: &RunRequest, network: Network) -> bool {
    request.network == Network::Private && network == Network::None
}

/// Belong to the process, whatever its user namespace is.
pub const NOT_OWNED_BY_USERS: UnshareFlags = UnshareFlags::NEWNS.union(UnshareFlags::NEWPID);

pub fn namespaces(network: Network, request: &RunRequest) -> UnshareFlags {
    let own = [
        (UnshareFlags::NEWIPC, request.ipc.is_own()),
        (UnshareFlags::NEWPID, request.pid == Processes::Private),
        (UnshareFlags::NEWUTS, request.uts != Uts::Host),
        (UnshareFlags::NEWNET, matches!(network, Network::None | Network::Private)),
    ];
    own.iter().filter(|(_, is_own)| *is_own).fold(UnshareFlags::NEWNS, |flags, (flag, _)| flags | *flag)
}
