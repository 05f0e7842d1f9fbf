//! Where the socket is, by a path that is short enough for one.
//!
//! The address of a socket holds about a hundred bytes. A longer data directory is opened, and named by its descriptor instead.

use std::{
    fs::File,
    io,
    os::{fd::AsRawFd as _, unix::ffi::OsStrExt as _},
    path::{Path, PathBuf},
};

/// The socket's name in the data directory.
pub(super) const SOCKET_FILE: &str = "administration.sock";
/// Its name until it is ready.
pub(super) const SOCKET_FILE_NEW: &str = "administration.new";
/// The longest path every system takes as the address of a socket.
const ADDRESS_BYTES_MAX: usize = 103;

/// A data directory by a short name.
pub(super) struct ShortPath {
    directory: PathBuf,
    /// Keeps the short name good.
    _opened: Option<File>,
}

impl ShortPath {
    /// A name of the directory under which sockets in it can be addressed.
    pub(super) fn of(directory: &Path) -> io::Result<Self> {
        let name_bytes = 1 + SOCKET_FILE.len().max(SOCKET_FILE_NEW.len());
        if directory.as_os_str().as_bytes().len() + name_bytes <= ADDRESS_BYTES_MAX {
            return Ok(Self { directory: directory.to_owned(), _opened: None });
        }
        let opened = File::open(directory)?;
        let directory = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
        Ok(Self { directory, _opened: Some(opened) })
    }

    /// The address of a socket in it, as long as this is kept.
    pub(super) fn address(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }
}
