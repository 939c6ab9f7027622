//! The container's doors to the outside: `attach.sock`, its clients, and what they ask for.
use crate::container::client::Client;
use crate::container::frames::ToSupervisor;
use crate::container::json_log::Stream;
use crate::failure::Failure;
use rustix::event::{PollFd, PollFlags};
use std::fs;
use std::io::ErrorKind;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;

/// Relative to the container's directory, in which the supervisor works: a socket's path may have 107 bytes only.
const SOCKET: &str = "attach.sock";

pub struct Control {
    listener: UnixListener,
    pub clients: Vec<Client>,
}

/// A message, and whether it came from a client whose stdin is the container's.
pub enum Heard {
    Message(ToSupervisor),
    /// A client that fed stdin has gone.
    FeederLost,
}

impl Control {
    /// `first` is a client that is connected already, sees every byte and feeds stdin where that is open.
    pub fn open(first: Option<OwnedFd>, open_stdin: bool) -> Result<Control, Failure> {
        let failed = |cause| Failure::kernel("CONTAINER_IO", "open the container's attach socket", cause);
        match fs::remove_file(SOCKET) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(failed(cause)),
            _ => {}
        }
        let listener = UnixListener::bind(SOCKET).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let mut clients: Vec<Client> = first.map(|socket| Client::new(socket.into())).transpose().map_err(failed)?.into_iter().collect();
        for client in &mut clients {
            client.wants_output = true;
            client.feeds_stdin = open_stdin;
        }
        Ok(Control { listener, clients })
    }

    /// `is_stdin_full`: clients that feed stdin have to wait before they are read again.
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

    pub fn tell_exit(&mut self, exit: &impl serde::Serialize) {
        let text = serde_json::to_vec(exit).expect("an exit has string keys only");
        for client in &mut self.clients {
            client.queue(b'x', &text);
        }
    }

    /// Takes new clients and messages, sends what can be sent, forgets who is gone.
    pub fn serve(&mut self, is_stdin_full: bool) -> Vec<Heard> {
        while let Ok((socket, _)) = self.listener.accept() {
            self.clients.extend(Client::new(socket)); // one that breaks at once is no client
        }
        let mut heard = Vec::new();
        self.clients.retain_mut(|client| match exchange(client, is_stdin_full && client.feeds_stdin) {
            Ok(messages) => {
                for message in messages {
                    client.wants_output |= message == ToSupervisor::WantOutput;
                    client.feeds_stdin |= message == ToSupervisor::FeedStdin;
                    heard.push(Heard::Message(message));
                }
                true
            }
            Err(_) => {
                if client.feeds_stdin {
                    heard.push(Heard::FeederLost);
                }
                false
            }
        });
        heard
    }

    /// New clients are refused from here on; those that are connected stay.
    pub fn close_door(self) -> Vec<Client> {
        let _ = fs::remove_file(SOCKET); // the directory may be gone already
        self.clients
    }
}

fn exchange(client: &mut Client, must_wait: bool) -> std::io::Result<Vec<ToSupervisor>> {
    client.flush()?;
    if must_wait { Ok(Vec::new()) } else { client.receive() }
}
