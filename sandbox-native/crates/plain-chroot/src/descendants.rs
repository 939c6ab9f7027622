//! All processes that a command started, without a namespace that contains them.
use foundation::signals;
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, getpid, set_child_subreaper, waitpid};
use std::collections::HashMap;
use std::fs;

/// Descendants whose parent exits become children of this process.
pub fn adopt() -> Result<(), Errno> {
    set_child_subreaper(Some(getpid()))
}

/// Kills every descendant and waits for each. Children of a killed parent become children of this process; therefore none
/// escapes by forking.
pub fn end_all() {
    loop {
        for pid in descendants() {
            signals::send(pid, libc::SIGKILL);
        }
        match waitpid(None, WaitOptions::empty()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return, // there are no children left
        }
    }
}

fn descendants() -> Vec<Pid> {
    let parents = parents();
    let own = getpid().as_raw_nonzero().get();
    let is_below = |mut pid: i32| {
        // A PID that was reused in the meantime may close a cycle.
        for _ in 0..parents.len() {
            match parents.get(&pid) {
                Some(parent) if *parent == own => return true,
                Some(parent) => pid = *parent,
                None => return false,
            }
        }
        false
    };
    parents.keys().copied().filter(|pid| is_below(*pid)).filter_map(Pid::from_raw).collect()
}

fn parents() -> HashMap<i32, i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers.filter_map(|pid| Some((pid, parent_of(pid)?))).collect()
}

/// The name in parentheses may contain any characters, including parentheses.
fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let behind_name = stat.iter().rposition(|byte| *byte == b')')?;
    let text = std::str::from_utf8(&stat[behind_name + 1..]).ok()?;
    text.split_whitespace().nth(1)?.parse().ok()
}
