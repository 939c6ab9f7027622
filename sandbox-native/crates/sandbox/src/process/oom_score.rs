//! Which processes the kernel kills first when memory is exhausted.
use foundation::failure::Failure;

/// For this process and all its descendants. SECURITY: call it before entering a root, whose /proc may be another one.
#[expect(clippy::disallowed_methods, reason = "the root has not been entered")]
pub fn apply(score: Option<i32>) -> Result<(), Failure> {
    const FILE: &str = "/proc/self/oom_score_adj";
    let Some(score) = score else { return Ok(()) };
    if std::fs::read_to_string(FILE).is_ok_and(|found| found.trim() == score.to_string()) {
        return Ok(());
    }
    std::fs::write(FILE, score.to_string()).map_err(|cause| {
        Failure::kernel("SANDBOX_COMMAND", &format!("set the OOM score to {score}"), cause)
            .with_hint("Lowering the OOM score requires CAP_SYS_RESOURCE on the host")
    })
}
