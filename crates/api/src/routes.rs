//! Every route of the APIs, each with the scheme that guards it. A route that is not in this table does not exist.

use axum::{
    Router,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter, on},
};
use engine::Mode;

use crate::{
    Api, access_token, epayment, guard::Guarded, health, listeners, openapi, order_management, test_wallet, userinfo,
    webhooks,
};

/// How a caller proves who it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// It need not.
    Open,
    /// By its keys, checked by the handler, which turns them into a token.
    Keys,
    /// By a token and the subscription key it was issued with, checked before the handler is called.
    Bearer,
    /// By a token alone, checked before the handler is called.
    TokenAlone,
    /// As `Bearer`, but for registrations, which a partner may have without naming a sales unit.
    Scope,
}

/// Where a route exists at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Modes {
    /// Everywhere.
    Both,
    /// In sandboxes; elsewhere it is as unknown as any other path.
    Sandbox,
    /// Where real payments are served.
    Production,
}

/// A route.
pub struct Route {
    /// By this method.
    pub method: Method,
    /// At this path.
    pub path: &'static str,
    /// For whom.
    pub scheme: Scheme,
    /// Where.
    pub modes: Modes,
    handler: MethodRouter<Api>,
}

/// The table.
#[rustfmt::skip]
pub fn table() -> Vec<Route> {
    use {Modes::{Both, Production, Sandbox}, Scheme::{Bearer, Keys, Open, Scope, TokenAlone}};
    vec![
        get("/livez", Open, Both, health::livez),
        get("/readyz", Open, Both, health::readyz),

        post("/accesstoken/get", Keys, Both, access_token::get),
        post("/miami/v1/token", Keys, Both, access_token::specialised),

        post("/epayment/v1/payments", Bearer, Both, epayment::create::handle),
        get("/epayment/v1/payments/{reference}", Bearer, Both, epayment::get::payment),
        get("/epayment/v1/payments/{reference}/events", Bearer, Both, epayment::get::events),
        post("/epayment/v1/payments/{reference}/cancel", Bearer, Both, epayment::cancel::handle),
        post("/epayment/v1/payments/{reference}/capture", Bearer, Both, epayment::adjust::capture),
        post("/epayment/v1/payments/{reference}/refund", Bearer, Both, epayment::adjust::refund),
        post("/epayment/v1/test/payments/{reference}/approve", Bearer, Sandbox, epayment::approve::handle),
        post("/epayment/v1/test/payments/{reference}/approve", Bearer, Production, epayment::approve::refuse),

        post("/webhooks/v1/webhooks", Scope, Both, webhooks::register::handle),
        get("/webhooks/v1/webhooks", Scope, Both, webhooks::list::handle),
        delete("/webhooks/v1/webhooks/{id}", Scope, Both, webhooks::delete::handle),

        post("/order-management/v1/images", Bearer, Both, order_management::image::handle),
        put("/order-management/v2/{paymentType}/categories/{orderId}", Bearer, Both, order_management::category::handle),
        post("/order-management/v2/{paymentType}/receipts/{orderId}", Bearer, Both, order_management::add_receipt::handle),
        get("/order-management/v2/{paymentType}/{orderId}", Bearer, Both, order_management::order::handle),
        post("/order-management/v3/categories", Bearer, Both, order_management::categories::add),
        get("/order-management/v3/categories", Bearer, Both, order_management::categories::list),
        get("/order-management/v3/categories/{categoryId}", Bearer, Both, order_management::categories::one),
        delete("/order-management/v3/categories/{categoryId}", Bearer, Both, order_management::categories::remove),

        get("/openapi/access-token.json", Open, Both, openapi::access_token),
        get("/openapi/epayment.json", Open, Both, openapi::epayment),
        get("/openapi/order-management.json", Open, Both, openapi::order_management),
        get("/openapi/userinfo.json", Open, Both, openapi::userinfo),
        get("/openapi/webhooks.json", Open, Both, openapi::webhooks),

        get("/vipps-userinfo-api/userinfo/{sub}", TokenAlone, Both, userinfo::get),

        get("/_kasse/webhooks/deliveries", Scope, Both, webhooks::log::read::list),
        get("/_kasse/webhooks/deliveries/{id}", Scope, Both, webhooks::log::read::one),
        post("/_kasse/webhooks/deliveries/{id}/resend", Scope, Both, webhooks::log::send::resend_one),
        post("/_kasse/webhooks/resend", Scope, Both, webhooks::log::send::resend),
        post("/_kasse/webhooks/{id}/test", Scope, Both, webhooks::log::send::test),
        get("/_kasse/webhooks/stream", Scope, Both, webhooks::log::stream::handle),

        get("/_kasse/order-management/{paymentType}/{orderId}/findings", Bearer, Both, order_management::findings::handle),

        get("/_kasse/test/wallet/{msisdn}", Bearer, Sandbox, test_wallet::payer::get),
        put("/_kasse/test/wallet/{msisdn}", Bearer, Sandbox, test_wallet::payer::put),
        get("/_kasse/test/wallet/{msisdn}/requests", Bearer, Sandbox, test_wallet::requests::list),
        post("/_kasse/test/wallet/{msisdn}/requests/{reference}/open", Bearer, Sandbox, test_wallet::requests::open),
        post("/_kasse/test/wallet/{msisdn}/requests/{reference}/approve", Bearer, Sandbox, test_wallet::approve::handle),
        post("/_kasse/test/wallet/{msisdn}/requests/{reference}/reject", Bearer, Sandbox, test_wallet::requests::reject),
        post("/_kasse/test/wallet/{msisdn}/requests/{reference}/postpone", Bearer, Sandbox, test_wallet::requests::postpone),
        post("/_kasse/test/wallet/{msisdn}/requests/{reference}/ignore", Bearer, Sandbox, test_wallet::requests::ignore),
        post("/_kasse/test/wallet/{msisdn}/requests/{reference}/back", Bearer, Sandbox, test_wallet::requests::back),
        get("/_kasse/test/wallet/{msisdn}/history/{reference}", Bearer, Sandbox, test_wallet::history::get),
        post("/_kasse/test/wallet/{msisdn}/scan", Bearer, Sandbox, test_wallet::scan::handle),
        get("/_kasse/test/wallet/{msisdn}/personal-qr", Bearer, Sandbox, test_wallet::codes::personal_qr),
        post("/_kasse/test/wallet/{msisdn}/customer-token", Bearer, Sandbox, test_wallet::codes::customer_token),
        post("/_kasse/test/wallet/landing/{token}/phone", Bearer, Sandbox, test_wallet::landing::phone),
        post("/_kasse/test/wallet/landing/{token}/cancel", Bearer, Sandbox, test_wallet::landing::cancel),
        get("/_kasse/test/payments/{reference}/attempts", Bearer, Sandbox, test_wallet::attempts::list),

        post("/_kasse/test/listeners", Scope, Sandbox, listeners::register),
        get("/_kasse/test/listeners/{id}", Scope, Sandbox, listeners::listen),
        post("/_kasse/test/listeners/{id}/deliveries/{n}", Scope, Sandbox, listeners::answer),
    ]
}

fn get<H: Handler<T, Api>, T: 'static>(path: &'static str, scheme: Scheme, modes: Modes, handler: H) -> Route {
    Route::of((Method::GET, MethodFilter::GET), path, scheme, modes, handler)
}

fn post<H: Handler<T, Api>, T: 'static>(path: &'static str, scheme: Scheme, modes: Modes, handler: H) -> Route {
    Route::of((Method::POST, MethodFilter::POST), path, scheme, modes, handler)
}

fn put<H: Handler<T, Api>, T: 'static>(path: &'static str, scheme: Scheme, modes: Modes, handler: H) -> Route {
    Route::of((Method::PUT, MethodFilter::PUT), path, scheme, modes, handler)
}

fn delete<H: Handler<T, Api>, T: 'static>(path: &'static str, scheme: Scheme, modes: Modes, handler: H) -> Route {
    Route::of((Method::DELETE, MethodFilter::DELETE), path, scheme, modes, handler)
}

impl Route {
    fn of<H: Handler<T, Api>, T: 'static>(
        (method, filter): (Method, MethodFilter),
        path: &'static str,
        scheme: Scheme,
        modes: Modes,
        handler: H,
    ) -> Self {
        Self { method, path, scheme, modes, handler: on(filter, Guarded { path, scheme, handler }) }
    }
}

/// The routes of the mode, each behind its guard.
pub fn routes(api: &Api) -> Router {
    let mode = api.engine().policy().mode;
    let mut router = Router::new();
    for Route { path, handler, .. } in table().into_iter().filter(|route| route.modes.include(mode)) {
        router = router.route(path, handler);
    }
    router.with_state(api.clone())
}

impl Modes {
    const fn include(self, mode: Mode) -> bool {
        matches!((self, mode), (Self::Both, _) | (Self::Sandbox, Mode::Sandbox) | (Self::Production, Mode::Production))
    }
}
