//! The control socket of the container, `attach.sock`: its clients and their requests.
use crate::client::Client;
use crate::frames::ToSupervisor;
use crate::json_log::Stream;
use foundation::failure::Failure;
use rustix::event::{PollFd, PollFlags};
use rustix::net::{Shutdown, shutdown};
use std::fs;
use std::io::ErrorKind;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::time::Duration;

/// Relative to the container's directory, which is the supervisor's working directory: a socket's path is limited to 107 bytes.
const SOCKET: &str = "attach.sock";

const FIRST_CLIENT: i32 = 5;
/// A client that cannot be accepted for lack of descriptors remains in the queue, and poll reports it again.
const SHORTAGE_PAUSE: Duration = Duration::from_millis(10);

pub struct Control {
    listener: UnixListener,
    pub clients: Vec<Client>,
}

/// A client that is connected already. It receives all output.
pub struct FirstClient {
    pub feeds_stdin: bool,
}

/// A client's message, or its disconnection.
pub enum ClientEvent {
    Message(ToSupervisor),
    /// The connection is closed when this is dropped: its resources must have been released by then.
    Lost(Client),
}

impl Control {
    pub fn open(first: Option<FirstClient>) -> Result<Control, Failure> {
        let failed = |cause| Failure::kernel("CONTAINER_IO", "open the container's attach socket", cause);
        match fs::remove_file(SOCKET) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(failed(cause)),
            _ => {}
        }
        let listener = UnixListener::bind(SOCKET).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let mut clients = Vec::new();
        if let Some(FirstClient { feeds_stdin }) = first {
            let mut client = Client::new(first_client().into()).map_err(failed)?;
            client.wants_output = true;
            client.feeds_stdin = feeds_stdin;
            clients.push(client);
        }
        Ok(Control { listener, clients })
    }

    /// `is_stdin_full`: clients that feed stdin are not read.
    pub fn poll_fds(&self, is_stdin_full: bool) -> impl Iterator<Item = PollFd<'_>> {
        let clients = self.clients.iter().map(move |client| {
            let sending = if client.has_unsent() { PollFlags::OUT } else { PollFlags::empty() };
            let receiving = if is_stdin_full && client.feeds_stdin { PollFlags::empty() } else { PollFlags::IN };
            PollFd::from_borrowed_fd(client.socket.as_fd(), receiving | sending)
        });
        [PollFd::from_borrowed_fd(self.listener.as_fd(), PollFlags::IN)].into_iter().chain(clients)
    }

    pub fn any_is_full(&self) -> bool {
        self.clients.iter().any(Client::is_full)
    }

    pub fn has_unsent(&self) -> bool {
        self.clients.iter().any(Client::has_unsent)
    }

    pub fn broadcast(&mut self, stream: Stream, chunk: &[u8]) {
        let kind = if stream == Stream::Stdout { b'1' } else { b'2' };
        for client in self.clients.iter_mut().filter(|client| client.wants_output) {
            client.queue(kind, chunk);
        }
    }

    pub fn send_exit(&mut self, exit: &impl serde::Serialize) {
        let text = serde_json::to_vec(exit).expect("an exit has string keys only");
        for client in &mut self.clients {
            client.queue(b'x', &text);
        }
    }

    /// Accepts clients, receives messages, sends pending data and drops disconnected clients.
    pub fn serve(&mut self, is_stdin_full: bool) -> Vec<ClientEvent> {
        self.let_in();
        let mut event = Vec::new();
        for mut client in std::mem::take(&mut self.clients) {
            let must_wait = is_stdin_full && client.feeds_stdin;
            match exchange(&mut client, must_wait) {
                Ok(messages) => {
                    for message in messages {
                        client.wants_output |= message == ToSupervisor::WantOutput;
                        client.feeds_stdin |= message == ToSupervisor::FeedStdin;
                        client.holds_frozen |= message == ToSupervisor::Freeze;
                        event.push(ClientEvent::Message(message));
                    }
                    self.clients.push(client);
                }
                Err(_) => event.push(ClientEvent::Lost(client)),
            }
        }
        event
    }

    pub fn is_held_frozen(&self) -> bool {
        self.clients.iter().any(|client| client.holds_frozen)
    }

    /// Refuses new clients from now on; clients in the queue are accepted.
    pub fn stop_accepting(&mut self) {
        let _ = fs::remove_file(SOCKET); // the directory may have been removed already
        let _ = shutdown(&self.listener, Shutdown::Both); // a listening socket can always be shut down
        self.let_in();
    }

    fn let_in(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((socket, _)) => self.clients.extend(Client::new(socket)), // a client that fails at once is ignored
                Err(cause) if is_short(&cause) => return std::thread::sleep(SHORTAGE_PAUSE),
                Err(_) => return,
            }
        }
    }
}

/// Its connection is descriptor 5.
/// Only if the request states that there is one.
fn first_client() -> OwnedFd {
    // SAFETY: the driver opened descriptor 5 for this process if, and only if, the request states it; nothing else in this
    // process uses it.
    unsafe { OwnedFd::from_raw_fd(FIRST_CLIENT) }
}

fn is_short(cause: &std::io::Error) -> bool {
    let code = cause.raw_os_error();
    [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM].iter().any(|short| code == Some(*short))
}

fn exchange(client: &mut Client, must_wait: bool) -> std::io::Result<Vec<ToSupervisor>> {
    client.flush()?;
    if must_wait { Ok(Vec::new()) } else { client.receive() }
}
