//! The whole server in one value: started from its parts, asked for its address, stopped in order.

use std::{future::Future, net::SocketAddr, sync::Arc};

use anyhow::{Context as _, bail};
use api::{Api, Links, Switches};
use axum::{extract::Request, middleware};
use domain::target::Network;
use engine::{Engine, Policy, access, clock::Clock, entropy::Entropy, expiry, keys::Keys, live, request};
use store::{Mode, Store};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    client_address,
    outgoing::{Outgoing, Sending},
    plain_http,
    server::{self, Drained, Limits, Transport},
};

/// The parts a server is started from.
pub struct Parts {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What is spoken there.
    pub transport: Transport,
    /// How the world reaches it, if not by that address.
    pub public_url: Option<String>,
    /// The scheme that opens the wallet's app, if not the mode's own.
    pub native_scheme: Option<String>,
    /// Whose word about clients is taken.
    pub proxies: Vec<Network>,
    /// Whether the published rate limits hold.
    pub rate_limits: bool,
    /// Whether the reference of the APIs is shown.
    pub docs: bool,
    /// What is allowed here.
    pub policy: Policy,
    /// How webhooks are sent.
    pub outgoing: Outgoing,
    /// What connections are granted.
    pub limits: Limits,
    /// What remains.
    pub store: Arc<dyn Store>,
    /// The door to time.
    pub clock: Arc<dyn Clock>,
    /// The door to chance.
    pub entropy: Arc<dyn Entropy>,
    /// The installation's keys.
    pub keys: Keys,
}

/// A server that is listening.
pub struct Running {
    address: SocketAddr,
    public_url: String,
    engine: Arc<Engine>,
    store: Arc<dyn Store>,
    api: Api,
    stop: watch::Sender<bool>,
    serving: JoinHandle<Drained>,
    chores: JoinSet<()>,
    sending: Sending,
}

impl Running {
    /// Starts listening and serving.
    ///
    /// # Errors
    /// An address that cannot be listened on, a store that cannot be read, keys in production that everybody knows.
    pub async fn start(parts: Parts) -> anyhow::Result<Self> {
        let Parts {
            listen,
            transport,
            public_url,
            native_scheme,
            proxies,
            rate_limits,
            docs,
            policy,
            outgoing,
            limits,
            store,
            clock,
            entropy,
            keys,
        } = parts;
        let engine = Arc::new(Engine::new(store.clone(), clock, entropy, keys, policy, outgoing.telling()).await?);
        match policy.mode {
            Mode::Sandbox => engine.seed_example_sales_unit().await?,
            Mode::Production if engine.knows_example_keys() => {
                bail!("the published example keys are in use here; everybody knows them, so production refuses them")
            }
            Mode::Production => {}
        }
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}; choose another address with --listen"))?;
        let address = listener.local_addr()?;
        let public_url = public_url.unwrap_or_else(|| url_of(matches!(transport, Transport::Tls(_)), address));
        let native_scheme = native_scheme.unwrap_or_else(|| native_scheme_of(policy.mode).to_owned());
        let links = Links { public_url: public_url.clone(), native_scheme };
        let api = Api::new(engine.clone(), links, Switches { rate_limits, docs });
        let stop = watch::Sender::new(false);
        let documents = docs.then(|| documents(&public_url));
        let routes = api::routes(&api).merge(web::pages(engine.clone(), &public_url, documents, stop.subscribe()));
        let exempt = proxies.clone();
        let must_be_proxied = policy.mode == Mode::Production && matches!(transport, Transport::Plain);
        let proxied = must_be_proxied.then(|| Arc::from(proxies.clone()));
        let client_of = Arc::new(move |request: &Request| client_address::of(request, &proxies));
        let app = api::surround(routes, &api, client_of);
        let app = match proxied {
            Some(proxies) => app.layer(middleware::from_fn_with_state(proxies, plain_http::from_proxies_only)),
            None => app,
        };
        let stopped = |mut stop: watch::Receiver<bool>| async move {
            // Gone is as good as told.
            let _told_or_gone = stop.wait_for(|stop| *stop).await;
        };
        let is_exempt =
            move |client: std::net::IpAddr| client.is_loopback() || exempt.iter().any(|proxy| proxy.contains(client));
        let serving =
            tokio::spawn(server::serve(listener, app, transport, limits, is_exempt, stopped(stop.subscribe())));
        let chores = chores(&engine, || stopped(stop.subscribe()));
        let sending = outgoing.start(&engine, &stop)?;
        Ok(Self { address, public_url, engine, store, api, stop, serving, chores, sending })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How the world reaches it.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Its use cases.
    pub const fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Its store.
    pub const fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Stops in order: not ready, no new connections, what was accepted finished, the store closed.
    pub async fn stop(mut self) -> Drained {
        self.api.drain();
        let _nobody_listens_any_more = self.stop.send(true);
        let drained = self.serving.await.unwrap_or(Drained { cut_off: 0 });
        let _they_end_with_the_process = tokio::join!(self.chores.join_all(), self.sending.stopped());
        if let Err(trouble) = self.store.close().await {
            tracing::warn!(%trouble, "the store was not closed cleanly; the next start recovers it");
        }
        drained
    }
}

/// What goes on though nobody asks, each until it is told to stop.
fn chores<F>(engine: &Arc<Engine>, stopped: impl Fn() -> F) -> JoinSet<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut chores = JoinSet::new();
    chores.spawn(expiry::run(engine.clone(), stopped()));
    chores.spawn(access::keep_up(engine.clone(), stopped()));
    chores.spawn(request::run(engine.clone(), stopped()));
    chores.spawn(live::keep_up(engine.clone(), stopped()));
    chores
}

/// How a listening address is reached by whoever can reach it at all.
pub(crate) fn url_of(is_tls: bool, address: SocketAddr) -> String {
    let scheme = if is_tls { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// Two schemes, so that one telephone can have both apps.
pub(crate) const fn native_scheme_of(mode: Mode) -> &'static str {
    match mode {
        Mode::Sandbox => "kassemt",
        Mode::Production => "kasse",
    }
}

/// The documents of the APIs, as the page for people takes them.
fn documents(public_url: &str) -> Vec<web::ApiDocument> {
    let documents = api::documents(public_url).into_iter();
    documents.filter_map(|api| Some((api.name, serde_json::to_value(&api.document).ok()?))).collect()
}
