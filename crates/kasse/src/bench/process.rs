//! A child process that does not outlive whoever holds it.
//!
//! It sees no environment but what it is given, so that no setting of the caller reaches it. It is in a process group of its own: Ctrl-C in
//! a terminal is for the bench, which then ends its children itself.

use std::{
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::bail;
use tokio::time::sleep;

/// How often it is looked whether one has ended.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// A running child; killed and waited for when it is dropped.
pub(super) struct Process(pub(super) Child);

impl Process {
    /// Waits for its end.
    pub(super) async fn ended(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let asked = Instant::now();
        while asked.elapsed() < patience {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            sleep(LOOK_INTERVAL).await;
        }
        bail!("it does not end")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _nothing_to_wait_for = self.0.wait();
    }
}

/// A command line of such a child. What it says can be read.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}
