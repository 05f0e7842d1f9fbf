//! What a newcomer reads on standard output: where the server is, the keys to use it with, the next command to paste.

use engine::merchant::example;
use store::Mode;

/// What production cannot do yet.
pub(crate) const NOBODY_APPROVES: &str =
    "Nobody can approve a payment here yet: the payer's wallet is served in sandboxes only, until it has a login.";

/// The text for a server that is listening.
pub(crate) fn text(mode: Mode, url: &str, data: &str) -> String {
    match mode {
        Mode::Sandbox => sandbox(url, data),
        Mode::Production => format!(
            "Kasse serves payments on {url}\nData: {data}. Stop it with Ctrl-C or SIGTERM.\n{NOBODY_APPROVES}\n"
        ),
    }
}

fn sandbox(url: &str, data: &str) -> String {
    let (client_id, client_secret) = (example::CLIENT_ID, example::CLIENT_SECRET);
    let (subscription_key, msn) = (example::SUBSCRIPTION_KEY, example::MSN);
    format!(
        "Kasse serves a sandbox on {url}
Data: {data}. Stop it with Ctrl-C.

The demo sales unit, as a .env file:

KASSE_BASE_URL={url}
KASSE_CLIENT_ID={client_id}
KASSE_CLIENT_SECRET={client_secret}
KASSE_SUBSCRIPTION_KEY={subscription_key}
KASSE_MERCHANT_SERIAL_NUMBER={msn}

The payer's wallet is {url}/wallet

Next, get an access token:

curl -X POST {url}/accesstoken/get \\
  -H 'client_id: {client_id}' \\
  -H 'client_secret: {client_secret}' \\
  -H 'Ocp-Apim-Subscription-Key: {subscription_key}' -d ''

"
    )
}
