//! Reads images for other tools: lists of files, selected files, sections of programs, secrets. Changes nothing.
mod elf;
pub(crate) mod list_files;
pub(crate) mod read_files;
pub(crate) mod secret_scan;
