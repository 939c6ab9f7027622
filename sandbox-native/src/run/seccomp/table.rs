//! The table in syscalls.txt, for one architecture.
use super::super::capabilities::Granted;

const TABLE: &str = include_str!("syscalls.txt");

/// A column of the table.
#[derive(Clone, Copy)]
pub enum Column {
    #[cfg(target_arch = "x86_64")]
    X86_64 = 2,
    #[cfg(target_arch = "x86_64")]
    I386 = 3,
    #[cfg(target_arch = "x86_64")]
    X32 = 4,
    #[cfg(target_arch = "aarch64")]
    Aarch64 = 5,
}

/// A call that is allowed with some arguments only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Special {
    Clone,
    Clone3,
    Socket,
    Personality,
}

#[derive(Default)]
pub struct Rules {
    pub allowed: Vec<u32>,
    pub special: Vec<(u32, Special)>,
}

pub fn rules(column: Column, granted: Granted) -> Rules {
    let mut rules = Rules::default();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let Some(number) = words.get(column as usize).and_then(|word| word.parse().ok()) else { continue };
        match words[1] {
            "always" => rules.allowed.push(number),
            "clone" | "clone3" if granted.has("SYS_ADMIN") => rules.allowed.push(number),
            "clone" => rules.special.push((number, Special::Clone)),
            "clone3" => rules.special.push((number, Special::Clone3)),
            "socket" => rules.special.push((number, Special::Socket)),
            "personality" => rules.special.push((number, Special::Personality)),
            names if names.split(',').any(|name| granted.has(name)) => rules.allowed.push(number),
            _ => {}
        }
    }
    rules.allowed.sort_unstable();
    rules
}

/// Of a call by its name, if this architecture has it.
pub fn number(name: &str, column: Column) -> Option<u32> {
    let mut lines = TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' '));
    lines.find_map(|mut words| (words.next() == Some(name)).then(|| words.nth(column as usize - 1)?.parse().ok()).flatten())
}

#[cfg(test)]
mod tests {
    use super::super::super::capabilities::NAMES;
    use super::*;

    #[test]
    fn every_rule_of_the_table_is_known() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(words.len(), 6, "{line}");
            let known = ["always", "never", "clone", "clone3", "socket", "personality"].contains(&words[1]);
            assert!(known || words[1].split(',').all(|name| NAMES.contains(&name)), "{line}");
            assert!(words[2..].iter().all(|word| *word == "-" || word.parse::<u32>().is_ok()), "{line}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_kernel() {
        #[cfg(target_arch = "x86_64")]
        let column = Column::X86_64;
        #[cfg(target_arch = "aarch64")]
        let column = Column::Aarch64;
        let all = rules(column, Granted(u64::MAX)).allowed;
        let calls = [libc::SYS_openat, libc::SYS_mount, libc::SYS_clone, libc::SYS_bpf, libc::SYS_execve, libc::SYS_statx];
        for number in calls {
            assert!(all.contains(&(number as u32)), "{number}");
        }
        // Of profiles: also what the default one never lets through.
        for (name, call) in [("keyctl", libc::SYS_keyctl), ("kexec_load", libc::SYS_kexec_load), ("openat", libc::SYS_openat)] {
            assert_eq!(number(name, column), Some(call as u32), "{name}");
        }
        let default = rules(column, Granted(0)).allowed;
        assert!(!default.contains(&(libc::SYS_mount as u32)) && !default.contains(&(libc::SYS_keyctl as u32)));
    }
}
