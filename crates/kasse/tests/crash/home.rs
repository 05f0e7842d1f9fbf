//! Where a killed server finds its data again: in a directory, or in a PostgreSQL of its own that is not killed.

use std::process::Command;

use tempfile::TempDir;
use testkit::Postgres;

use crate::{
    child::{Finished, kasse, run},
    ear::let_claims_lapse,
};

pub(crate) struct Home {
    directory: TempDir,
    database: Option<Database>,
}

struct Database {
    server: Postgres,
    url: String,
}

impl Home {
    pub(crate) fn directory() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), database: None }
    }

    pub(crate) fn database() -> Self {
        let server = Postgres::durable();
        let url = server.database();
        Self { database: Some(Database { server, url }), ..Self::directory() }
    }

    fn command(&self, word: &str) -> Command {
        let mut command = kasse(self.directory.path());
        command.arg(word);
        if let Some(Database { url, .. }) = &self.database {
            command.args(["--database-url", url]);
        }
        command
    }

    pub(crate) fn serve(&self) -> Command {
        let mut command = self.command("serve");
        command.args(["--rate-limits", "off", "--webhook-time-scale", "0.01", "--log", "warn,kasse::commands=info"]);
        command
    }

    pub(crate) fn verify(&self) -> Finished {
        run(&mut self.command("verify"))
    }

    /// Nobody holds a delivery any more for a process that was killed.
    pub(crate) fn let_claims_lapse(&self) {
        if let Some(Database { server, url }) = &self.database {
            let_claims_lapse(server, url);
        }
    }

    /// Waits until nobody does anything any more for a process that was killed: a database finishes what it was told before it notices.
    pub(crate) fn settle(&self) {
        let Some(Database { server, .. }) = &self.database else { return };
        const SESSIONS: &str = "select count(*) from pg_stat_activity where datname like 'test%'";
        while server.run("postgres", SESSIONS) != "0" {}
    }
}
