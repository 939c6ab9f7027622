//! hosts, hostname and resolv.conf of a command that is restarted: files of the host that it may change.
use super::filesystem::{self, CODE};
use super::mount_points::{Kind, MountPoints};
use crate::lifecycle::channel::Go;
use crate::namespaces::user_namespace::UserNamespace;
use crate::networking::resolver_files;
use foundation::failure::Failure;
use protocol::{HostFileSpec, Network, RunRequest};
use rustix::fd::{AsFd, OwnedFd};
use rustix::mount::MountAttrFlags as Attr;

const FILES: [&str; 3] = ["hosts", "hostname", "resolv.conf"];

/// Opens them while the host is visible, and writes them anew if requested.
pub fn open_all(spec: &HostFileSpec, request: &RunRequest, go: &Go) -> Result<Vec<OwnedFd>, Failure> {
    let is_host = request.network == Network::Host;
    let contents = [
        if is_host { resolver_files::hosts_of_host(request, go) } else { resolver_files::hosts_of_container(request, go) },
        format!("{}\n", request.hostname),
        go.resolv_conf.clone(),
    ];
    let mut sources = Vec::new();
    for (name, content) in FILES.iter().zip(contents) {
        let path = spec.directory.join(name);
        if spec.write {
            std::fs::write(&path, content)
                .map_err(|cause| Failure::kernel(CODE, &format!("write \"{}\"", path.display()), cause))?;
        }
        sources.push(filesystem::open_source(&path)?);
    }
    Ok(sources)
}

pub fn mount_all(sources: &[OwnedFd], users: Option<&UserNamespace>, points: &mut MountPoints) -> Result<(), Failure> {
    for (name, source) in FILES.iter().zip(sources) {
        let target = format!("/etc/{name}");
        let failed = |errno| Failure::kernel(CODE, &format!("mount \"{target}\""), errno);
        let file = filesystem::clone(source, false).map_err(failed)?;
        let attributes = Attr::MOUNT_ATTR_NOSUID | Attr::MOUNT_ATTR_NODEV | Attr::MOUNT_ATTR_NOEXEC;
        users.map_or(Ok(()), |users| users.map_ids(&file, &target))?;
        filesystem::restrict(&file, attributes, &target)?;
        let place = points.open(&target, Kind::File)?;
        filesystem::attach(file, place.as_fd(), &target)?;
    }
    Ok(())
}
