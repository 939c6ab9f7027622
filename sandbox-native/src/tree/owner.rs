//! Docker's `user[:group]`: numbers, or names from the tree's passwd and group files.
use super::file_tree::FileTree;
use super::follow;
use crate::failure::Failure;
use std::os::unix::fs::FileExt;

/// Account files beyond this are not read.
const MAX_BYTES: u64 = 16 << 20;

/// A user without a group has its own group; a number has the same number as its group.
pub fn resolve(owner: &str, tree: &dyn FileTree) -> Result<(u32, u32), Failure> {
    let (user, group) = match owner.split_once(':') {
        Some((user, group)) => (user, group),
        None => (owner, ""),
    };
    let (uid, own_gid) = match user.parse::<u32>() {
        Ok(uid) => (uid, uid),
        Err(_) => find_user(owner, user, tree)?,
    };
    if group.is_empty() {
        return Ok((uid, own_gid));
    }
    match group.parse::<u32>() {
        Ok(gid) => Ok((uid, gid)),
        Err(_) => Ok((uid, find_group(owner, group, tree)?)),
    }
}

fn find_user(owner: &str, name: &str, tree: &dyn FileTree) -> Result<(u32, u32), Failure> {
    let text = read_file(b"etc/passwd", tree)?;
    let found = text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
        [user, _, uid, gid, ..] if user == name => Some((uid.parse().ok()?, gid.parse().ok()?)),
        _ => None,
    });
    found.ok_or_else(|| unknown(owner, "user", name, "/etc/passwd"))
}

fn find_group(owner: &str, name: &str, tree: &dyn FileTree) -> Result<u32, Failure> {
    let text = read_file(b"etc/group", tree)?;
    let found = text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
        [group, _, gid, ..] if group == name => gid.parse().ok(),
        _ => None,
    });
    found.ok_or_else(|| unknown(owner, "group", name, "/etc/group"))
}

/// A missing file knows nobody.
fn read_file(path: &[u8], tree: &dyn FileTree) -> Result<String, Failure> {
    let path = follow::resolve(tree, path, true)?;
    if !tree.lookup(&path)?.is_some_and(|meta| meta.kind == super::meta::Kind::File) {
        return Ok(String::new());
    }
    let content = tree.open(&path)?;
    let mut bytes = vec![0u8; content.size.min(MAX_BYTES) as usize];
    content
        .file
        .read_exact_at(&mut bytes, content.offset)
        .map_err(|cause| Failure::kernel("TREE_READ", &format!("read \"{}\"", super::path::show(&path)), cause))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn unknown(owner: &str, what: &str, name: &str, file: &str) -> Failure {
    Failure::new("TREE_OWNER", format!("Cannot resolve owner \"{owner}\": no {what} \"{name}\" in the image's {file}"))
        .with_hint(format!("Use a numeric id, or add the {what} in an earlier step"))
}
