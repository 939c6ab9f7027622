//! The form of every failure: a stable code, a message, a hint and the kernel's error.
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    pub code: Cow<'static, str>,
    /// `Cannot <do what> "<object>": <found> (<needed>)`
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno: Option<String>,
}

/// A message may quote megabytes of an image; longer messages do not fit into channels.
const MAX_MESSAGE_BYTES: usize = 4096;

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Failure { code: code.into(), message: shortened(message.into()), hint: None, errno: None }
    }

    /// A failed system call; example of `doing`: `mount "/proc"`.
    pub fn kernel(code: &'static str, doing: &str, cause: impl Into<std::io::Error>) -> Self {
        let cause = cause.into();
        let errno = cause.raw_os_error().map(|number| number.to_string());
        Failure { errno, ..Failure::new(code, format!("Cannot {doing}: {cause}")) }
    }

    /// The file does not exist, or no longer; or a file of another type has replaced it.
    pub fn is_missing(&self) -> bool {
        const ENOENT: &str = "2";
        const ENXIO: &str = "6"; // opening a socket
        const ENOTDIR: &str = "20";
        const EINVAL: &str = "22"; // reading a file as a link
        const ELOOP: &str = "40";
        let is_replaced = self.code == "TREE_CHANGED";
        is_replaced || matches!(self.errno.as_deref(), Some(ENOENT | ENXIO | ENOTDIR | EINVAL | ELOOP))
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Cuts the middle: the beginning shows what failed, the end shows why.
fn shortened(message: String) -> String {
    if message.len() <= MAX_MESSAGE_BYTES {
        return message;
    }
    let half = MAX_MESSAGE_BYTES / 2;
    let begin = message.floor_char_boundary(half);
    let end = message.ceil_char_boundary(message.len() - half);
    format!("{}…{}", &message[..begin], &message[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_in_the_middle() {
        let failure = Failure::new("X", format!("Cannot start \"{}\": why", "ä".repeat(1 << 20)));
        assert!(failure.message.len() <= MAX_MESSAGE_BYTES + 8);
        assert!(failure.message.starts_with("Cannot start \"ää") && failure.message.ends_with("ää\": why"));
    }
}
