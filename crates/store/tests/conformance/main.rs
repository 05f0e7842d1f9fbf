//! What any keeper must do: the contract of `store`, as tests that every keeper runs.
//!
//! A keeper joins by a fixture that opens it and a line in [`keepers`]. Nothing in the suite may lean on one of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod fixture;
mod suite;
mod work;

macro_rules! keepers {
    ($($keeper:ident),* runs $tests:tt) => { $( keepers!(@each $keeper $tests); )* };
    (@each $keeper:ident { $($test:ident)* }) => {
        mod $keeper {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    crate::suite::$test(crate::fixture::$keeper()).await;
                }
            )*
        }
    };
}

keepers!(sqlite, postgres runs {
    what_is_done_can_be_read_with_its_log
    what_is_done_survives_closing
    a_rejection_leaves_no_trace_and_the_key_unused
    a_repetition_is_the_very_bytes_and_changes_nothing
    another_request_under_the_key_is_a_conflict
    keys_of_operations_payments_and_sales_units_never_meet
    the_same_intent_many_times_at_once_is_done_once
    a_decision_that_panics_harms_no_neighbour
    a_change_its_events_do_not_make_is_refused_and_the_payment_set_aside
    a_caller_that_goes_away_does_not_stop_the_work
    what_is_due_is_found_by_sales_unit_and_time
    a_sales_unit_is_made_once
    a_sales_unit_is_changed_in_place
    a_failure_half_way_leaves_nothing_of_it
    the_directory_holds_everybody_who_may_call
    a_sales_unit_has_one_partner_at_most
    a_key_is_replaced_or_revoked_and_the_others_stay
    sound_data_has_no_findings
    a_closed_store_takes_nothing_on
    nothing_is_loaded_for_a_payment_that_is_not_there
    a_short_link_names_its_payment
    the_payment_of_what_was_shared_last_is_found_by_its_payer
    an_attempt_the_bank_refused_is_logged_and_its_key_unused
});
