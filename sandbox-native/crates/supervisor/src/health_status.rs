//! A container's health: the results of its checks, and the resulting status.
use serde::Serialize;
use std::collections::VecDeque;

const KEPT_RESULTS: usize = 5;

#[derive(Serialize, Clone, Copy, PartialEq, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Starting,
    Healthy,
    Unhealthy,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Starting => "starting",
            Verdict::Healthy => "healthy",
            Verdict::Unhealthy => "unhealthy",
        }
    }
}

/// One check. Times are RFC 3339.
#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct CheckResult {
    pub start: String,
    pub end: String,
    /// -1 for a check that could not be started or was killed at its timeout.
    pub exit_code: i32,
    pub output: String,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    pub status: Verdict,
    pub failing_streak: u32,
    /// The latest results, oldest first.
    pub log: VecDeque<CheckResult>,
}

pub struct Tolerance {
    /// Consecutive failures of an unhealthy container.
    pub retries: u32,
    /// The container may still be starting: failures do not count until a check has succeeded.
    pub is_forgiven: bool,
}

impl Health {
    /// For a container that has just been started; results of earlier runs stay readable.
    pub fn of_new_run(earlier: Option<Health>) -> Health {
        let log = earlier.map(|health| health.log).unwrap_or_default();
        Health { status: Verdict::Starting, failing_streak: 0, log }
    }

    /// True if the status changed.
    pub fn judge(&mut self, result: CheckResult, Tolerance { retries, is_forgiven }: Tolerance) -> bool {
        let before = self.status;
        if result.exit_code == 0 {
            self.failing_streak = 0;
            self.status = Verdict::Healthy;
        } else if !(is_forgiven && before == Verdict::Starting) {
            self.failing_streak += 1;
            if self.failing_streak >= retries {
                self.status = Verdict::Unhealthy;
            }
        }
        self.log.push_back(result);
        while self.log.len() > KEPT_RESULTS {
            self.log.pop_front();
        }
        self.status != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(exit_code: i32) -> CheckResult {
        CheckResult { start: String::new(), end: String::new(), exit_code, output: String::new() }
    }

    #[test]
    fn consecutive_failures_make_it_unhealthy_and_one_success_healthy() {
        let mut health = Health::of_new_run(None);
        assert!(!health.judge(result(1), Tolerance { retries: 2, is_forgiven: false }));
        assert!(health.judge(result(0), Tolerance { retries: 2, is_forgiven: false }));
        assert!(!health.judge(result(-1), Tolerance { retries: 2, is_forgiven: false }));
        assert_eq!((health.status, health.failing_streak), (Verdict::Healthy, 1));
        assert!(health.judge(result(1), Tolerance { retries: 2, is_forgiven: false }));
        assert_eq!((health.status, health.failing_streak), (Verdict::Unhealthy, 2));
        assert!(health.judge(result(0), Tolerance { retries: 2, is_forgiven: false }));
        assert_eq!((health.status, health.failing_streak), (Verdict::Healthy, 0));
    }

    #[test]
    fn failures_of_the_start_period_do_not_count_until_a_check_has_succeeded() {
        let mut health = Health::of_new_run(None);
        assert!(!health.judge(result(1), Tolerance { retries: 1, is_forgiven: true }));
        assert_eq!((health.status, health.failing_streak), (Verdict::Starting, 0));
        assert!(health.judge(result(0), Tolerance { retries: 1, is_forgiven: true }));
        assert!(health.judge(result(1), Tolerance { retries: 1, is_forgiven: true }));
        assert_eq!(health.status, Verdict::Unhealthy);
    }

    #[test]
    fn the_last_five_results_survive_a_restart() {
        let mut health = Health::of_new_run(None);
        for code in 1..=7 {
            health.judge(result(code), Tolerance { retries: 3, is_forgiven: false });
        }
        let next = Health::of_new_run(Some(health));
        assert_eq!(next.log.iter().map(|entry| entry.exit_code).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        assert_eq!(next.status, Verdict::Starting);
    }
}
