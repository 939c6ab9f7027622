//! Distinguishes a process from a later one with the same PID: by its start time and by the boot.
use std::fs;

/// Clock ticks since boot at which the process started; none if it has exited or is a zombie.
pub fn start_ticks(pid: i32) -> Option<u64> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // A process can choose its name, with any bytes but zero: fields are counted after the last parenthesis.
    let behind = stat.rsplit(|byte| *byte == b')').next()?;
    let mut fields = std::str::from_utf8(behind).ok()?.trim_start().split(' ');
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|text| text.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_has_a_start_time_and_a_missing_one_has_none() {
        let own = start_ticks(std::process::id() as i32);
        assert!(own.is_some_and(|ticks| ticks > 0));
        assert_eq!(start_ticks(i32::MAX), None);
    }

    #[test]
    fn a_process_may_have_any_name() {
        let name = c"\xff) Z (";
        rustix::thread::set_name(name).unwrap();
        let own = start_ticks(rustix::thread::gettid().as_raw_nonzero().get());
        assert!(own.is_some_and(|ticks| ticks > 0));
    }
}
