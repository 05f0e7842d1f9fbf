//! Carriers for tests, and names that mean what a test says.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use courier::carrier::{Carried, Carrier, Failed, Limits, LookedUp, Message, Resolve, Trust};
use domain::target::Targets;

pub const BODY: &[u8] = br#"{"name":"AUTHORIZED"}"#;

/// Long enough for a busy machine, and short enough to be waited for.
// real time: a receiver that is silent on a real socket is silent by the real clock.
pub const SHORT: Limits = Limits {
    dns: Duration::from_millis(1000),
    connect: Duration::from_millis(1000),
    tls: Duration::from_millis(1000),
    attempt: Duration::from_millis(2000),
};

/// Nobody but the system's authorities is trusted.
pub fn usual_trust() -> Trust {
    Trust::load(&[]).unwrap()
}

/// These authorities are trusted, too.
pub fn trust<'a>(authorities: impl IntoIterator<Item = &'a str>) -> Trust {
    let directory = tempfile::tempdir().unwrap();
    let write = |(number, pem): (usize, &str)| -> PathBuf {
        let path = directory.path().join(format!("{number}.pem"));
        std::fs::write(&path, pem).unwrap();
        path
    };
    let files: Vec<PathBuf> = authorities.into_iter().enumerate().map(write).collect();
    Trust::load(&files).unwrap()
}

pub fn sandbox(limits: Limits) -> Carrier {
    Carrier::new(Targets::sandbox(), &usual_trust(), limits)
}

pub const fn message(url: &str) -> Message<'_> {
    let body = Bytes::from_static(BODY);
    Message { url, user_agent: "Kasse-Webhooks/0", content_type: "application/json; charset=utf-8", headers: &[], body }
}

/// The status or the class of the failure.
pub fn told(carried: &Carried) -> Result<u16, Failed> {
    carried.outcome.as_ref().map(|answered| answered.status).map_err(|failed| *failed)
}

pub async fn post(carrier: &Carrier, url: &str) -> Result<u16, Failed> {
    told(&carrier.post(message(url)).await)
}

/// What names mean: each look-up of a name takes the next of its meanings, and the last one stays.
#[derive(Default)]
pub struct Names {
    meanings: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
}

impl Names {
    pub fn new(names: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let parse = |addresses: &&[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        let meaning =
            |(name, meanings): &(&str, &[&[&str]])| ((*name).to_owned(), meanings.iter().map(parse).collect());
        Arc::new(Self { meanings: Mutex::new(names.iter().map(meaning).collect()) })
    }
}

impl Resolve for Names {
    fn look_up<'a>(&'a self, name: &'a str) -> LookedUp<'a> {
        let mut meanings = self.meanings.lock().unwrap();
        let found = match meanings.get_mut(name) {
            Some(all) if all.len() > 1 => Ok(all.remove(0)),
            Some(all) => Ok(all[0].clone()),
            None => Err(io::Error::other("no such name")),
        };
        Box::pin(async { found })
    }
}

/// Never says what any name means.
pub struct Silent;

impl Resolve for Silent {
    fn look_up<'a>(&'a self, _: &'a str) -> LookedUp<'a> {
        Box::pin(std::future::pending())
    }
}
