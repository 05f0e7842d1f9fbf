//! The bare client: a child that posts one body again and again, and does nothing else.

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use anyhow::{Context as _, bail};
use courier::carrier::{Carrier, Limits, Message, Trust};
use domain::target::Targets;
use tokio::task::JoinSet;

use super::{
    super::{child::own_command, process::Process},
    receivers::Receivers,
};

/// The hidden command that is the bare client.
pub(crate) const COMMAND: &str = "bench-post";
/// Where to, and with how many posts under way each: `8@127.0.0.1:1,127.0.0.1:2`.
pub(crate) const ADDRESSES: &str = "to";
/// How many posts there are in all.
pub(crate) const COUNT: &str = "count";

/// Starts it.
pub(super) fn spawn(receivers: &Receivers, count: u64, under_way: usize, body: &str) -> anyhow::Result<Process> {
    let addresses: Vec<String> = receivers.addresses().iter().map(ToString::to_string).collect();
    let mut command = own_command()?;
    command.arg(COMMAND).arg(format!("--{ADDRESSES}={under_way}@{}", addresses.join(",")));
    command.arg(format!("--{COUNT}={count}")).stdin(Stdio::piped());
    let mut process = Process(command.spawn().context("the bare client cannot be started")?);
    let mut stdin = process.0.stdin.take().context("the bare client has no standard input")?;
    stdin.write_all(body.as_bytes())?;
    Ok(process)
}

/// Is it, until everything is posted.
pub(crate) async fn post(to: &str, count: u64) -> anyhow::Result<()> {
    let mut body = Vec::new();
    std::io::stdin().lock().read_to_end(&mut body)?;
    let body = bytes::Bytes::from(body);
    let (under_way, addresses) = to.split_once('@').context("where to?")?;
    let addresses: Vec<SocketAddr> = addresses.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let carrier = Carrier::new(Targets::sandbox(), &Trust::load(&[])?, Limits::default());
    let posted = Arc::new(AtomicU64::new(0));
    let mut posting = JoinSet::new();
    for address in addresses {
        for _ in 0..under_way.parse()? {
            let (carrier, posted, body) = (carrier.clone(), posted.clone(), body.clone());
            let url = format!("http://{address}/webhooks");
            posting.spawn(async move {
                while posted.fetch_add(1, Relaxed) < count {
                    let (user_agent, content_type) = ("kasse-bench", "application/json; charset=utf-8");
                    let message = Message { url: &url, user_agent, content_type, headers: &[], body: body.clone() };
                    match carrier.post(message).await.outcome {
                        Ok(answered) if answered.status == 200 => {}
                        other => bail!("a post was answered {other:?}"),
                    }
                }
                Ok(())
            });
        }
    }
    while let Some(posted) = posting.join_next().await {
        posted??;
    }
    Ok(())
}
