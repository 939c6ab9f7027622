//! The one shape in which work fails: a stable code, a sentence, a hint, the kernel's answer.
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

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Failure { code: code.into(), message: message.into(), hint: None, errno: None }
    }

    /// A failed system call: `doing` is such as `mount "/proc"`.
    pub fn kernel(code: &'static str, doing: &str, cause: impl Into<std::io::Error>) -> Self {
        let cause = cause.into();
        let errno = cause.raw_os_error().map(|number| number.to_string());
        Failure { code: code.into(), message: format!("Cannot {doing}: {cause}"), hint: None, errno }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
