//! Reads one request, executes it and reports the result. The verbs do not belong here. See PROTOCOL.md.
mod probe;
mod request;

use foundation::failure::Failure;
use foundation::{idmap, sealed, signals, status};
use protocol::{CopyRequest, CopyResult, Envelope, Request, UserRange};
use sandbox::stored_root::{self, StoredRoot};
use trees::copy::Users;

fn main() {
    signals::ignore_file_limit();
    let code = match request::read().and_then(dispatch) {
        Ok(()) => 0,
        Err(failure) => {
            status::failed(failure);
            125
        }
    };
    std::process::exit(code);
}

fn dispatch((envelope, text): (Envelope, String)) -> Result<(), Failure> {
    act_as_caller(&envelope.request, &text)?;
    end_with_caller(&envelope.request)?;
    enter_ids(&envelope)?;
    carry_out(envelope)
}

/// Work that is possible only outside the IDs of the request.
fn act_as_caller(request: &Request, text: &str) -> Result<(), Failure> {
    match request {
        Request::Run(request) => sandbox::cgroup::enter_for_limits(request),
        Request::Supervise(request) => sandbox::cgroup::enter_for_limits(&request.run),
        Request::Exec(request) => {
            sandbox::cgroup::enter_for_joining(&request.cgroup)?;
            sealed::ensure(text)
        }
        Request::Release(request) => supervisor::release::end(request),
        _ => Ok(()),
    }
}

fn end_with_caller(request: &Request) -> Result<(), Failure> {
    let watches_by_itself = matches!(
        request,
        Request::Run(_) | Request::RunInTree(_) | Request::Network(_) | Request::Supervise(_) | Request::Exec(_)
    );
    if watches_by_itself {
        return Ok(());
    }
    let failed = |errno| Failure::kernel("SANDBOX_REQUEST", "watch the calling process", errno);
    signals::die_with_parent(rustix::process::Signal::TERM).map_err(failed)
}

/// All but these few requests run as root of their IDs; a blob that is being written belongs to the caller.
fn enter_ids(Envelope { request, id_mapping, .. }: &Envelope) -> Result<(), Failure> {
    let is_callers = matches!(
        request,
        Request::Lock(_)
            | Request::Probe(_)
            | Request::Exec(_)
            | Request::Limit(_)
            | Request::FollowBlob(_)
            | Request::ReceiveBytes(_)
            | Request::Uncompress(_)
    );
    if is_callers {
        return Ok(());
    }
    match joined(request)[..] {
        [] => idmap::enter(id_mapping),
        [pid, ref others @ ..] => idmap::join(id_mapping, pid, others),
    }
}

/// One row per verb; the work itself is in the verb's module.
fn carry_out(envelope: Envelope) -> Result<(), Failure> {
    match envelope.request {
        Request::Lock(lock) => request::lock(&lock),
        Request::Probe(request) => {
            status::result(probe::probe(&envelope.id_mapping, request.directory.as_deref()));
            Ok(())
        }
        Request::Digest(digest) => trees::work(&digest, |digest| {
            if digest.lock {
                request::lock_shared()?;
            }
            trees::digest(digest)
        }),
        Request::WriteLayer(layer) => trees::work(&layer, trees::write_layer),
        Request::PackLayer(layer) => trees::work(&layer, trees::pack_layer),
        Request::Uncompress(archive) => trees::work(&archive, trees::uncompress),
        Request::UnpackLayer(layer) => trees::work(&layer, trees::unpack_layer),
        Request::FollowBlob(blob) => trees::work(&blob, trees::follow_blob),
        Request::ReceiveBytes(bytes) => trees::work(&bytes, trees::receive_bytes),
        Request::Flatten(layers) => trees::work(&layers, trees::flatten),
        Request::Advance(layers) => trees::work(&layers, trees::advance),
        Request::ListFiles(layer) => trees::work(&layer, trees::list_files),
        Request::ReadFiles(files) => trees::work(&files, trees::read_files),
        Request::ScanSecrets(layers) => trees::work(&layers, trees::scan_secrets),
        Request::Diff(trees) => trees::work(&trees, trees::diff),
        Request::Remove(paths) => trees::work(&paths, trees::remove),
        Request::Run(request) => sandbox::run(&request),
        Request::RunInTree(request) => plain_chroot::run(&request),
        Request::Network(request) => sandbox::shared_network::hold(&request).map(status::result),
        Request::Exec(request) => sandbox::exec::exec(&request),
        Request::Release(request) => supervisor::release::release(&request).map(status::result),
        Request::Limit(request) => sandbox::cgroup::limit(&request).map(status::result),
        Request::Copy(request) => copy(&request).map(status::result),
        Request::Supervise(request) => supervisor::supervise::supervise(*request),
    }
}

fn copy(request: &CopyRequest) -> Result<CopyResult, Failure> {
    let users = stored_root::users(&request.root).map(|UserRange { uid, gid, count }| Users { uid, gid, count });
    let StoredRoot { directory, namespace: _held } = stored_root::open(&request.root)?;
    trees::copy::copy(request, directory, users)
}

/// The processes whose namespaces the command shares, or whose files the request reads or changes.
fn joined(request: &Request) -> Vec<i32> {
    match request {
        Request::Run(request) => request.joined(),
        Request::Supervise(request) => request.run.joined(),
        Request::Copy(request) => request.root.process().into_iter().collect(),
        _ => Vec::new(),
    }
}
