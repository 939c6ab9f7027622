//! How long to wait before a container is restarted: longer each time, reset after it has run long enough.
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(60);
/// A run of this length resets the delay.
const LONG_RUN: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct RestartDelay {
    last: Option<Duration>,
}

impl RestartDelay {
    pub fn after(&mut self, run: Duration) -> Duration {
        let next = match self.last {
            Some(last) if run < LONG_RUN => (last * 2).min(LONGEST),
            _ => FIRST,
        };
        self.last = Some(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_a_minute_and_is_reset_by_a_long_run() {
        let mut delay = RestartDelay::default();
        let short = Duration::from_secs(1);
        let delays: Vec<_> = (0..12).map(|_| delay.after(short).as_millis()).collect();
        assert_eq!(delays[..4], [100, 200, 400, 800]);
        assert_eq!(delays[11], 60_000);
        assert_eq!(delay.after(LONG_RUN), FIRST);
    }
}
