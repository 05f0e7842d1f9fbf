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

mod deliveries;
mod fixture;
mod orders;
mod random;
mod requests;
mod sending;
mod shown;
mod suite;
mod webhooks;
mod work;

macro_rules! keepers {
    ($($keeper:ident),* runs $suites:tt) => { $( keepers!(@each $keeper $suites); )* };
    (@each $keeper:ident { $($suite:ident: { $($test:ident)* })* }) => {
        mod $keeper {
            $(mod $suite {
                $(
                    #[tokio::test(flavor = "multi_thread")]
                    async fn $test() {
                        crate::$suite::$test(crate::fixture::$keeper()).await;
                    }
                )*
            })*
        }
    };
}

keepers!(sqlite, postgres runs {
    suite: {
    what_is_done_can_be_read_with_its_log
    what_is_done_survives_closing
    a_rejection_leaves_no_trace_and_the_key_unused
    a_repetition_is_the_very_bytes_and_changes_nothing
    what_was_answered_is_answered_though_it_would_be_refused_by_now
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
    what_a_bank_does_not_answer_is_due_when_it_does
    }
    webhooks: {
        registrations_are_listed_the_oldest_first_and_one_that_ended_stays_to_be_read_about
        a_limit_holds_however_many_register_at_the_same_moment
        a_partners_registration_is_told_of_every_sales_unit_connected_to_it
        a_registration_is_told_of_what_it_names_while_it_is_there
        what_cannot_be_put_into_words_is_not_done
        who_listens_is_known_until_later_and_never_until_earlier
        it_is_known_since_when_nothing_has_arrived
        a_registration_may_end_with_an_attempt
        a_registration_that_has_recovered_meanwhile_does_not_end
    }
    deliveries: {
        everybody_who_is_told_of_an_event_is_sent_the_same
        payments_that_change_together_are_told_each_in_order
        what_is_due_is_claimed_once_and_the_earliest_first
        a_later_event_waits_for_the_earlier_of_its_payment_and_holds_up_nothing_else
        what_follows_is_not_looked_at_before_what_it_waits_for
        a_claim_that_was_given_back_may_be_had_by_anybody
        claims_of_several_sales_units_are_given_back_together
        many_who_claim_at_the_same_moment_get_each_delivery_once
        what_came_of_each_attempt_is_kept
        what_was_claimed_is_claimed_again_after_a_restart
        what_waits_for_a_registration_that_ends_is_dropped_at_once
        a_delivery_may_be_sent_once_more_and_a_test_beside_it
        what_ended_long_ago_is_forgotten_and_what_is_still_sent_is_kept
        deliveries_are_read_page_by_page_the_newest_first
    }
    orders: {
        a_receipt_is_written_once_and_comes_back_as_it_went_in
        of_many_that_come_at_the_same_moment_one_is_written
        an_image_is_written_once_and_its_file_is_whoevers_has_the_same
        the_newest_category_is_shown_and_the_one_before_it_once_that_is_gone
        a_category_shows_an_image_that_is_there
        categories_that_are_set_at_the_same_moment_leave_one
        the_receipt_of_a_new_payment_is_its_orders
        a_receipt_and_its_payment_may_come_at_the_same_moment
        a_decision_on_an_order_that_panics_changes_nothing
    }
    requests: {
        everything_of_a_request_and_a_payer_comes_back_as_it_went_in
        a_request_its_payment_and_its_payer_change_together
        whatever_goes_wrong_leaves_nothing_of_any_of_them
        a_payers_decision_that_panics_changes_nothing
        what_is_asked_many_times_at_once_is_done_once
        many_payments_of_one_payer_at_once_each_take_their_part
        what_waits_for_a_payer_is_found_asked_last_first
        what_a_payer_was_asked_is_found_whatever_came_of_it
        what_is_planned_is_found_by_sales_unit_and_time
        a_version_changes_whenever_payment_or_request_does
        an_older_request_does_not_replace_a_newer_one
        payers_are_listed_by_number
    }
    random: {
        whatever_happens_each_is_told_in_order_and_nothing_is_missing
    }
});
