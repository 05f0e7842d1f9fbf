//! What a payer does on the landing page.

use axum::{extract::State, response::Response};
use domain::{payment::Method, text::PhoneNumber, wallet::Returns};
use engine::request::{Asked, Verdict};

use super::{NotFound, TAB_CHARACTERS_MAX, found, landing, number, remembered};
use crate::{
    Web,
    forms::Form,
    view::{landing::PhoneProblem, paths},
};

/// Takes the number of whoever pays.
pub(crate) async fn phone(State(web): State<Web>, mut form: Form) -> Response {
    let asked = match of_form(&web, &form).await {
        Ok(asked) => asked,
        Err(why) => return why.answer(&web, form.visit),
    };
    let Some(number) = number::read(form.field("prefix"), form.field("phone")) else {
        return refused(&web, form, &asked, PhoneProblem::Invalid, "phone_invalid");
    };
    if !may_try(&web, &form, &asked) {
        return too_many_here(&web, form, &asked);
    }
    let verdict = web.engine.submit_number(&asked.unit, &asked.payment.reference, &number).await;
    match verdict {
        Ok(Verdict::CannotPay) => cannot_pay(&web, form, asked).await,
        Ok(Verdict::TooOften) if form.visit.wants_json() => form.not_done("too_many"),
        Ok(Verdict::Ended | Verdict::NotThere) if form.visit.wants_json() => form.not_done("gone"),
        Ok(verdict) => {
            if verdict == Verdict::Done {
                keep_or_not(&web, &mut form, &asked, &number);
            }
            back(form)
        }
        Err(trouble) => NotFound::Trouble(trouble).answer(&web, form.visit),
    }
}

/// Gives the payment up.
pub(crate) async fn cancel(State(web): State<Web>, form: Form) -> Response {
    let asked = match of_form(&web, &form).await {
        Ok(asked) => asked,
        Err(why) => return why.answer(&web, form.visit),
    };
    match web.engine.give_up(&asked.unit, &asked.payment.reference).await {
        Ok(_done_or_over) => back(form),
        Err(trouble) => NotFound::Trouble(trouble).answer(&web, form.visit),
    }
}

/// A tab went back in its browser.
pub(crate) async fn left(State(web): State<Web>, form: Form) -> Response {
    let asked = match of_form(&web, &form).await {
        Ok(asked) => asked,
        Err(why) => return why.answer(&web, form.visit),
    };
    let tab = form.field("tab");
    if tab.is_empty() || tab.len() > TAB_CHARACTERS_MAX {
        return form.not_done("tab");
    }
    match web.engine.leave(&asked.unit, &asked.payment.reference, tab).await {
        Ok(_noted_or_over) => form.done(),
        Err(trouble) => NotFound::Trouble(trouble).answer(&web, form.visit),
    }
}

/// Forgets the number this browser remembers.
pub(crate) async fn forget(State(web): State<Web>, mut form: Form) -> Response {
    let asked = match of_form(&web, &form).await {
        Ok(asked) => asked,
        Err(why) => return why.answer(&web, form.visit),
    };
    remembered::forget(&web, &mut form.visit, &asked.unit.msn);
    back(form)
}

async fn of_form(web: &Web, form: &Form) -> Result<Asked, NotFound> {
    let asked = found(web, form.field("token")).await?;
    if asked.payment.terms.method == Method::Wallet { Ok(asked) } else { Err(NotFound::Dead) }
}

fn keep_or_not(web: &Web, form: &mut Form, asked: &Asked, number: &PhoneNumber) {
    if form.is_ticked("remember") {
        remembered::keep(web, &mut form.visit, &asked.unit.msn, number);
    }
}

/// Whether whoever sends the form may try another number; a sandbox has one address and no bound.
fn may_try(web: &Web, form: &Form, asked: &Asked) -> bool {
    let now = web.engine.clock().now(&asked.unit.space);
    web.is_sandbox() || form.visit.client().is_none_or(|client| web.tries.count(client, now))
}

fn too_many_here(web: &Web, form: Form, asked: &Asked) -> Response {
    if form.visit.wants_json() {
        return form.not_done("too_many_here");
    }
    let field = landing::Field { is_locked: true, ..landing::Field::default() };
    landing::answer(web, form.visit, asked, field, Returns::Same)
}

async fn cannot_pay(web: &Web, form: Form, before: Asked) -> Response {
    // The page shows how many numbers are left to try.
    let asked = web.engine.asked(&before.unit, &before.payment.reference).await;
    let asked = asked.ok().flatten().unwrap_or(before);
    refused(web, form, &asked, PhoneProblem::CannotPay, "cannot_pay")
}

fn refused(web: &Web, form: Form, asked: &Asked, problem: PhoneProblem, reason: &str) -> Response {
    if form.visit.wants_json() {
        return form.not_done(reason);
    }
    if !asked.request.takes_numbers() {
        return back(form);
    }
    let (prefix, written) = (form.field("prefix").to_owned(), form.field("phone").to_owned());
    let field = landing::Field { problem: Some(problem), prefix, written, is_locked: false };
    landing::answer(web, form.visit, asked, field, Returns::Same)
}

/// On to the payment's page, or for a script the word that it is done.
fn back(form: Form) -> Response {
    if form.visit.wants_json() {
        return form.done();
    }
    let address = paths::with_token(paths::PAY, &[], form.field("token"));
    form.see(&address)
}
