//! Messages between the launching process and the first process of the sandbox: one JSON document per packet.
use crate::mounts::mount_points::{self, Made};
use crate::ownership::Initial;
use foundation::failure::Failure;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::{Errno, IoSlice, IoSliceMut};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::mem::MaybeUninit;
use std::net::Ipv4Addr;

const CODE: &str = "SANDBOX_START";
const MAX_PACKET: usize = 128 * 1024;
/// The root and the parents of its mount points.
const MAX_DESCRIPTORS: usize = 1 + mount_points::MAX_HELD;

/// To the first process: its surroundings are ready.
#[derive(Serialize, Deserialize)]
pub struct Go {
    pub resolv_conf: String,
    /// The address of `host-gateway`.
    pub host_gateway: Option<String>,
    /// The address that the namespace will have.
    pub address: Option<Ipv4Addr>,
}

/// To a first process that has a private network: the network helper is ready.
#[derive(Serialize, Deserialize)]
pub struct Connected;

/// From the first process.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Report {
    Warning {
        message: String,
    },
    /// It has a private network. Sent with the descriptor of that namespace, which cannot be looked up in a process before
    /// its execve.
    Network,
    /// The root is complete. Sent with descriptors of it and of the parents of created mount points.
    Ready {
        made: Vec<Made>,
    },
    /// Sent with the descriptor of the command's terminal.
    Terminal,
    /// System calls of the command that concern owners wait for an answer. Sent with the descriptor of these calls and one
    /// of the command's root, which cannot be looked up in a process before its execve.
    Owners {
        initial: Initial,
    },
    /// The command has been executed.
    Started,
    /// The wait status of the command.
    Exited {
        status: i32,
    },
    Failed(Failure),
}

pub fn pair() -> Result<(OwnedFd, OwnedFd), Failure> {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .map_err(|errno| Failure::kernel(CODE, "create a socket", errno))
}

pub fn send(channel: &OwnedFd, document: &impl Serialize, descriptors: &[BorrowedFd<'_>]) -> Result<(), Failure> {
    let bytes = serde_json::to_vec(document).expect("these documents have string keys only");
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        ancillary.push(SendAncillaryMessage::ScmRights(descriptors));
    }
    sendmsg(channel, &[IoSlice::new(&bytes)], &mut ancillary, SendFlags::NOSIGNAL)
        .map(drop)
        .map_err(|errno| Failure::kernel(CODE, "send to the sandbox", errno))
}

/// `None` when the other side has closed the channel.
pub fn receive<T: DeserializeOwned>(channel: impl AsFd) -> Result<Option<(T, Vec<OwnedFd>)>, Failure> {
    let mut bytes = vec![0u8; MAX_PACKET];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let failed = |cause: std::io::Error| Failure::kernel(CODE, "receive from the sandbox", cause);
    let length = loop {
        match recvmsg(&channel, &mut [IoSliceMut::new(&mut bytes)], &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Ok(message) => break message.bytes,
            // The other side closed the channel with unread messages: reported once, before its last messages.
            Err(Errno::INTR | Errno::CONNRESET) => {}
            Err(errno) => return Err(failed(errno.into())),
        }
    };
    if length == 0 {
        return Ok(None);
    }
    let descriptors = ancillary.drain().flat_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => descriptors.collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let descriptors = descriptors.collect();
    let document = serde_json::from_slice(&bytes[..length]).map_err(|cause| failed(cause.into()))?;
    Ok(Some((document, descriptors)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_a_peer_that_closed_with_unread_ones_are_received() {
        let (ours, theirs) = pair().expect("sockets");
        send(&ours, &Connected, &[]).expect("a packet");
        send(&theirs, &Report::Exited { status: 768 }, &[]).expect("a packet");
        drop(theirs);
        let report = receive::<Report>(&ours).expect("a packet");
        assert!(matches!(report, Some((Report::Exited { status: 768 }, _))));
        assert!(receive::<Report>(&ours).expect("the end").is_none());
    }
}
