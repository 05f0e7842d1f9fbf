//! Which delivery goes out when: whatever is due is claimed, attempted and recorded, and no receiver keeps another one waiting.
//!
//! One task (`round`) claims, begins and records; attempts run beside it and take turns at a `desk`. All of it belongs on threads of its
//! own, so that a flood of answers does not reach those who serve requests. How many are under way is bounded for each registration, for
//! what it shares with others, and in all (`places`). What comes into being here is taken up at once; a look twice a second finds the rest,
//! also what another node left behind. Nothing is held here that is not in the store: whatever happens to this process, what was not
//! recorded is attempted again.

mod attempt;
mod desk;
mod fetched;
mod lanes;
mod places;
mod ready;
mod round;

use std::{future::Future, sync::Arc, time::Duration};

use engine::Engine;
pub use places::{IN_FLIGHT_MAX, IN_FLIGHT_OF_ORIGIN_MAX, IN_FLIGHT_OF_REGISTRATION_MAX, IN_FLIGHT_OF_SALES_UNIT_MAX};
use round::Round;
use tokio::task::JoinSet;

use crate::carrier::Carrier;

/// How often it is looked for what is due.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// How often old deliveries are forgotten.
const FORGET_INTERVAL: Duration = Duration::from_secs(20);
/// How long attempts that are under way may still take when the server stops.
pub const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);

/// Sends what is due until `stop` resolves.
pub async fn run(engine: Arc<Engine>, carrier: Carrier, stop: impl Future<Output = ()> + Send) {
    let mut round = Round::new(engine.clone(), carrier);
    let mut jumps = engine.clock().jumps();
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // It ends with this, however this ends.
    let mut forgetting = JoinSet::new();
    forgetting.spawn(forget(engine.clone()));
    let mut announced = engine.announced();
    tokio::pin!(stop);
    loop {
        round.begin();
        tokio::select! {
            () = &mut stop => break,
            lanes = &mut announced => {
                round.are_due(lanes);
                announced = engine.announced();
            }
            _ = look.tick() => round.begin_look(),
            changed = jumps.changed() => match changed {
                Ok(()) => round.begin_look(),
                Err(_) => break,
            },
            () = round.step() => {}
        }
    }
    forgetting.abort_all();
    // Whatever has not ended by then is attempted again by whoever comes next.
    if tokio::time::timeout(DRAIN_TIME_MAX, round.finish()).await.is_err() {
        round.abandon().await;
    }
}

async fn forget(engine: Arc<Engine>) {
    loop {
        tokio::time::sleep(FORGET_INTERVAL).await;
        if let Err(trouble) = engine.forget_old_deliveries().await {
            tracing::debug!(%trouble, "old deliveries could not be forgotten; trying again");
        }
        if let Err(trouble) = engine.forget_listeners().await {
            tracing::debug!(%trouble, "registrations nobody listens to could not be ended; trying again");
        }
    }
}

/// What ends next of a set; never, while it is empty.
async fn next_of<T: 'static>(set: &mut JoinSet<T>) -> Option<T> {
    match set.join_next().await {
        Some(ended) => ended.ok(),
        None => std::future::pending().await,
    }
}
