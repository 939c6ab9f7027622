//! Parts of /proc and /sys that Docker hides or makes read-only.
use super::filesystem::{self, PLAIN};
use foundation::failure::Failure;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Dir, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags as Attr;

const HIDDEN: [&str; 12] = [
    "proc/acpi", "proc/asound", "proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/sched_debug",
    "proc/scsi", "proc/timer_list", "proc/timer_stats", "sys/devices/virtual/powercap", "sys/firmware",
];

const PROCESSORS: &str = "sys/devices/system/cpu";
/// Hidden for each processor: its counters change with the load of the host.
const OF_PROCESSOR: &str = "thermal_throttle";

const READ_ONLY: [&str; 5] = ["proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"];

/// A path that does not exist in this kernel needs no mask.
pub fn apply(root: BorrowedFd<'_>, null: &OwnedFd) -> Result<(), Failure> {
    let of_processors = of_processors(root)?;
    for path in HIDDEN.into_iter().chain(of_processors.iter().map(String::as_str)) {
        if let Some((place, is_directory)) = find(root, path)? {
            let cover = if is_directory {
                filesystem::create("tmpfs", &[("size", "4k")], PLAIN | Attr::MOUNT_ATTR_RDONLY)?
            } else {
                filesystem::clone(null, false).map_err(|errno| cannot("hide", path, errno))?
            };
            filesystem::attach(cover, place.as_fd(), path)?;
        }
    }
    for path in READ_ONLY {
        if let Some((place, _)) = find(root, path)? {
            let cover = filesystem::clone(&place, true).map_err(|errno| cannot("protect", path, errno))?;
            filesystem::restrict_all(&cover, PLAIN | Attr::MOUNT_ATTR_RDONLY, path)?;
            filesystem::attach(cover, place.as_fd(), path)?;
        }
    }
    Ok(())
}

fn of_processors(root: BorrowedFd<'_>) -> Result<Vec<String>, Failure> {
    let Some((place, true)) = find(root, PROCESSORS)? else { return Ok(Vec::new()) };
    let listed = openat(&place, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let entries = listed.and_then(Dir::new).map_err(|errno| cannot("list", PROCESSORS, errno))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|errno| cannot("list", PROCESSORS, errno))?;
        let name = entry.file_name().to_string_lossy();
        if name.strip_prefix("cpu").is_some_and(|number| number.parse::<u32>().is_ok()) {
            paths.push(format!("{PROCESSORS}/{name}/{OF_PROCESSOR}"));
        }
    }
    Ok(paths)
}

fn find(root: BorrowedFd<'_>, path: &str) -> Result<Option<(OwnedFd, bool)>, Failure> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS;
    match openat2(root, path, flags, Mode::empty(), resolve) {
        Ok(place) => {
            let stat = fstat(&place).map_err(|errno| cannot("hide", path, errno))?;
            Ok(Some((place, FileType::from_raw_mode(stat.st_mode).is_dir())))
        }
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => Ok(None),
        Err(errno) => Err(cannot("hide", path, errno)),
    }
}

fn cannot(what: &str, path: &str, errno: Errno) -> Failure {
    Failure::kernel(filesystem::CODE, &format!("{what} \"/{path}\""), errno)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_thermal_counters_of_every_processor_are_hidden() {
        let root = std::env::temp_dir().join(format!("tsbuild-masks-{}", std::process::id()));
        for name in ["cpu0", "cpu11", "cpufreq", "cpuidle"] {
            fs::create_dir_all(root.join(PROCESSORS).join(name)).unwrap();
        }
        let mut found = of_processors(fs::File::open(&root).unwrap().as_fd()).unwrap();
        fs::remove_dir_all(&root).unwrap();
        found.sort();
        assert_eq!(found, ["cpu0", "cpu11"].map(|name| format!("sys/devices/system/cpu/{name}/thermal_throttle")));
        assert_eq!(of_processors(fs::File::open("/dev").unwrap().as_fd()).unwrap(), Vec::<String>::new());
    }
}
