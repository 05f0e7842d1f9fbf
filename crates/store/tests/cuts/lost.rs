//! What became of a commit whose answer was lost: while it is still under way, while looking it up is cut off as well, and while the whole
//! database is out of reach.

use std::{sync::Mutex, time::Duration};

use testkit::{Cut, Direction, Side, Way};

use crate::{
    commit, committed, everywhere, in_peace, in_threads, is_long, new_case,
    operation::{APPROVE, CAPTURE, CREATE, CREATE_UNIT, Cuttable, GROUP},
    server,
    stand::Stand,
    tally::Tally,
};

/// What a store may take where nobody answers at all: as long as it waits for the commit and then for a connection to look, and some for a
/// busy machine. Whoever asked has given up by then; it is that nothing hangs for ever.
const OUTAGE_TIME_MAX: Duration = Duration::from_secs(20);
/// What a store may take where each of its connections breaks once.
const TWICE_TIME_MAX: Duration = Duration::from_secs(10);
/// Makes each commit that writes an event take a while, between the message that asks for it and its end.
const SLOW_COMMITS: &str = "create function kasse.take_a_while() returns trigger language plpgsql as
       $$ begin perform pg_sleep(0.2); return null; end $$;
     create constraint trigger take_a_while after insert on kasse.events deferrable initially deferred for each row
       execute function kasse.take_a_while()";

/// Tries these cuts on each of the operations, each with its own.
fn try_each(
    test: &str,
    operations: &[Cuttable],
    most: Duration,
    cuts: impl AsyncFn(&Stand, &Cuttable) -> Vec<Vec<Cut>> + Sync,
) -> Tally {
    let (began, all) = (std::time::Instant::now(), Mutex::new(Tally::default()));
    in_threads(operations, async |operation| {
        let stand = Stand::new(server()).await;
        let mut tally = Tally::default();
        for cuts in cuts(&stand, &operation).await {
            let seen = stand.cut(&operation, &new_case(), &cuts).await;
            tally.add(operation.name, cuts.last().unwrap(), seen, most);
        }
        tally.verify(&stand.direct).await;
        all.lock().unwrap().merge(tally);
    });
    let all = all.into_inner().unwrap();
    all.print(test, began);
    all.settle();
    all
}

#[test]
fn a_commit_still_under_way_is_not_taken_for_one_that_failed() {
    let tally =
        try_each("slow commits", &[CREATE, APPROVE, CAPTURE], Duration::from_secs(5), async |stand, operation| {
            server().run(&stand.database, SLOW_COMMITS);
            let message = commit(&in_peace(stand, operation).await);
            let cut = |way| vec![Cut { direction: Direction::ToServer, message, side: Side::After, way }];
            [Way::Reset, Way::Finish].into_iter().flat_map(|way| [cut(way), cut(way), cut(way)]).collect()
        });
    assert_eq!(tally.unavailable(), 0, "a connection that breaks is not noticed by whoever asked");
}

#[test]
fn looking_up_what_became_of_a_commit_may_be_cut_off_at_each_step() {
    let operations: &[Cuttable] = if is_long() { &[APPROVE, CAPTURE, CREATE_UNIT, GROUP] } else { &[APPROVE, CAPTURE] };
    let tally = try_each("cut twice", operations, TWICE_TIME_MAX, async |stand, operation| {
        let peace = in_peace(stand, operation).await;
        let message = committed(&peace);
        let first = Cut { direction: Direction::ToClient, message, side: Side::Before, way: Way::Reset };
        let seen = stand.cut(operation, &new_case(), &[first]).await.unwrap();
        let after: Vec<_> = seen.steps.into_iter().filter(|step| step.connection != peace[0].connection).collect();
        assert!(!after.is_empty(), "it is looked up on another connection");
        let mut second = everywhere(&after, Way::Reset);
        if !is_long() {
            second.retain(|cut| cut.side == if cut.message % 2 == 0 { Side::Before } else { Side::After });
        }
        second.into_iter().map(|second| vec![first, second]).collect()
    });
    assert!(tally.cuts() > 100, "there was little to cut");
}

#[test]
fn a_database_out_of_reach_keeps_nobody_waiting_for_ever_and_what_it_did_is_found_when_it_is_back() {
    let tally = try_each("outage", &[APPROVE, CAPTURE, CREATE_UNIT], OUTAGE_TIME_MAX, async |stand, operation| {
        let peace = in_peace(stand, operation).await;
        let (asking, done) = (commit(&peace), committed(&peace));
        let cut = |direction, message, side| vec![Cut { direction, message, side, way: Way::Outage }];
        let mut cuts =
            vec![cut(Direction::ToServer, asking, Side::After), cut(Direction::ToClient, done, Side::Before)];
        if is_long() && operation.name == APPROVE.name {
            cuts.extend(everywhere(&peace, Way::Outage).into_iter().map(|cut| vec![cut]));
        }
        cuts
    });
    assert!(tally.unavailable() > 0, "nobody could be asked");
}
