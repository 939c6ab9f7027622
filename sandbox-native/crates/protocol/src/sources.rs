use serde::Deserialize;
use std::path::PathBuf;

/// One layer in one of its forms. Lists of layers are ordered top first.
#[derive(Deserialize, Clone)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LayerSource {
    /// An overlay directory: deletions are character devices 0:0, opaque directories have the overlay xattr.
    Tree { path: PathBuf },
    /// An uncompressed layer tar with the entry index that write-layer created next to it.
    Tar { path: PathBuf, index: PathBuf },
}

/// Where files are read from. Paths of selections are resolved beneath it and cannot escape it.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum FileSource {
    Directory {
        root: PathBuf,
        /// Normalized .dockerignore patterns in file order, `!` before exceptions. Applied during the walk.
        ignore: Vec<String>,
        /// File that maps (size, mtime ns, ctime ns, inode) to content digests between builds.
        stat_cache: Option<PathBuf>,
    },
    Layers {
        layers: Vec<LayerSource>,
    },
}

/// Which files of a source an action selects, by the rules of COPY.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selection {
    /// Paths or Go filepath.Match patterns, relative to the source's root.
    pub paths: Vec<String>,
    /// Patterns relative to each source path that exclude files (`--exclude`).
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Keep parent directories (`--parents`), with `/./` as pivot.
    #[serde(default)]
    pub parents: bool,
    /// With `parents`, for plain paths without pivot: also copy links on the path and their targets within the source.
    #[serde(default)]
    pub follow: bool,
    /// Unpack sources that are archives by content (plain, gzip, bzip2, xz, zstd tar).
    #[serde(default)]
    pub unpack_archives: bool,
}
