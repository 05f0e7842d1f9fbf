//! From a request to its answer, on whichever engine has the data.

use domain::text::Msn;
use engine::{
    Engine, KeyHolder, Partner, Trouble,
    partner::{Disconnected, NotConnected},
};

use super::{Answer, Request, ShownPartner, ShownSalesUnit, answer::OneKey, answer::Secret};

/// Does what is asked, and says what came of it.
pub(super) async fn carry_out(engine: &Engine, request: Request) -> Answer {
    // A store without an answer is one more reason, and told as the others are.
    attempt(engine, request).await.unwrap_or_else(|trouble| Answer::Refused(trouble.to_string()))
}

async fn attempt(engine: &Engine, request: Request) -> Result<Answer, Trouble> {
    Ok(match request {
        Request::CreateSalesUnit { name, market } => {
            let (msn, keys) = engine.create_sales_unit(name, market).await?;
            Answer::SalesUnitCreated { msn, keys: keys.into() }
        }
        Request::SetFlags { msn, switches } => {
            let switches: Vec<_> = switches.iter().map(|switch| (switch.flag, switch.on)).collect();
            let unit = engine.set_flags(&msn, &switches).await?;
            unit.map_or_else(|| no_sales_unit(&msn), |unit| Answer::SalesUnit(ShownSalesUnit::of(&unit)))
        }
        Request::ListSalesUnits => {
            Answer::SalesUnits(engine.sales_units().await?.iter().map(ShownSalesUnit::of).collect())
        }
        Request::CreatePartner { name } => {
            let (partner, keys) = engine.create_partner(name).await?;
            Answer::PartnerCreated { partner, keys: keys.into() }
        }
        Request::ListPartners => {
            let partners = engine.partners().await?;
            Answer::Partners(partners.into_iter().map(|(partner, msns)| ShownPartner::of(partner, msns)).collect())
        }
        Request::Connect { partner, msn } => match engine.connect(&msn, &partner).await? {
            Ok(connected) => Answer::Connected(ShownPartner::of(connected, vec![msn])),
            Err(NotConnected::NoSuchSalesUnit) => no_sales_unit(&msn),
            Err(NotConnected::NoSuchPartner) => nobody(&KeyHolder::Partner(partner)),
            Err(NotConnected::HasAnother(another)) => has_another(&msn, &another),
        },
        Request::Disconnect { msn } => match engine.disconnect(&msn).await? {
            Disconnected::From(partner) => Answer::Disconnected(Some(ShownPartner::of(partner, Vec::new()))),
            Disconnected::HadNone => Answer::Disconnected(None),
            Disconnected::NoSuchSalesUnit => no_sales_unit(&msn),
        },
        Request::RotateKey { holder, key } => {
            let fresh = engine.regenerate_key(&holder, key).await?;
            fresh.map_or_else(|| nobody(&holder), |fresh| Answer::KeyRotated(Secret(fresh)))
        }
        Request::RevokeKey { holder, key } => {
            let still_count = engine.revoke_key(&holder, key).await?;
            let answer = |keys: Vec<_>| Answer::KeyRevoked { still_count: keys.into_iter().map(OneKey).collect() };
            still_count.map_or_else(|| nobody(&holder), answer)
        }
    })
}

fn no_sales_unit(msn: &Msn) -> Answer {
    nobody(&KeyHolder::SalesUnit(msn.clone()))
}

fn nobody(holder: &KeyHolder) -> Answer {
    Answer::Refused(match holder {
        KeyHolder::SalesUnit(msn) => {
            format!("there is no sales unit {}; `kasse sales-unit list` shows those there are", msn.as_str())
        }
        KeyHolder::Partner(partner) => {
            format!("there is no partner {}; `kasse partner list` shows those there are", partner.as_str())
        }
    })
}

fn has_another(msn: &Msn, another: &Partner) -> Answer {
    let (msn, id, name) = (msn.as_str(), another.id.as_str(), another.name.as_str());
    Answer::Refused(format!(
        "{msn} is connected to {id} ({name}) and may have one partner only; disconnect it first with `kasse partner disconnect {msn}`"
    ))
}
