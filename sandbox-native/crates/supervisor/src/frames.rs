//! Messages on `attach.sock`: a letter for the kind, the payload's length (4 bytes, big-endian), the payload.
//! PROTOCOL.md lists the kinds; container/control-frames.ts is the other side.
use protocol::{CgroupSpec, RestartPolicy};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A client that announces more than this is not a client of ours.
const MAX_PAYLOAD: usize = 1 << 20;
const HEADER: usize = 5;

#[derive(Debug, PartialEq)]
pub enum ToSupervisor {
    /// From now on, send output.
    WantOutput,
    /// Forward this client's stdin to the container.
    FeedStdin,
    Stdin(Vec<u8>),
    StdinEnd,
    Resize {
        columns: u16,
        rows: u16,
    },
    Signal(i32),
    /// No restart; send the signal, and SIGKILL after the timeout.
    Stop {
        signal: i32,
        timeout_ms: u32,
    },
    /// Attributes of events from now on.
    Attributes(BTreeMap<String, String>),
    /// Frozen until this client disconnects.
    Freeze,
    /// Applies to later runs.
    Change(Box<Change>),
}

/// Settings that can be changed while the container runs.
#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    pub restart: RestartPolicy,
    pub cgroup: CgroupSpec,
}

#[derive(Debug, PartialEq)]
pub struct BadFrame;

/// Removes a complete message from the start of `inbox`; none if it is not complete yet.
pub fn take(inbox: &mut Vec<u8>) -> Result<Option<ToSupervisor>, BadFrame> {
    let Some(header) = inbox.get(..HEADER) else { return Ok(None) };
    let kind = header[0];
    let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
    if length > MAX_PAYLOAD {
        return Err(BadFrame);
    }
    if inbox.len() < HEADER + length {
        return Ok(None);
    }
    let message = parse(kind, &inbox[HEADER..HEADER + length])?;
    inbox.drain(..HEADER + length);
    Ok(Some(message))
}

fn parse(kind: u8, payload: &[u8]) -> Result<ToSupervisor, BadFrame> {
    match (kind, payload) {
        (b'o', []) => Ok(ToSupervisor::WantOutput),
        (b'f', []) => Ok(ToSupervisor::FeedStdin),
        (b'i', bytes) => Ok(ToSupervisor::Stdin(bytes.to_vec())),
        (b'p', []) => Ok(ToSupervisor::Freeze),
        (b'e', []) => Ok(ToSupervisor::StdinEnd),
        (b'r', [c1, c2, r1, r2]) => {
            Ok(ToSupervisor::Resize { columns: u16::from_be_bytes([*c1, *c2]), rows: u16::from_be_bytes([*r1, *r2]) })
        }
        (b's', [number]) => Ok(ToSupervisor::Signal(i32::from(*number))),
        (b't', [number, t1, t2, t3, t4]) => {
            Ok(ToSupervisor::Stop { signal: i32::from(*number), timeout_ms: u32::from_be_bytes([*t1, *t2, *t3, *t4]) })
        }
        (b'c', text) => serde_json::from_slice(text).map(ToSupervisor::Change).map_err(|_| BadFrame),
        (b'a', text) => serde_json::from_slice(text).map(ToSupervisor::Attributes).map_err(|_| BadFrame),
        _ => Err(BadFrame),
    }
}

/// Appends a message for the client: `1` and `2` are output, `x` is the exit as JSON.
pub fn put(outbox: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    outbox.push(kind);
    outbox.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    outbox.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_returned_complete_and_in_order() {
        let mut bytes = Vec::new();
        put(&mut bytes, b'i', b"hello");
        put(&mut bytes, b'r', &[0, 80, 0, 24]);
        put(&mut bytes, b't', &[15, 0, 0, 39, 16]);
        let mut inbox = Vec::new();
        let mut taken = Vec::new();
        for byte in bytes {
            inbox.push(byte);
            while let Some(message) = take(&mut inbox).unwrap() {
                taken.push(message);
            }
        }
        assert_eq!(
            taken,
            [
                ToSupervisor::Stdin(b"hello".to_vec()),
                ToSupervisor::Resize { columns: 80, rows: 24 },
                ToSupervisor::Stop { signal: 15, timeout_ms: 10_000 },
            ]
        );
    }

    #[test]
    fn oversized_and_unknown_messages_are_refused() {
        assert_eq!(take(&mut vec![b'i', 255, 0, 0, 0]), Err(BadFrame));
        assert_eq!(take(&mut vec![b'?', 0, 0, 0, 0]), Err(BadFrame));
        assert_eq!(take(&mut vec![b's', 0, 0, 0, 2, 1, 1]), Err(BadFrame));
    }
}
