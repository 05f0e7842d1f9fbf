//! Every contradiction in what is stored, as one moment shows it. Reads payments page by page, also beside running nodes.

mod shown;

use deadpool_postgres::Client;
use domain::payment::{Event, Payment};
use tokio_postgres::Row;

use super::{
    directory,
    fault::Fault,
    requests, rows,
    session::{Pools, discard},
    webhooks,
};
use crate::{Finding, examine, examine_directory, findings::told::CONTRADICTIONS, record::StoredPayment};

/// How many payments are looked at together.
const PAGE: i64 = 500;

/// Where a page of payments is, by the last name of the page before.
const PAYMENTS: &str =
    "select reference, quarantined, psp_reference, currency, amount, terms, created_at, expires_at, state, authorized, captured,
       refunded, cancelled, \"authorization\", authorized_at, last_sequence, last_event_at, due_at, msn
     from payments where (msn, reference) > ($1, $2) order by msn, reference limit $3";

/// The events of the same page.
const EVENTS: &str =
    "select msn, reference, sequence, name, currency, amount, at, psp_reference, idempotency_key, detail, success
     from events where (msn, reference) > ($1, $2) and (msn, reference) <= ($3, $4) order by msn, reference, sequence";

/// Everything that can be wrong with who may call, with each payment against its log, and with rows that have to belong together.
pub(super) async fn verify(pools: &Pools) -> Result<Vec<Finding>, Fault> {
    let client = pools.for_reading().await?;
    let findings = all(&client).await;
    // What it was set to for this is of no use to others.
    discard(client);
    findings
}

async fn all(client: &Client) -> Result<Vec<Finding>, Fault> {
    client
        .batch_execute(
            "begin isolation level repeatable read read only; set local statement_timeout = 0;
             set local idle_in_transaction_session_timeout = 0; set local enable_hashjoin = on; set local enable_seqscan = on;
             set local enable_mergejoin = on; set local plan_cache_mode = auto",
        )
        .await?;
    let mut findings = match directory::read(client).await {
        Ok(directory) => examine_directory(&directory),
        Err(Fault::Defect(problem)) => vec![Finding { subject: "who may call".to_owned(), problem }],
        Err(fault) => return Err(fault),
    };
    let mut last = (String::new(), String::new());
    loop {
        let page = client.query(PAYMENTS, &[&last.0, &last.1, &PAGE]).await?;
        let Some(end) = page.last() else { break };
        let end = (rows::get::<String>(end, 18)?, rows::get::<String>(end, 0)?);
        let events = client.query(EVENTS, &[&last.0, &last.1, &end.0, &end.1]).await?;
        let mut events = events.iter().peekable();
        for row in &page {
            let name: (&str, &str) = (rows::get(row, 18)?, rows::get(row, 0)?);
            let mut log = Vec::new();
            while let Some(event) = events.peek() {
                let of = (rows::get::<&str>(event, 0)?, rows::get::<&str>(event, 1)?);
                if of > name {
                    break;
                }
                if of == name {
                    log.push(*event);
                }
                events.next();
            }
            look_at(name, row, &log, &mut findings)?;
        }
        last = end;
    }
    findings.extend(orphans(client).await?);
    findings.extend(told(client).await?);
    findings.extend(requests::findings(client).await?);
    findings.extend(shown::findings(client).await?);
    Ok(findings)
}

/// Registrations that cannot be read, and deliveries that contradict what else is there.
async fn told(client: &Client) -> Result<Vec<Finding>, Fault> {
    const EVENT_NOT_IN_THE_LOG: &str = "select d.msn, d.reference, d.event from deliveries as d where d.kind in ('event', 'resend')
         and not exists (select 1 from events as e where e.msn = d.msn and e.reference = d.reference and e.psp_reference = d.event_id
           and (d.kind = 'resend' or e.sequence = d.sequence) and d.event = 'epayments.payment.' || lower(e.name) || '.v1')";
    let mut findings = Vec::new();
    for row in webhooks::every(client).await? {
        match webhooks::webhook(&row) {
            Ok(_) => {}
            Err(Fault::Defect(problem)) => {
                findings
                    .push(Finding { subject: format!("a registration of {}", rows::get::<&str>(&row, 1)?), problem });
            }
            Err(fault) => return Err(fault),
        }
    }
    for (sql, problem) in
        CONTRADICTIONS.iter().copied().chain([(EVENT_NOT_IN_THE_LOG, "event is sent but not in the log")])
    {
        findings.extend(asked_for(client, sql, problem).await?);
    }
    Ok(findings)
}

/// A finding for each row: of whom, and in a word what.
async fn asked_for(client: &Client, sql: &str, problem: &str) -> Result<Vec<Finding>, Fault> {
    let found = client.query(sql, &[]).await?;
    let finding = |row: &Row| {
        let text = |column| rows::get::<String>(row, column);
        Ok(Finding { subject: format!("{} of {}", text(1)?, text(0)?), problem: format!("its {} {problem}", text(2)?) })
    };
    found.iter().map(finding).collect()
}

fn look_at(name: (&str, &str), row: &Row, log: &[&Row], findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let (msn, reference) = name;
    let mut found = |problem: &str| {
        findings.push(Finding { subject: format!("payment {reference} of {msn}"), problem: problem.to_owned() });
    };
    let read = rows::payment(row).and_then(|stored| {
        let events = log.iter().map(|row| rows::event(row, 2)).collect::<Result<Vec<_>, _>>()?;
        Ok((stored, events))
    });
    let (stored, events): (StoredPayment, Vec<Event>) = match read {
        Ok(read) => read,
        Err(Fault::Defect(problem)) => {
            found(&problem);
            return Ok(());
        }
        Err(fault) => return Err(fault),
    };
    if stored.quarantined {
        found("it was found broken while serving and can only be read");
    } else if stored.due_at != stored.payment.due_at() {
        found("the time at which it changes by itself is wrong");
    }
    let payment: &Payment = &stored.payment;
    findings.extend(examine(payment, &events));
    Ok(())
}

/// Rows have to belong together: every key that moved money or made a payment keeps its answer, no answer is kept for an event that is not
/// there, what an event says of the payment's amount is true, and nothing belongs to nobody.
async fn orphans(client: &Client) -> Result<Vec<Finding>, Fault> {
    const KEY_WITHOUT_ANSWER: &str = "select e.msn, e.reference, e.name from events e
         where e.success and e.idempotency_key is not null and e.name in ('CREATED', 'CAPTURED', 'REFUNDED', 'CANCELLED')
           and not exists (select 1 from kept_answers k where k.msn = e.msn and k.idempotency_key = e.idempotency_key
             and k.operation = case e.name when 'CREATED' then 'create' when 'CAPTURED' then 'capture'
               when 'REFUNDED' then 'refund' else 'cancel' end
             and k.reference = case e.name when 'CREATED' then '' else e.reference end)";
    const ANSWER_WITHOUT_EVENT: &str = "select k.msn, k.reference, k.operation from kept_answers k where k.operation <> 'create'
         and not exists (select 1 from events e where e.msn = k.msn and e.reference = k.reference
             and ((e.name = 'TERMINATED' and k.operation = 'cancel')
               or (e.idempotency_key = k.idempotency_key and e.success
                 and e.name = case k.operation when 'capture' then 'CAPTURED' when 'refund' then 'REFUNDED' else 'CANCELLED' end)))";
    const CREATION_WITHOUT_EVENT: &str =
        "select k.msn, k.idempotency_key, k.operation from kept_answers k where k.operation = 'create'
         and not exists (select 1 from events e where e.name = 'CREATED' and e.msn = k.msn
           and e.idempotency_key = k.idempotency_key)";
    const OTHER_AMOUNT: &str = "select p.msn, p.reference, e.name from events e
         join payments p on p.msn = e.msn and p.reference = e.reference
         where e.currency <> p.currency
           or (e.name in ('CREATED', 'ABORTED', 'EXPIRED', 'TERMINATED') and e.amount <> p.amount)";
    const EVENT_OF_NOBODY: &str = "select e.msn, e.reference, e.name from events e
         where not exists (select 1 from payments p where p.msn = e.msn and p.reference = e.reference)";
    const PAYMENT_OF_NOBODY: &str = "select p.msn, p.reference, p.state from payments p
         where not exists (select 1 from sales_units s where s.msn = p.msn)";
    const CONNECTION_OF_NOBODY: &str = "select c.msn, c.partner, 'connection' from partner_connections c
         where not exists (select 1 from sales_units s where s.msn = c.msn)
            or not exists (select 1 from partners p where p.partner = c.partner)";
    const KEYS_OF_NOBODY: &str = "select coalesce(k.msn, k.partner, ''), k.client_id, 'key set' from key_sets k
         where (k.msn is not null and not exists (select 1 from sales_units s where s.msn = k.msn))
            or (k.partner is not null and not exists (select 1 from partners p where p.partner = k.partner))";
    let mut findings = Vec::new();
    for (sql, problem) in [
        (KEY_WITHOUT_ANSWER, "has no answer kept under its key"),
        (ANSWER_WITHOUT_EVENT, "is answered but not in the log"),
        (CREATION_WITHOUT_EVENT, "is answered but there is no such payment"),
        (OTHER_AMOUNT, "event names another amount than the payment"),
        (EVENT_OF_NOBODY, "event belongs to no payment"),
        (PAYMENT_OF_NOBODY, "state belongs to no sales unit"),
        (CONNECTION_OF_NOBODY, "is to or of somebody who is not there"),
        (KEYS_OF_NOBODY, "belongs to nobody"),
    ] {
        findings.extend(asked_for(client, sql, problem).await?);
    }
    Ok(findings)
}
