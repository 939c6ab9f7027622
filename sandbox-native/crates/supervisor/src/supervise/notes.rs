//! Records starts, ends and failures in state.json and in the event log.
use super::{Exit, Supervisor};
use crate::health_check::CheckedProcess;
use crate::health_status::{Health, Verdict};
use crate::ports;
use crate::state_file::{self, Status};
use foundation::events::Events;
use foundation::failure::Failure;
use foundation::{clock, process_identity};
use sandbox::launch::Running;
use sandbox::outcome;

impl Supervisor {
    pub(super) fn note_start(&mut self, running: &Running, bound: Vec<ports::BoundPort>) -> Result<(), Failure> {
        let pid = running.pid.as_raw_nonzero().get();
        let state = &mut self.state.state;
        state.status = Status::Running;
        state.pid = pid;
        state.start_ticks = process_identity::start_ticks(pid).unwrap_or(0);
        state.ports = bound;
        state.cgroup = running.cgroup_directories();
        state.started_at = Some(clock::now());
        if let Some(monitor) = &mut self.health {
            state.health = Some(Health::of_new_run(state.health.take()));
            monitor.begin(CheckedProcess { pid, start_ticks: state.start_ticks, cgroup: state.cgroup.clone() });
        }
        self.state.publish()?;
        self.request.events.append_mounts();
        self.request.events.append("start", &[]);
        Ok(())
    }

    pub(super) fn note_end(&mut self, exit: &Exit, status: Status) -> Result<(), Failure> {
        let state = &mut self.state.state;
        state.status = status;
        state.pid = 0;
        state.start_ticks = 0;
        state.exit_code = exit.exit_code;
        state.oom_killed = exit.oom_killed;
        state.finished_at = Some(clock::now());
        state.ports.clear();
        state.cgroup.clear();
        if let Some(health) = &mut state.health {
            health.status = Verdict::Unhealthy; // as in docker for an exited container
        }
        self.state.publish()?;
        if exit.oom_killed {
            self.request.events.append("oom", &[]);
        }
        self.request.events.append("die", &[("exitCode", &exit.exit_code.to_string())]);
        self.request.events.append_unmounts();
        Ok(())
    }

    /// Records why a container could not be started, and keeps the time of its last end.
    pub(super) fn note_failure(&mut self, failure: &Failure) {
        let state = &mut self.state.state;
        if state.started_at.is_some() {
            state.finished_at = Some(clock::now());
        } else {
            (state.started_at, state.finished_at) = state_file::earlier_times();
        }
        state.status = if state.started_at.is_some() { Status::Exited } else { Status::Created };
        state.pid = 0;
        state.ports.clear();
        state.cgroup.clear();
        state.exit_code = outcome::exit_code_of(failure);
        state.error.clone_from(&failure.message);
        let _ = self.state.publish(); // the failure itself is reported
        self.state.release_space();
    }
}
