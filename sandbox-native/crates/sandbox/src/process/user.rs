//! The user of the command, from the root's files by Docker's rules.
use crate::inside::Inside;
use crate::mounts::filesystem;
use foundation::failure::Failure;
use rustix::fs::OFlags;
use std::fs::File;
use std::io::Read;

const CODE: &str = "SANDBOX_USER";
/// SECURITY: the files are untrusted and may be endless.
const MAX_FILE: u64 = 16 << 20;
const MAX_ID: u32 = i32::MAX as u32;

#[derive(Debug, PartialEq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
    pub home: String,
}

impl User {
    /// Names in the root's file, or numbers. With `mapped` they must be in the ID mapping of this user.
    pub fn add_groups(&mut self, inside: &Inside, (wanted, mapped): (&[String], bool)) -> Result<(), Failure> {
        let file = if wanted.is_empty() { AccountFile::missing("/etc/group") } else { AccountFile::read(inside, "/etc/group") };
        for name in wanted {
            let line = file.lines().find(|line| line.len() >= 3 && line[0] == name);
            let gid = line.map_or_else(|| number(name), |line| number(line[2])).ok_or_else(|| file.unknown("group", name))?;
            if mapped && !foundation::idmap::has_group(gid) {
                return Err(Failure::new(CODE, format!("Cannot add the group \"{name}\": this user may not use its ID {gid}"))
                    .with_hint("Grant subordinate IDs in /etc/subgid; see: tsbuild doctor"));
            }
            if !self.groups.contains(&gid) {
                self.groups.push(gid);
            }
        }
        Ok(())
    }
}

pub fn find(inside: &Inside, wanted: &str) -> Result<User, Failure> {
    look_up(wanted, &AccountFile::read(inside, "/etc/passwd"), &AccountFile::read(inside, "/etc/group"))
}

/// `user`, `uid`, `user:group` or `uid:gid`. SPEC: a number is an ID even if it is a name in the file; a UID without a line
/// gets group 0; a named group is the only one; otherwise a user with a line gets the groups that list it.
fn look_up(wanted: &str, passwd: &AccountFile, group: &AccountFile) -> Result<User, Failure> {
    // Text after a second colon is ignored.
    let mut words = wanted.split(':');
    let (name, group_name) = (words.next().unwrap_or(""), words.next().filter(|group| !group.is_empty()));
    let name = if name.is_empty() { "0" } else { name };
    let entry = passwd.lines().find(|line| line.len() >= 4 && matches_name(name, line));
    let mut user = match &entry {
        Some(line) => User {
            uid: id(line[2], wanted)?,
            gid: id(line[3], wanted)?,
            groups: Vec::new(),
            // SPEC: runc uses the field as it is, even if empty.
            home: line.get(5).unwrap_or(&"").to_string(),
        },
        None => {
            let uid = number(name).ok_or_else(|| passwd.unknown("user", name))?;
            require_complete_unless_root(passwd, uid)?;
            User { uid, gid: 0, groups: Vec::new(), home: "/".into() }
        }
    };
    let mut groups = group.lines().filter(|line| line.len() >= 3);
    if let Some(group_name) = group_name {
        let line = groups.find(|line| matches_name(group_name, line));
        user.gid = match line {
            Some(line) => id(line[2], wanted)?,
            None => number(group_name).ok_or_else(|| group.unknown("group", group_name))?,
        };
    } else if let Some(entry) = entry {
        require_complete_unless_root(group, user.uid)?;
        let listed = groups.filter(|line| line.get(3).is_some_and(|users| users.split(',').any(|user| user.trim() == entry[0])));
        user.groups = listed.filter_map(|line| number(line[2])).collect();
    }
    // SECURITY: changing the primary group must not drop this group: files may grant the group less than others.
    if !user.groups.contains(&user.gid) {
        user.groups.insert(0, user.gid);
    }
    Ok(user)
}

/// SECURITY: a container must not lock out root with its own files; root needs no further groups.
fn require_complete_unless_root(file: &AccountFile, uid: u32) -> Result<(), Failure> {
    if uid == 0 { Ok(()) } else { file.require_complete() }
}

/// A line of either file: the name is the first field, the ID the third.
fn matches_name(wanted: &str, line: &[&str]) -> bool {
    number(wanted).map_or(line[0] == wanted, |id| number(line[2]) == Some(id))
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number <= MAX_ID)
}

fn id(text: &str, wanted: &str) -> Result<u32, Failure> {
    number(text).ok_or_else(|| {
        Failure::new(CODE, format!("Cannot run as \"{wanted}\": its ID \"{text}\" is not a number up to {MAX_ID}"))
    })
}

/// The root's passwd or group file, or as much of it as is read.
struct AccountFile {
    path: &'static str,
    text: String,
    is_complete: bool,
}

impl AccountFile {
    fn missing(path: &'static str) -> Self {
        Self { path, text: String::new(), is_complete: true }
    }

    /// Files that are missing, not regular or the kernel's own have no lines. SECURITY: opening and reading it must neither
    /// block nor have side effects: /proc/kmsg shows each message once (test/attack/kernel/kernel-log.test.ts).
    fn read(inside: &Inside, path: &'static str) -> Self {
        let Ok(file) = inside.open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY).map(File::from) else {
            return Self::missing(path);
        };
        let mut bytes = Vec::new();
        let is_plain = file.metadata().is_ok_and(|metadata| metadata.is_file()) && filesystem::is_proc(&file).is_ok_and(|is| !is);
        if !is_plain || file.take(MAX_FILE + 1).read_to_end(&mut bytes).is_err() {
            return Self::missing(path);
        }
        Self { path, text: String::from_utf8_lossy(&bytes).into_owned(), is_complete: bytes.len() as u64 <= MAX_FILE }
    }

    fn lines(&self) -> impl Iterator<Item = Vec<&str>> {
        self.text.lines().map(|line| line.trim().split(':').collect())
    }

    /// For results that depend on a missing line or on all lines: a part of the file could lead to other groups.
    fn require_complete(&self) -> Result<(), Failure> {
        let message = || format!("Cannot read the image's {}: it has more than {MAX_FILE} bytes", self.path);
        if self.is_complete { Ok(()) } else { Err(Failure::new(CODE, message())) }
    }

    fn unknown(&self, what: &str, name: &str) -> Failure {
        let needed = "expected an existing name or a number";
        let message = format!("Cannot run as {what} \"{name}\": not in the image's {} ({needed})", self.path);
        self.require_complete().err().unwrap_or_else(|| Failure::new(CODE, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &'static str, text: &str) -> AccountFile {
        AccountFile { path, text: text.into(), is_complete: true }
    }

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/var/www:/bin/false\nbad:x:z:0::/:\nhomeless:x:7:8:::/bin/sh\n555:x:44:45::/:\n";
    const GROUP: &str = "root:x:0:\nweb:x:33:\nlog:x:4:web,root\nssl:x:9:web\n555:x:46:\n";

    #[test]
    fn look_up_follows_dockers_rules() {
        let cases = [
            ("", 0, 0, vec![0, 4], "/root"),
            ("web", 33, 33, vec![33, 4, 9], "/var/www"),
            ("33", 33, 33, vec![33, 4, 9], "/var/www"),
            ("web:ssl", 33, 9, vec![9], "/var/www"),
            ("web:77", 33, 77, vec![77], "/var/www"),
            ("1234", 1234, 0, vec![0], "/"),
            ("homeless", 7, 8, vec![8], ""),
            ("1234:log", 1234, 4, vec![4], "/"),
            (":log", 0, 4, vec![4], "/root"),
            ("33:ssl:log", 33, 9, vec![9], "/var/www"),
            ("555", 555, 0, vec![0], "/"),
            ("web:555", 33, 555, vec![555], "/var/www"),
        ];
        for (wanted, uid, gid, groups, home) in cases {
            let user = look_up(wanted, &file("/etc/passwd", PASSWD), &file("/etc/group", GROUP)).unwrap();
            assert_eq!(user, User { uid, gid, groups, home: home.into() }, "{wanted}");
        }
    }

    #[test]
    fn look_up_refuses_unknown_names() {
        for wanted in ["nobody", "web:nogroup", "bad", "4294967295", "-1"] {
            assert!(look_up(wanted, &file("/etc/passwd", PASSWD), &file("/etc/group", GROUP)).is_err(), "{wanted}");
        }
    }
}
