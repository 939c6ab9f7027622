//! When health checks run: at intervals, one at a time, and not while the container is paused.
use crate::health_check::{Check, CheckedProcess};
use crate::health_status::{CheckResult, Health, Tolerance, Verdict};
use foundation::clock;
use protocol::HealthRequest;
use rustix::event::PollFd;
use sandbox::cgroup;
use std::time::{Duration, Instant};

/// A check's time is counted in intervals of at most this length: those in which the container was paused do not count.
const PIECE: Duration = Duration::from_secs(1);

pub struct Monitor {
    request: HealthRequest,
    run: Option<Run>,
}

struct Run {
    target: CheckedProcess,
    began: Instant,
    phase: Phase,
}

enum Phase {
    Waiting { until: Instant },
    Checking(Box<Checking>),
}

struct Checking {
    check: Check,
    start: String,
    is_forgiven: bool,
    left: Duration,
    counted_at: Instant,
}

/// A result was added; `is_other` if it changed the status.
pub struct Judged {
    pub is_other: bool,
}

impl Monitor {
    pub fn new(request: HealthRequest) -> Monitor {
        Monitor { request, run: None }
    }

    pub fn begin(&mut self, target: CheckedProcess) {
        let began = Instant::now();
        let mut run = Run { target, began, phase: Phase::Waiting { until: began } };
        run.wait_for_next(&self.request, Verdict::Starting);
        self.run = Some(run);
    }

    /// The container has ended, and with it the check.
    pub fn end(&mut self) {
        if let Some(Run { phase: Phase::Checking(checking), .. }) = self.run.take() {
            checking.check.abort();
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.run.as_ref().map(|run| match &run.phase {
            Phase::Waiting { until } => *until,
            Phase::Checking(checking) => checking.counted_at + checking.left.min(PIECE),
        })
    }

    pub fn poll_fds(&self) -> impl Iterator<Item = PollFd<'_>> {
        let checking = self.run.as_ref().and_then(|run| match &run.phase {
            Phase::Checking(checking) => Some(checking.check.poll_fds()),
            Phase::Waiting { .. } => None,
        });
        checking.into_iter().flatten()
    }

    /// Starts, reads or aborts a check when due. None unless a check has ended.
    pub fn advance(&mut self, health: &mut Health) -> Option<Judged> {
        let run = self.run.as_mut()?;
        let ended = match &mut run.phase {
            Phase::Waiting { until } if Instant::now() < *until => None,
            Phase::Waiting { .. } if cgroup::is_frozen(&run.target.cgroup) => {
                run.wait_for_next(&self.request, health.status);
                None
            }
            Phase::Waiting { .. } => run.check(&self.request),
            Phase::Checking(checking) => checking.look(&run.target),
        }?;
        let (result, is_forgiven) = run.result_of(&self.request, ended)?;
        let is_other = health.judge(result, Tolerance { retries: self.request.retries, is_forgiven });
        run.wait_for_next(&self.request, health.status);
        Some(Judged { is_other })
    }
}

enum Outcome {
    Ended,
    TimedOut,
    NotStarted(String),
}

impl Run {
    fn is_young(&self, request: &HealthRequest) -> bool {
        self.began.elapsed() < Duration::from_millis(request.start_period_ms)
    }

    fn check(&mut self, request: &HealthRequest) -> Option<Outcome> {
        let start = clock::now();
        match Check::start(request, &self.target) {
            Ok(check) => {
                let left = Duration::from_millis(request.timeout_ms);
                let is_forgiven = self.is_young(request);
                self.phase = Phase::Checking(Box::new(Checking { check, start, is_forgiven, left, counted_at: Instant::now() }));
                None
            }
            Err(failure) => Some(Outcome::NotStarted(failure.message)),
        }
    }
    fn result_of(&mut self, request: &HealthRequest, outcome: Outcome) -> Option<(CheckResult, bool)> {
        let phase = std::mem::replace(&mut self.phase, Phase::Waiting { until: self.began });
        let (start, is_forgiven, (exit_code, output)) = match (phase, outcome) {
            (Phase::Checking(checking), Outcome::Ended) => (checking.start, checking.is_forgiven, checking.check.finish()),
            (Phase::Checking(checking), _) => {
                let output = checking.check.abort();
                let found = if output.is_empty() { output } else { format!(": {output}") };
                (checking.start, checking.is_forgiven, (-1, format!("{}{found}", request.timeout_message)))
            }
            (Phase::Waiting { .. }, Outcome::NotStarted(message)) => (clock::now(), self.is_young(request), (-1, message)),
            (Phase::Waiting { .. }, _) => return None,
        };
        Some((CheckResult { start, end: clock::now(), exit_code, output }, is_forgiven))
    }

    /// At shorter intervals while it may be starting.
    fn wait_for_next(&mut self, request: &HealthRequest, status: Verdict) {
        let is_starting = status == Verdict::Starting && self.is_young(request);
        let ms = if is_starting { request.start_interval_ms } else { request.interval_ms };
        self.phase = Phase::Waiting { until: Instant::now() + Duration::from_millis(ms) };
    }
}

impl Checking {
    fn look(&mut self, target: &CheckedProcess) -> Option<Outcome> {
        if self.check.advance() { Some(Outcome::Ended) } else { self.count(target).then_some(Outcome::TimedOut) }
    }

    /// True when its timeout has expired.
    fn count(&mut self, target: &CheckedProcess) -> bool {
        let now = Instant::now();
        let passed = now - self.counted_at;
        if passed < self.left.min(PIECE) {
            return false;
        }
        self.counted_at = now;
        if !cgroup::is_frozen(&target.cgroup) {
            self.left = self.left.saturating_sub(passed);
        }
        self.left.is_zero()
    }
}
