//! Resolves links within a root, without leaving it: `..` and absolute targets start at the root again.
use super::file_tree::LinkTree;
use super::meta::Kind;
use super::path;
use foundation::failure::Failure;
use std::collections::VecDeque;

/// As in Go's continuity.
const MAX_LINKS: usize = 255;

/// The path with links resolved, optionally including the last component. Components that do not exist remain as written.
pub fn resolve(tree: &dyn LinkTree, wanted: &[u8], follow_last: bool) -> Result<Vec<u8>, Failure> {
    Ok(trail(tree, wanted, follow_last)?.path)
}

pub struct Trail {
    pub path: Vec<u8>,
    /// The links that were followed, each at its own path.
    pub links: Vec<Vec<u8>>,
}

/// Like resolve(), with the links that were followed.
pub fn trail(tree: &dyn LinkTree, wanted: &[u8], follow_last: bool) -> Result<Trail, Failure> {
    let mut rest: VecDeque<Vec<u8>> = path::components(wanted).map(<[u8]>::to_vec).collect();
    let mut done: Vec<u8> = Vec::new();
    let mut links = Vec::new();
    // Length of the path after which nothing exists.
    let mut missing = usize::MAX;
    while let Some(name) = rest.pop_front() {
        match &name[..] {
            b"." => continue,
            b".." => {
                done = path::split(&done).0.to_vec();
                if done.len() < missing {
                    missing = usize::MAX;
                }
                continue;
            }
            _ => {}
        }
        let next = path::join(&done, &name);
        let is_followed = follow_last || !rest.is_empty();
        let found = if is_followed && next.len() < missing { tree.lookup(&next)? } else { None };
        if is_followed && found.is_none() {
            missing = missing.min(next.len());
        }
        if found.is_none_or(|meta| meta.kind != Kind::Symlink) {
            done = next;
            continue;
        }
        if links.len() == MAX_LINKS {
            return Err(too_many_links(wanted));
        }
        let target = tree.read_link(&next)?;
        links.push(next);
        if target.starts_with(b"/") {
            done.clear();
        }
        for part in path::components(&target).collect::<Vec<_>>().into_iter().rev() {
            rest.push_front(part.to_vec());
        }
    }
    Ok(Trail { path: done, links })
}

fn too_many_links(wanted: &[u8]) -> Failure {
    let message = format!("Cannot resolve \"{}\": too many links (at most {MAX_LINKS})", path::show(wanted));
    Failure::new("TREE_LINKS", message)
}
