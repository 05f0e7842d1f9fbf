//! Who may call: keys become tokens, tokens become a [`Tenant`].
//!
//! A tenant is proof that a request may act for a sales unit. Only this module makes one, and every use case on a merchant's data asks for
//! it. Who may call is held in memory and replaced whole when it changes. That a token is ours is remembered by its digest until it lapses;
//! whether it still counts, and for whom, is asked of the present state at every call. Secrets are compared as keyed digests, in constant
//! time, and appear in no error.

mod directory;
mod keeping_up;
#[cfg(test)]
mod tests;
mod token;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use domain::{
    merchant::{Flag, SalesUnit},
    text::{Invalid, Msn, PartnerId},
    time::{Span, Timestamp},
};
use ring::digest::{SHA256, digest};
use store::{Digest, Directory, KeyHolder, KeySet, KeySetId, Mode};

use self::{directory::Known, token::Claims};
use crate::{
    Engine,
    clock::Stopwatch,
    keys::{Keys, Purpose},
    webhook::Scope,
};

pub use keeping_up::{SEEN_TIME_MAX, keep_up};
pub use token::AUDIENCE;

/// The most verified tokens remembered.
const REMEMBERED_TOKENS_MAX: usize = 10_000;
/// How long a token that counts without a subscription key lives.
const SPECIALISED_TOKEN_LIFETIME: Span = Span::minutes(15);
/// A token counts from a little before it was made: the clocks of callers are not ours.
const NOT_BEFORE_LEEWAY: Span = Span::minutes(5);

/// Proof that a request may act for a sales unit.
#[derive(Clone, Debug)]
pub struct Tenant {
    unit: Arc<SalesUnit>,
    subscription: Digest,
}

impl Tenant {
    /// The sales unit.
    pub fn unit(&self) -> &Arc<SalesUnit> {
        &self.unit
    }

    /// What stands for the subscription key it came with, where calls are counted by it.
    pub const fn subscription(&self) -> [u8; 32] {
        self.subscription.0
    }

    /// Its number.
    pub fn msn(&self) -> &Msn {
        &self.unit.msn
    }
}

/// A new access token with what its holder is told about it.
pub struct IssuedToken {
    /// The token.
    pub token: String,
    /// How long it lives.
    pub lifetime: Span,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// Since when it counts.
    pub not_before: Timestamp,
}

/// Why no token was issued, as the two layers of the published service tell it apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenRefusal {
    /// No subscription key was sent.
    SubscriptionKeyMissing,
    /// Nobody has this subscription key, or not together with this client id.
    SubscriptionKeyUnknown,
    /// No client id was sent.
    ClientIdMissing,
    /// Nobody has this client id.
    ClientIdUnknown,
    /// No client secret was sent.
    ClientSecretMissing,
    /// It is another one.
    ClientSecretWrong,
}

/// Why a request may not act, in the published order of checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessRefusal {
    /// No subscription key was sent.
    SubscriptionKeyMissing,
    /// Nobody has this subscription key, or not together with this token.
    SubscriptionKeyUnknown,
    /// No token, or none of ours, or not of this installation, or not any more.
    TokenInvalid,
    /// The keys are a partner's, and nothing says which sales unit it acts for.
    MsnMissing,
    /// The header names no sales unit.
    MsnMalformed(Invalid),
    /// The sales unit is not the caller's to act for.
    MsnNotAllowed,
    /// The sales unit has no such product.
    ProductNotAllowed,
    /// The sales unit is switched off.
    Deactivated,
}

/// A subscription key as a route asks for it.
#[derive(Clone, Copy)]
pub enum SubscriptionKey<'a> {
    /// What was sent, if anything was.
    Sent(Option<&'a str>),
    /// Whatever was sent, it is not looked at.
    NotAsked,
}

/// What a caller shows of itself.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The subscription key.
    pub subscription_key: SubscriptionKey<'a>,
    /// The bearer token, if one was sent.
    pub bearer: Option<&'a str>,
    /// The sales unit the caller says it acts for.
    pub msn: Option<&'a str>,
}

/// Whose keys a request shows.
struct Caller<'a> {
    key_set: &'a KeySet,
    subscription: Digest,
}

/// Everything that is known of callers.
pub(crate) struct Access {
    known: RwLock<Arc<Known>>,
    /// When it was last seen that what is known is what is stored.
    seen: Mutex<Stopwatch>,
    /// Held from reading the directory to having replaced it, so that an older state never follows a newer one.
    refreshing: tokio::sync::Mutex<()>,
    verified: RwLock<HashMap<[u8; 32], Remembered>>,
}

#[derive(Clone, Copy)]
struct Remembered {
    verified: Verified,
    expires_at: Timestamp,
}

/// What a token of ours says. None of it changes while the token lives; whether it still counts is not among it.
#[derive(Clone, Copy)]
struct Verified {
    key_set: KeySetId,
    /// Of the key set, when the token was issued.
    generation: u32,
    /// Whether it counts without a subscription key.
    counts_alone: bool,
}

impl Access {
    pub(crate) fn new(directory: &Directory) -> Self {
        Self {
            known: RwLock::new(Arc::new(Known::new(directory))),
            seen: Mutex::new(Stopwatch::start()),
            refreshing: tokio::sync::Mutex::default(),
            verified: RwLock::default(),
        }
    }

    pub(crate) fn knows(&self, keys: &Keys, client_id: &str, subscription_key: &str) -> bool {
        let known = self.known();
        known.by_client_id(client_id).is_some()
            || known.by_subscription_key(&keys.digest(Purpose::SubscriptionKey, subscription_key)).is_some()
    }

    pub(crate) fn sales_unit(&self, msn: &Msn) -> Option<Arc<SalesUnit>> {
        self.known().unit(msn)
    }

    /// One of the sales units connected to a partner, if there is any.
    pub(crate) fn any_connected_to(&self, partner: &PartnerId) -> Option<Msn> {
        self.known().any_connected_to(partner)
    }

    fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remembered(&self, token: &[u8; 32], now: Timestamp) -> Option<Verified> {
        let remembered = self.verified.read().unwrap_or_else(PoisonError::into_inner);
        remembered.get(token).filter(|remembered| now < remembered.expires_at).map(|remembered| remembered.verified)
    }

    fn remember(&self, token: [u8; 32], claims: &Claims, verified: Verified, now: Timestamp) {
        let mut tokens = self.verified.write().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= REMEMBERED_TOKENS_MAX {
            tokens.retain(|_, remembered| now < remembered.expires_at);
            if tokens.len() >= REMEMBERED_TOKENS_MAX {
                tokens.clear();
            }
        }
        tokens.insert(token, Remembered { verified, expires_at: claims.expires_at() });
    }
}

impl Engine {
    /// A token for whoever shows all three keys of one set.
    ///
    /// # Errors
    /// Which key was the trouble; the two layers of the published service are asked in their order.
    pub fn issue_token(
        &self,
        subscription_key: Option<&str>,
        client_id: Option<&str>,
        client_secret: Option<&str>,
    ) -> Result<IssuedToken, TokenRefusal> {
        let known = self.access.known();
        let subscription =
            subscription_key.filter(|key| !key.is_empty()).ok_or(TokenRefusal::SubscriptionKeyMissing)?;
        let subscription = self.keys.digest(Purpose::SubscriptionKey, subscription);
        let gateway = known.by_subscription_key(&subscription).ok_or(TokenRefusal::SubscriptionKeyUnknown)?;
        let key_set = self.identify(&known, client_id, client_secret)?;
        if gateway.id != key_set.id {
            return Err(TokenRefusal::SubscriptionKeyUnknown);
        }
        self.sign_token(key_set, token_lifetime(self.policy.mode), false).ok_or(TokenRefusal::ClientIdUnknown)
    }

    /// A short-lived token that counts without a subscription key, for whoever shows id and secret.
    ///
    /// # Errors
    /// Which of the two was the trouble.
    pub fn issue_specialised_token(
        &self,
        client_id: Option<&str>,
        client_secret: Option<&str>,
    ) -> Result<IssuedToken, TokenRefusal> {
        let known = self.access.known();
        let key_set = self.identify(&known, client_id, client_secret)?;
        self.sign_token(key_set, SPECIALISED_TOKEN_LIFETIME, true).ok_or(TokenRefusal::ClientIdUnknown)
    }

    fn identify<'a>(
        &self,
        known: &'a Known,
        client_id: Option<&str>,
        client_secret: Option<&str>,
    ) -> Result<&'a KeySet, TokenRefusal> {
        let client_id = client_id.filter(|id| !id.is_empty()).ok_or(TokenRefusal::ClientIdMissing)?;
        let key_set = known.by_client_id(client_id);
        let secret = client_secret.filter(|secret| !secret.is_empty());
        let expected = key_set.and_then(|key_set| key_set.client_secret);
        // The same work for a client id nobody has and a secret that is revoked, so that the time taken does not tell.
        let compared = expected.unwrap_or(Digest([0; 32]));
        let is_equal = self.keys.is_of(&compared, Purpose::ClientSecret, secret.unwrap_or_default());
        let secret_is_right = is_equal && expected.is_some();
        let key_set = key_set.ok_or(TokenRefusal::ClientIdUnknown)?;
        match (secret, secret_is_right) {
            (None, _) => Err(TokenRefusal::ClientSecretMissing),
            (Some(_), false) => Err(TokenRefusal::ClientSecretWrong),
            (Some(_), true) => Ok(key_set),
        }
    }

    fn sign_token(&self, key_set: &KeySet, lifetime: Span, counts_alone: bool) -> Option<IssuedToken> {
        let now = self.clock.wall();
        let (from, until) = (now.minus(NOT_BEFORE_LEEWAY), now.plus(lifetime));
        let claims = Claims::new(self.policy.mode, key_set, now, from, until, counts_alone);
        let token = token::sign(&self.keys, &claims, now)?;
        Some(IssuedToken { token, lifetime, expires_at: claims.expires_at(), not_before: claims.not_before() })
    }

    /// The sales unit a request may act for.
    ///
    /// # Errors
    /// The first check of the published order that fails.
    pub fn authorize(&self, credentials: Credentials<'_>) -> Result<Tenant, AccessRefusal> {
        let known = self.access.known();
        let Caller { key_set, subscription } = self.caller(&known, credentials)?;
        let msn = match (credentials.msn, &key_set.holder) {
            (Some(text), _) => Msn::parse(text).map_err(AccessRefusal::MsnMalformed)?,
            (None, KeyHolder::SalesUnit(own)) => own.clone(),
            (None, KeyHolder::Partner(_)) => return Err(AccessRefusal::MsnMissing),
        };
        let unit = unit_of(&known, &key_set.holder, &msn)?;
        if !unit.flags.has(Flag::EpaymentAllowed) {
            return Err(AccessRefusal::ProductNotAllowed);
        }
        if !unit.flags.has(Flag::Active) {
            return Err(AccessRefusal::Deactivated);
        }
        Ok(Tenant { unit, subscription })
    }

    /// Whose registrations a request may act on: those of the sales unit it names, or a partner's own where it names none.
    ///
    /// # Errors
    /// The first check of the published order that fails.
    pub fn authorize_scope(&self, credentials: Credentials<'_>) -> Result<Scope, AccessRefusal> {
        let known = self.access.known();
        let Caller { key_set, subscription: _ } = self.caller(&known, credentials)?;
        let msn = match (credentials.msn, &key_set.holder) {
            (Some(text), _) => Msn::parse(text).map_err(AccessRefusal::MsnMalformed)?,
            (None, KeyHolder::SalesUnit(own)) => own.clone(),
            (None, KeyHolder::Partner(partner)) => return Ok(Scope::of_partner(partner.clone())),
        };
        let unit = unit_of(&known, &key_set.holder, &msn)?;
        if unit.flags.has(Flag::Active) { Ok(Scope::of_unit(unit)) } else { Err(AccessRefusal::Deactivated) }
    }

    /// Whose keys a request shows.
    fn caller<'a>(&self, known: &'a Known, credentials: Credentials<'_>) -> Result<Caller<'a>, AccessRefusal> {
        let subscription = match credentials.subscription_key {
            SubscriptionKey::Sent(key) => key.filter(|key| !key.is_empty()),
            SubscriptionKey::NotAsked => None,
        };
        let subscription = subscription.map(|key| self.keys.digest(Purpose::SubscriptionKey, key));
        let gateway = match subscription {
            Some(digest) => Some(known.by_subscription_key(&digest).ok_or(AccessRefusal::SubscriptionKeyUnknown)?),
            None => None,
        };
        let token = credentials.bearer.ok_or(AccessRefusal::TokenInvalid).and_then(|token| self.verify_token(token));
        let is_asked = matches!(credentials.subscription_key, SubscriptionKey::Sent(_));
        let token = match (token, gateway) {
            (token, None) if !is_asked => token?,
            (Ok(token), None) if token.counts_alone => token,
            (_, None) => return Err(AccessRefusal::SubscriptionKeyMissing),
            (token, Some(_)) => token?,
        };
        // The token outlives a regenerated secret, but neither its key set nor a revocation in it.
        let key_set = known.key_set(token.key_set).ok_or(AccessRefusal::TokenInvalid)?;
        if token.generation != key_set.generation {
            // Who is switched off is told so, whenever its token is from.
            let own = match &key_set.holder {
                KeyHolder::SalesUnit(own) => known.unit(own),
                KeyHolder::Partner(_) => None,
            };
            let is_off = own.is_some_and(|unit| !unit.flags.has(Flag::Active));
            return Err(if is_off { AccessRefusal::Deactivated } else { AccessRefusal::TokenInvalid });
        }
        if gateway.is_some_and(|gateway| gateway.id != key_set.id) {
            return Err(AccessRefusal::SubscriptionKeyUnknown);
        }
        Ok(Caller { key_set, subscription: subscription.unwrap_or(Digest([0; 32])) })
    }

    fn verify_token(&self, token: &str) -> Result<Verified, AccessRefusal> {
        let now = self.clock.wall();
        let mut name = [0; 32];
        for (to, from) in name.iter_mut().zip(digest(&SHA256, token.as_bytes()).as_ref()) {
            *to = *from;
        }
        if let Some(verified) = self.access.remembered(&name, now) {
            return Ok(verified);
        }
        let claims = token::verify(&self.keys, token, self.policy.mode, now).ok_or(AccessRefusal::TokenInvalid)?;
        let key_set = claims.key_set().ok_or(AccessRefusal::TokenInvalid)?;
        let verified = Verified { key_set, generation: claims.generation(), counts_alone: claims.counts_alone() };
        self.access.remember(name, &claims, verified, now);
        Ok(verified)
    }
}

fn unit_of(known: &Known, holder: &KeyHolder, msn: &Msn) -> Result<Arc<SalesUnit>, AccessRefusal> {
    let is_allowed = known.may_act_for(holder, msn);
    known.unit(msn).filter(|_| is_allowed).ok_or(AccessRefusal::MsnNotAllowed)
}

/// An hour in a sandbox, a day in production.
const fn token_lifetime(mode: Mode) -> Span {
    match mode {
        Mode::Sandbox => Span::minutes(60),
        Mode::Production => Span::days(1),
    }
}
