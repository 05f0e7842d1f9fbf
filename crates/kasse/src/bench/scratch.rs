//! A fresh directory for everything a run writes; gone with the run.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// After so many names that are taken something else is wrong.
const NAMES_MAX: usize = 1000;
/// File systems in memory as the kernel numbers them: tmpfs, ramfs.
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58F6];

pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one below `parent`, or where the system keeps temporary files.
    pub(super) fn new(parent: Option<&Path>) -> anyhow::Result<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let parent = parent.canonicalize().with_context(|| format!("{} cannot be used", parent.display()))?;
        for number in 0..NAMES_MAX {
            let path = parent.join(format!("kasse-bench-{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| format!("{} cannot be made", path.display())),
            }
        }
        bail!("{} is full of what earlier runs left behind", parent.display())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether a commit there costs no disk.
    pub(super) fn is_in_memory(&self) -> bool {
        rustix::fs::statfs(&self.0).is_ok_and(|found| {
            #[allow(
                clippy::cast_sign_loss,
                clippy::unnecessary_cast,
                reason = "the field's type differs between platforms"
            )]
            let kind = found.f_type as u64 & 0xFFFF_FFFF;
            IN_MEMORY.contains(&kind)
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("kasse: {} could not be removed: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_apart_and_both_go() {
        let parent = tempfile::tempdir().unwrap();
        let (first, second) = (Scratch::new(Some(parent.path())).unwrap(), Scratch::new(Some(parent.path())).unwrap());
        assert_ne!(first.path(), second.path());
        fs::write(first.path().join("file"), "content").unwrap();
        drop((first, second));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
        assert!(Scratch::new(Some(&parent.path().join("missing"))).is_err());
    }
}
