//! Who lives at the address: good receivers, bad ones of every kind, dead ones.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use testkit::{
    Identity, Shop,
    receivers::{Behaviour, Hostile, Receiver, Reply},
};

use crate::{
    dice::Dice,
    ear::{ALL, Ear},
};

/// How many good receivers each sales unit has.
const STEADY: usize = 7;
const MOODY: usize = 2;

/// A receiver that is to hear everything.
pub(crate) struct Good {
    pub(crate) unit: usize,
    /// Takes everything at once.
    pub(crate) is_steady: bool,
    pub(crate) ear: Ear,
}

impl Good {
    /// At each sales unit steady ones, of which one speaks TLS and one takes its time, and moody ones.
    pub(crate) async fn settle(shops: &[Shop], identity: &Identity, seed: u64) -> Vec<Self> {
        let mut good = Vec::new();
        for (unit, shop) in shops.iter().enumerate() {
            for number in 0..STEADY {
                let receiver = match number {
                    0 => Receiver::start_secure(identity, |_, _| Reply::status(200)).await,
                    1 => Receiver::start_with(|_, _| Reply::status(202).body("thank you").closing()).await,
                    _ => Receiver::start().await,
                };
                let ear = Ear::register("steady", shop, receiver).await;
                good.push(Self { unit, is_steady: true, ear });
            }
            for number in 0..MOODY {
                let moods = Mutex::new(Dice::new(seed + (unit * MOODY + number) as u64));
                let receiver = Receiver::start_with(move |_, received| match moods.lock().unwrap().below(6) {
                    // It is not refused so often that the waits become long.
                    _ if received.header("Kasse-Attempt").is_some_and(|number| number == "5") => Reply::status(200),
                    0 => Reply::status(500),
                    1 => Reply::reset(),
                    _ => Reply::status(200),
                });
                let ear = Ear::register("moody", shop, receiver.await).await;
                good.push(Self { unit, is_steady: false, ear });
            }
        }
        good
    }
}

/// Bad receivers, one of each kind.
pub(crate) struct Bad {
    all: Vec<(Behaviour, Hostile)>,
    /// Where one of them sends whoever asks.
    bait: Receiver,
    since: Instant,
}

impl Bad {
    pub(crate) async fn gather() -> Self {
        let bait = Receiver::start().await;
        let lures = Behaviour::Redirects { status: 307, to: Some(bait.url("/bait")) };
        let just_in_time = Behaviour::Late(Duration::from_millis(4000));
        let mut all = Vec::new();
        for behaviour in Behaviour::all().into_iter().chain([lures, just_in_time]) {
            all.push((behaviour.clone(), Hostile::start(behaviour).await));
        }
        Self { all, bait, since: Instant::now() }
    }

    pub(crate) const fn len(&self) -> usize {
        self.all.len()
    }

    /// What has to be trusted: by good ones, and by bad ones so that the right thing is wrong with them.
    pub(crate) fn authorities(&self, identity: &Identity) -> Vec<String> {
        let theirs = self.all.iter().filter_map(|(_, hostile)| hostile.authority().map(str::to_owned));
        theirs.chain([identity.certificate.clone()]).collect()
    }

    /// They spread over the sales units.
    pub(crate) async fn register(&mut self, shops: &[Shop]) {
        self.since = Instant::now();
        for (number, (behaviour, hostile)) in self.all.iter().enumerate() {
            let answer = shops[number % shops.len()].register(&hostile.url("/hook"), &ALL).await;
            assert_eq!(answer.status, 201, "{behaviour:?}: {}", answer.text());
        }
    }

    /// Those that hang and were asked more often than one after the other, or never.
    pub(crate) fn impatience(&self, timeout: u64) -> Vec<String> {
        let turns = usize::try_from(self.since.elapsed().as_secs() / timeout).unwrap() + 2;
        let hangs = |behaviour: &Behaviour| {
            let endless = [Behaviour::NeverAnswers, Behaviour::ContinueOnly];
            endless.contains(behaviour) || matches!(behaviour, Behaviour::HeadTrickles(_) | Behaviour::BodyTrickles(_))
        };
        let impatience = |(behaviour, hostile): &(Behaviour, Hostile)| {
            let requests = hostile.requests();
            (requests == 0 || requests > turns).then(|| format!("{behaviour:?}: {requests} requests in {turns} turns"))
        };
        self.all.iter().filter(|(behaviour, _)| hangs(behaviour)).filter_map(impatience).collect()
    }

    /// How many followed a redirection.
    pub(crate) fn lured(&self) -> usize {
        self.bait.connections()
    }
}

/// Receivers that never answer, each with as many registrations as a sales unit may have.
pub(crate) struct Dead {
    all: Vec<Hostile>,
    since: Instant,
}

impl Dead {
    /// They are registered, and something happens that they are to hear.
    pub(crate) async fn register(shops: &[Shop], registrations: usize) -> Self {
        let (mut all, since) = (Vec::new(), Instant::now());
        for shop in shops {
            let hostile = Hostile::start(Behaviour::NeverAnswers).await;
            for number in 0..registrations {
                let answer = shop.register(&hostile.url(&format!("/{number}")), &ALL).await;
                assert_eq!(answer.status, 201, "{}", answer.text());
            }
            for number in 0..4 {
                shop.authorized(&format!("dead-end-{number}"), 1000).await;
            }
            all.push(hostile);
        }
        Self { all, since }
    }

    pub(crate) fn requests(&self) -> usize {
        self.all.iter().map(Hostile::requests).sum()
    }

    /// Those that were asked more often than sixteen times at once.
    pub(crate) fn too_many(&self, timeout: u64) -> Vec<String> {
        let turns = usize::try_from(self.since.elapsed().as_secs() / timeout).unwrap() + 2;
        let counts = self.all.iter().map(Hostile::requests).filter(|requests| *requests > 16 * turns);
        counts.map(|requests| format!("{requests} requests in {turns} turns")).collect()
    }
}
