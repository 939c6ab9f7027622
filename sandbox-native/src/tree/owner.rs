//! Docker's `user[:group]`: numbers, or names from the tree's passwd and group files.
use super::file_tree::FileTree;
use super::follow;
use crate::failure::Failure;
use crate::status;
use std::os::unix::fs::FileExt;

/// Account files beyond this are not read.
const MAX_BYTES: u64 = 16 << 20;

/// A user without a group has its own group; a number has the same number as its group. As BuildKit does, an unknown
/// user counts as root and an unknown group is passed over, but here a warning says so.
pub fn resolve(owner: &str, tree: &dyn FileTree) -> Result<(u32, u32), Failure> {
    let (user, group) = match owner.split_once(':') {
        Some((user, group)) => (user, group),
        None => (owner, ""),
    };
    let (uid, own_gid) = match user.parse::<u32>() {
        Ok(uid) => (uid, uid),
        Err(_) if user.is_empty() => (0, 0),
        Err(_) => find_user(owner, user, tree)?,
    };
    if group.is_empty() {
        return Ok((uid, own_gid));
    }
    match group.parse::<u32>() {
        Ok(gid) => Ok((uid, gid)),
        Err(_) => Ok((uid, find_group(owner, group, tree)?.unwrap_or(own_gid))),
    }
}

fn find_user(owner: &str, name: &str, tree: &dyn FileTree) -> Result<(u32, u32), Failure> {
    let text = read_file(b"etc/passwd", tree)?;
    let found = text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
        [user, _, uid, gid, ..] if user == name => Some((uid.parse().ok()?, gid.parse().ok()?)),
        _ => None,
    });
    if found.is_none() {
        status::warning(&format!("owner \"{owner}\": no user \"{name}\" in /etc/passwd, so files belong to root"));
    }
    Ok(found.unwrap_or((0, 0)))
}

fn find_group(owner: &str, name: &str, tree: &dyn FileTree) -> Result<Option<u32>, Failure> {
    let text = read_file(b"etc/group", tree)?;
    let found = text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
        [group, _, gid, ..] if group == name => gid.parse().ok(),
        _ => None,
    });
    if found.is_none() {
        status::warning(&format!("owner \"{owner}\": no group \"{name}\" in /etc/group, so the user's own is taken"));
    }
    Ok(found)
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
