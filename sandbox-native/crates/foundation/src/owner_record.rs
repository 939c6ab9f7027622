//! Owners of files for a process with a single ID: they are recorded in extended attributes, because they cannot be set.
//! Files and directories have their own record; a directory stores the records of entries that cannot have attributes
//! (links, FIFOs).
use rustix::fd::BorrowedFd;
use rustix::fs::XattrFlags;
use rustix::io::Errno;
use std::sync::OnceLock;

/// For a file or directory: `uid:gid`, or `uid:gid:c:major:minor` (or `b`) for an empty file that replaces a device.
pub const OWN: &str = "user.tsbuild.owner";
/// For the entries of a directory: `uid:gid:name`, each followed by a zero byte.
pub const OF_NAMES: &str = "user.tsbuild.owners";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub uid: u32,
    pub gid: u32,
    pub device: Option<Device>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    pub is_block: bool,
    pub major: u32,
    pub minor: u32,
}

/// Whether this user namespace maps a single ID.
pub fn is_used() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| maps_one_id("self"))
}

/// Whether the user namespace of this process maps a single ID.
pub fn maps_one_id(process: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/uid_map")).is_ok_and(|map| has_one_id(&map))
}

fn has_one_id(map: &str) -> bool {
    let counts: Vec<&str> = map.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    counts == ["1"]
}

impl Record {
    /// Files without a record belong to the caller, who is root in the namespace.
    pub const ROOT: Record = Record { uid: 0, gid: 0, device: None };

    pub fn owned(uid: u32, gid: u32) -> Record {
        Record { uid, gid, device: None }
    }

    /// `None` if another program wrote the text. A device 0:0 is how overlays delete; it is not a device.
    pub fn parse(text: &[u8]) -> Option<Record> {
        let fields: Vec<&str> = std::str::from_utf8(text).ok()?.split(':').collect();
        let (uid, gid) = (fields.first()?.parse().ok()?, fields.get(1)?.parse().ok()?);
        let device = match fields[2..] {
            [] => None,
            [kind @ ("c" | "b"), major, minor] => {
                let device = Device { is_block: kind == "b", major: major.parse().ok()?, minor: minor.parse().ok()? };
                if (device.major, device.minor) == (0, 0) { None } else { Some(device) }
            }
            _ => return None,
        };
        Some(Record { uid, gid, device })
    }

    pub fn text(&self) -> String {
        let Record { uid, gid, .. } = self;
        match self.device {
            None => format!("{uid}:{gid}"),
            Some(Device { is_block, major, minor }) => {
                format!("{uid}:{gid}:{}:{major}:{minor}", if is_block { "b" } else { "c" })
            }
        }
    }
}

/// The record of a name in the list of its directory.
pub fn of_name(list: &[u8], name: &[u8]) -> Option<Record> {
    lines(list).find(|(_, _, listed)| *listed == name).map(|(uid, gid, _)| Record::owned(uid, gid))
}

/// The list of the directory, with the new record of the name.
pub fn with_name(list: &[u8], name: &[u8], record: Record) -> Vec<u8> {
    let mut text = Vec::with_capacity(list.len() + name.len() + 16);
    let mut add = |uid: u32, gid: u32, name: &[u8]| {
        text.extend(format!("{uid}:{gid}:").as_bytes());
        text.extend(name);
        text.push(0);
    };
    lines(list).filter(|(_, _, listed)| *listed != name).for_each(|(uid, gid, listed)| add(uid, gid, listed));
    if record != Record::ROOT {
        add(record.uid, record.gid, name);
    }
    text
}

fn lines(list: &[u8]) -> impl Iterator<Item = (u32, u32, &[u8])> {
    list.split(|byte| *byte == 0).filter_map(|line| {
        let mut parts = line.splitn(3, |byte| *byte == b':');
        let mut number = || std::str::from_utf8(parts.next()?).ok()?.parse().ok();
        Some((number()?, number()?, parts.next()?))
    })
}

/// For an open file or directory. On a filesystem without attributes, it belongs to root.
pub fn write(file: BorrowedFd, record: Record) -> Result<(), Errno> {
    let none = |errno| if is_absent(errno) { Ok(()) } else { Err(errno) };
    if record == Record::ROOT {
        return rustix::fs::fremovexattr(file, OWN).or_else(none);
    }
    rustix::fs::fsetxattr(file, OWN, record.text().as_bytes(), XattrFlags::empty()).or_else(none)
}

/// Whether the filesystem of the file can store records.
pub fn try_on(file: BorrowedFd) -> Result<(), Errno> {
    rustix::fs::fsetxattr(file, OWN, b"1:1", XattrFlags::empty())?;
    rustix::fs::fremovexattr(file, OWN)
}

/// The attribute is missing, or the filesystem has no attributes: in both cases the file has no record.
pub fn is_absent(errno: Errno) -> bool {
    matches!(errno, Errno::NODATA | Errno::NOTSUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_recorded_only_with_a_single_id() {
        assert!(has_one_id("         0       1000          1\n"));
        assert!(!has_one_id("         0          0 4294967295\n"));
        assert!(!has_one_id("         0       1000          1\n         1     100000      65536\n"));
    }

    #[test]
    fn records_round_trip() {
        let disk = Device { is_block: true, major: 8, minor: 1 };
        for record in [Record::owned(3, 4), Record { device: Some(disk), ..Record::ROOT }] {
            assert_eq!(Record::parse(record.text().as_bytes()), Some(record));
        }
        assert_eq!(Record::parse(b"0:0:c:0:0"), Some(Record::ROOT));
        for text in ["", "1", "1:x", "1:2:3", "1:2:c:1"] {
            assert_eq!(Record::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn each_name_has_its_own_record() {
        let one = with_name(b"", b"a:b", Record::owned(1, 2));
        let two = with_name(&one, b"c\n", Record::owned(3, 4));
        assert_eq!(of_name(&two, b"a:b"), Some(Record::owned(1, 2)));
        assert_eq!(of_name(&two, b"c\n"), Some(Record::owned(3, 4)));
        assert_eq!(with_name(&two, b"a:b", Record::ROOT), with_name(b"", b"c\n", Record::owned(3, 4)));
        assert_eq!(of_name(b"garbage\0:::\0", b"x"), None);
    }
}
