//! Requests and payers: read for whoever looks, and loaded beside the payment they are decided with.

use deadpool_postgres::Client;
use domain::{
    request::Request,
    text::{Msn, PhoneNumber, Reference},
    time::Timestamp,
    wallet::Payer,
};
use tokio_postgres::{Row, types::ToSql};

use super::{alone, fault::Fault, rows, session::Pools, statements::PUT_PAYER, transaction::Failed, workspace::Aside};
use crate::{
    AskedPayment, Finding, PayerDecision, Work, decision,
    findings::LAPSES_APART,
    record::{RequestColumns, odd, read_payer, write_payer},
};

/// What [`rows::payment`] reads, and after it what [`request_of`] does.
macro_rules! asked {
    ($rest:literal) => {
        concat!(
            "select p.reference, p.quarantined, p.psp_reference, p.currency, p.amount, p.terms, p.created_at, p.expires_at, p.state,
       p.authorized, p.captured, p.refunded, p.cancelled, p.\"authorization\", p.authorized_at, p.last_sequence, p.last_event_at,
       p.due_at, p.msn, r.payer, r.asked_at, r.next_at, r.version, r.detail ",
            $rest
        )
    };
}
const FIRST_OF_REQUEST: usize = 19;

const ONE: &str = asked!(
    "from payments as p left join requests as r on r.msn = p.msn and r.reference = p.reference
     where p.msn = $1 and p.reference = $2"
);

const WAITING_FOR: &str = asked!(
    "from requests as r join payments as p on p.msn = r.msn and p.reference = r.reference and p.state = 'CREATED'
     where r.payer = $1 and r.expires_at > $2 and ($3::text is null or r.msn = $3)
     order by r.asked_at desc, r.msn, r.reference limit $4"
);

const ASKED_OF: &str = asked!(
    "from requests as r join payments as p on p.msn = r.msn and p.reference = r.reference
     where r.payer = $1 and r.asked_at < $2 order by r.asked_at desc, r.msn, r.reference limit $3"
);

const REQUEST: &str =
    "select payer, asked_at, next_at, version, detail from requests where msn = $1 and reference = $2";

const PAYER: &str = "select number, version, detail from payers where number = $1";

const NEXT_PLANNED: &str = "select msn, earliest from (select sales_units.msn,
       (select min(next_at) from requests where requests.msn = sales_units.msn and next_at is not null) as earliest
     from sales_units) as units where earliest is not null";

const PLANNED: &str = "select reference from requests where msn = $1 and next_at is not null and next_at <= $2
       and exists (select 1 from payments as p where p.msn = requests.msn and p.reference = requests.reference and not p.quarantined)
     order by next_at limit $3";

/// Each by the whole key of its rows, however many are asked for.
const VERSIONS: &str = "select coalesce(p.last_sequence + coalesce(r.version, 0), 0)
     from unnest($1::text[], $2::text[]) with ordinality as wanted (msn, reference, place)
     left join lateral (select last_sequence from payments
       where msn = wanted.msn and reference = wanted.reference offset 0) as p on true
     left join lateral (select version from requests
       where msn = wanted.msn and reference = wanted.reference offset 0) as r on true
     order by wanted.place";

/// The request and the payer an intent on a request is decided with; nothing for other intents. Whoever changes the payer waits.
pub(super) async fn aside(client: &Client, work: Option<&Work>) -> Result<Aside, Fault> {
    let Some(Work::Request { msn, reference, payer, .. }) = work else { return Ok(Aside::default()) };
    let statement = client.prepare_cached(REQUEST).await?;
    let request = client.query_opt(&statement, &[&msn.as_str(), &reference.as_str()]).await?;
    let payer = match payer {
        Some(number) => locked_payer(client, number).await?,
        None => None,
    };
    Ok(Aside { request: request.map(|row| request_of(&row, 0)).transpose()?, payer, new_payer: None })
}

async fn locked_payer(client: &Client, number: &PhoneNumber) -> Result<Option<Payer>, Fault> {
    let statement = client.prepare_cached(&format!("{PAYER} for update")).await?;
    let found = client.query_opt(&statement, &[&number.as_str()]).await?;
    found.map(|row| payer_of(&row)).transpose()
}

/// Lets the decision change the payer.
pub(super) async fn carry_out(pools: &Pools, number: &PhoneNumber, decide: &PayerDecision) -> Result<(), Failed> {
    let begun = alone::begin(pools).await?;
    let changed = alone::in_time(change(begun.client(), number, decide)).await;
    begun.end(changed).await
}

async fn change(client: &Client, number: &PhoneNumber, decide: &PayerDecision) -> Result<bool, Fault> {
    let stored = locked_payer(client, number).await?;
    let change = decision::ask_payer(stored.as_ref(), decide);
    let Some(payer) = change.map_err(|defect| Fault::Defect(format!("{defect:?}")))? else { return Ok(false) };
    let statement = client.prepare_cached(PUT_PAYER).await?;
    let (number, version) = (payer.number.as_str(), i64::from(payer.version));
    // A payer of whom nothing was stored could not be locked: somebody may have been first.
    match client.execute(&statement, &[&number, &version, &write_payer(&payer)?]).await? {
        0 => Err(Fault::Contended("a payer was changed at the same moment".to_owned())),
        _ => Ok(true),
    }
}

pub(super) async fn one(client: &Client, msn: &Msn, reference: &Reference) -> Result<Option<AskedPayment>, Fault> {
    Ok(asked(client, ONE, &[&msn.as_str(), &reference.as_str()]).await?.pop())
}

pub(super) async fn waiting_for(
    client: &Client,
    payer: &PhoneNumber,
    of: Option<&Msn>,
    now: Timestamp,
    most: u32,
) -> Result<Vec<AskedPayment>, Fault> {
    let of = of.map(Msn::as_str);
    asked(client, WAITING_FOR, &[&payer.as_str(), &now.milliseconds(), &of, &i64::from(most)]).await
}

pub(super) async fn asked_of(
    client: &Client,
    payer: &PhoneNumber,
    before: Option<Timestamp>,
    most: u32,
) -> Result<Vec<AskedPayment>, Fault> {
    let before = before.map_or(i64::MAX, Timestamp::milliseconds);
    asked(client, ASKED_OF, &[&payer.as_str(), &before, &i64::from(most)]).await
}

async fn asked(
    client: &Client,
    sql: &'static str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<AskedPayment>, Fault> {
    let statement = client.prepare_cached(sql).await?;
    let read = |row: &Row| {
        let payment = rows::payment(row)?.payment;
        let has_request = rows::get::<Option<i64>>(row, FIRST_OF_REQUEST + 3)?.is_some();
        let request = if has_request { request_of(row, FIRST_OF_REQUEST)? } else { Request::default() };
        Ok(AskedPayment { payment, request })
    };
    client.query(&statement, parameters).await?.iter().map(read).collect()
}

pub(super) async fn next_planned(client: &Client) -> Result<Vec<(Msn, Timestamp)>, Fault> {
    let statement = client.prepare_cached(NEXT_PLANNED).await?;
    let unit = |row: &Row| {
        let msn = Msn::parse(rows::get(row, 0)?).map_err(|_| odd("an msn"))?;
        Ok((msn, Timestamp::from_milliseconds(rows::get(row, 1)?)))
    };
    client.query(&statement, &[]).await?.iter().map(unit).collect()
}

pub(super) async fn planned(client: &Client, msn: &Msn, until: Timestamp, most: u32) -> Result<Vec<Reference>, Fault> {
    let statement = client.prepare_cached(PLANNED).await?;
    let found = client.query(&statement, &[&msn.as_str(), &until.milliseconds(), &i64::from(most)]).await?;
    let reference = |row: &Row| Ok(Reference::parse(rows::get(row, 0)?).map_err(|_| odd("a reference"))?);
    found.iter().map(reference).collect()
}

pub(super) async fn versions(client: &Client, payments: &[(Msn, Reference)]) -> Result<Vec<u64>, Fault> {
    let statement = client.prepare_cached(VERSIONS).await?;
    let (units, references): (Vec<&str>, Vec<&str>) =
        payments.iter().map(|(msn, reference)| (msn.as_str(), reference.as_str())).unzip();
    let found = client.query(&statement, &[&units, &references]).await?;
    let version = |row: &Row| Ok(u64::try_from(rows::get::<i64>(row, 0)?).map_err(|_| odd("a version"))?);
    found.iter().map(version).collect()
}

pub(super) async fn payer(client: &Client, number: &PhoneNumber) -> Result<Option<Payer>, Fault> {
    let statement = client.prepare_cached(PAYER).await?;
    let found = client.query_opt(&statement, &[&number.as_str()]).await?;
    found.map(|row| payer_of(&row)).transpose()
}

pub(super) async fn payers(client: &Client, most: u32) -> Result<Vec<Payer>, Fault> {
    let sql = "select number, version, detail from payers order by number limit $1";
    let statement = client.prepare_cached(sql).await?;
    client.query(&statement, &[&i64::from(most)]).await?.iter().map(payer_of).collect()
}

/// Requests and payers that cannot be read.
pub(super) async fn findings(client: &Client) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    let sql = "select r.payer, r.asked_at, r.next_at, r.version, r.detail, r.msn, r.reference, r.expires_at = p.expires_at
         from requests as r left join payments as p on p.msn = r.msn and p.reference = r.reference order by r.msn, r.reference";
    for row in client.query(sql, &[]).await? {
        let (msn, reference): (&str, &str) = (rows::get(&row, 5)?, rows::get(&row, 6)?);
        let subject = format!("the request of payment {reference} of {msn}");
        if rows::get::<Option<bool>>(&row, 7)? != Some(true) {
            findings.push(Finding { subject: subject.clone(), problem: LAPSES_APART.to_owned() });
        }
        note(&mut findings, subject, request_of(&row, 0))?;
    }
    let rows = client.query("select number, version, detail from payers order by number", &[]).await?;
    for (place, row) in rows.iter().enumerate() {
        // Not by number: whoever reads a report need not know who the payers are.
        note(&mut findings, format!("payer {} in order of number", place + 1), payer_of(row))?;
    }
    Ok(findings)
}

fn note<T>(findings: &mut Vec<Finding>, subject: String, read: Result<T, Fault>) -> Result<(), Fault> {
    match read {
        Ok(_) => Ok(()),
        Err(Fault::Defect(problem)) => {
            findings.push(Finding { subject, problem });
            Ok(())
        }
        Err(fault) => Err(fault),
    }
}

fn request_of(row: &Row, first: usize) -> Result<Request, Fault> {
    let columns = RequestColumns {
        payer: rows::get(row, first)?,
        asked_at: rows::get(row, first + 1)?,
        next_at: rows::get(row, first + 2)?,
        version: rows::number(row, first + 3)?,
        detail: rows::get::<&str>(row, first + 4)?.into(),
    };
    Ok(columns.read()?)
}

fn payer_of(row: &Row) -> Result<Payer, Fault> {
    Ok(read_payer(rows::get(row, 0)?, rows::number(row, 1)?, rows::get(row, 2)?)?)
}
