//! A process of the binary with several sales units.

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Http, Shop};
use tokio::task::block_in_place;

use crate::child::{Finished, Server, kasse, run};

pub(crate) struct Town {
    server: Server,
    home: TempDir,
    pub(crate) shops: Vec<Shop>,
}

impl Town {
    /// One that trusts these certificates, waits so many seconds for a receiver and a hundredth of the usual time between attempts.
    pub(crate) async fn start(authorities: &[String], timeout: u64, units: usize) -> Self {
        let home = tempfile::tempdir().unwrap();
        let write = |(number, pem): (usize, &String)| {
            let name = format!("{number}.pem");
            std::fs::write(home.path().join(&name), pem).unwrap();
            name
        };
        let files: Vec<String> = authorities.iter().enumerate().map(write).collect();
        let mut command = kasse(home.path());
        command.args([
            "--rate-limits",
            "off",
            "--webhook-time-scale",
            "0.01",
            "--webhook-timeout",
            &timeout.to_string(),
        ]);
        command.args(["--webhook-ca", &files.join(","), "--log", "warn,kasse::commands=info"]);
        let server = block_in_place(|| Server::start(&mut command));
        let mut shops = Vec::new();
        for number in 0..units {
            let create = ["sales-unit", "create", "--market", "NO", "--json", "--name", &format!("Shop {number}")];
            let made = block_in_place(|| run(kasse(home.path()).args(create)));
            let made: Value = serde_json::from_str(&made.stdout).unwrap_or_else(|_| panic!("{made:?}"));
            let [msn, id, secret, key] = ["merchantSerialNumber", "clientId", "clientSecret", "subscriptionKey"]
                .map(|name| made[name].as_str().unwrap().to_owned());
            shops.push(Shop::with_keys(Http::new(server.address), &msn, &id, &secret, &key).await);
        }
        Self { server, home, shops }
    }

    /// How much memory the process has for itself.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.server.child.pid.as_raw_nonzero());
        let status = std::fs::read_to_string(status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }

    /// It stops in order, and the data is asked for every contradiction.
    pub(crate) fn stop_and_verify(self) -> Finished {
        block_in_place(|| {
            self.server.stop();
            run(kasse(self.home.path()).arg("verify"))
        })
    }
}
