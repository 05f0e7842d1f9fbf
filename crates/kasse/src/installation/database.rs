//! An installation in a database: what its nodes share is sealed by a master key, which production keeps in a file of each node.
//!
//! A sandbox that is given no file makes a master key and keeps it in the database too, so that another node needs nothing but the address.
//! Which of the two it is was decided when the database was initialised, and a node that comes with the other is told.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use engine::{
    Engine,
    clock::Clock,
    entropy::Entropy,
    keys::{KeyMaterial, Keys},
    seal::MasterKey,
};
use store::{
    Instance, Mode,
    postgres::{Address, Installation, NewInstallation, OpenError, PostgresStore, Schema},
};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::{KeyKeeper, Missing, Opened, key_file::read_private, key_record};

/// What the keys are sealed for; the installation's id follows.
const PURPOSE: &[u8] = b"kasse installation keys\0";

/// A database and what it takes to use it.
#[derive(Clone, Debug)]
pub struct Database {
    /// Where it is.
    pub address: Address,
    /// The file with the master key, if there is one.
    pub master_key_file: Option<PathBuf>,
}

impl Database {
    /// Opens it as a node whose program knows this schema.
    ///
    /// # Errors
    /// Whatever stands in the way, in words that say what to do.
    pub async fn open(
        &self,
        schema: &Schema,
        mode: Option<Mode>,
        missing: Missing,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> anyhow::Result<Opened> {
        let file = self.master_key()?;
        if missing == Missing::Refuse && PostgresStore::installation_of(&self.address).await?.is_none() {
            return Err(OpenError::Missing(self.address.shown()).into());
        }
        let new = new_installation(mode.unwrap_or(Mode::Sandbox), file.as_ref(), clock, entropy)?;
        let (store, found) = PostgresStore::open(&self.address, schema, mode, new).await?;
        let master_key = self.master_key_of(&found, file)?;
        let purpose = purpose(&found.instance);
        let material = opened(&master_key, &purpose, &found.sealed_keys)?;
        let keys = Keys::new(&material).context("the installation's keys cannot be used")?;
        let store = Arc::new(store);
        let shared = SharedKeys { store: store.clone(), master_key, purpose, version: Mutex::new(found.keys_version) };
        Ok(Opened { store, instance: found.instance, keys, key_keeper: KeyKeeper::Shared(shared) })
    }

    /// Refuses one that an older program made.
    pub(super) async fn require_upgraded(&self, schema: &Schema) -> anyhow::Result<()> {
        Ok(PostgresStore::require_upgraded(&self.address, schema).await?)
    }

    /// What it was initialised as, if it was.
    pub(super) async fn mode(&self) -> anyhow::Result<Option<Mode>> {
        Ok(PostgresStore::installation_of(&self.address).await?.map(|found| found.instance.mode))
    }

    /// The key in the file, if there is one.
    fn master_key(&self) -> anyhow::Result<Option<MasterKey>> {
        let Some(path) = &self.master_key_file else { return Ok(None) };
        let shown = path.display();
        let text = read_private(path)?.with_context(|| format!("--master-key-file {shown} does not exist"))?;
        let key = key_record::key(text.trim());
        let key = key.with_context(|| {
            format!("--master-key-file {shown} must hold 32 bytes in base64; make one with `openssl rand -base64 32`")
        })?;
        Ok(Some(MasterKey::new(key)))
    }

    /// The key the installation's keys were sealed with, as far as can be said before they are opened.
    fn master_key_of(&self, found: &Installation, file: Option<MasterKey>) -> anyhow::Result<MasterKey> {
        match (found.master_key, file) {
            (Some(_), Some(_)) => bail!(
                "{} keeps its master key itself, as sandboxes may; leave --master-key-file out",
                self.address.shown()
            ),
            (Some(kept), None) => Ok(MasterKey::new(Zeroizing::new(kept))),
            (None, Some(key)) => Ok(key),
            (None, None) => bail!(
                "the keys in {} are sealed; name the file with the master key with --master-key-file, the same for every node",
                self.address.shown()
            ),
        }
    }
}

/// What the database is made if nobody has made it anything yet.
fn new_installation(
    mode: Mode,
    file: Option<&MasterKey>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> anyhow::Result<NewInstallation> {
    if mode == Mode::Production && file.is_none() {
        bail!("a database for production needs --master-key-file, a key apart from it that seals what is secret in it");
    }
    let instance = Instance { id: entropy.uuid(), mode, created_at: clock.wall() };
    let master_key = file.cloned().unwrap_or_else(|| MasterKey::generate(entropy));
    let material = KeyMaterial::generate(entropy, instance.created_at);
    let sealed_keys = sealed(&master_key, &purpose(&instance), &material, entropy)?;
    Ok(NewInstallation { instance, sealed_keys, master_key: file.is_none().then(|| *master_key.bytes()) })
}

fn purpose(instance: &Instance) -> Vec<u8> {
    [PURPOSE, &instance.id].concat()
}

fn sealed(
    master_key: &MasterKey,
    purpose: &[u8],
    material: &KeyMaterial,
    entropy: &dyn Entropy,
) -> anyhow::Result<Vec<u8>> {
    let text = key_record::write(material)?;
    master_key.seal(purpose, text.as_bytes(), entropy).context("the installation's keys cannot be sealed")
}

fn opened(master_key: &MasterKey, purpose: &[u8], sealed: &[u8]) -> anyhow::Result<KeyMaterial> {
    let text = master_key.open(purpose, sealed).context(
        "the key in --master-key-file is not the one this database was sealed with; tokens, links and secrets depend on it",
    )?;
    let material = std::str::from_utf8(&text).ok().and_then(key_record::read);
    material.context("the installation's keys in the database cannot be read; restore the backup")
}

/// Keys that all nodes use and each may replace.
pub struct SharedKeys {
    store: Arc<PostgresStore>,
    master_key: MasterKey,
    purpose: Vec<u8>,
    /// Of those this node uses.
    version: Mutex<i64>,
}

impl SharedKeys {
    pub(super) async fn keep_up(&self, engine: &Engine) -> anyhow::Result<()> {
        let mut version = self.version.lock().await;
        let (found, sealed) = self.store.sealed_keys().await?;
        if found != *version {
            engine.replace_signing_keys(&opened(&self.master_key, &self.purpose, &sealed)?)?;
            *version = found;
        }
        Ok(())
    }

    /// Where two nodes find at once that it is time, one of them replaces the key, and the other takes that one over.
    pub(super) async fn renew(&self, engine: &Engine) -> anyhow::Result<bool> {
        let (found, sealed_before) = self.store.sealed_keys().await?;
        let mut material = opened(&self.master_key, &self.purpose, &sealed_before)?;
        let is_replaced = material.rotate(engine.entropy(), engine.clock().wall());
        if is_replaced {
            let after = sealed(&self.master_key, &self.purpose, &material, engine.entropy())?;
            self.store.replace_sealed_keys(found, &after).await?;
        }
        self.keep_up(engine).await?;
        Ok(is_replaced)
    }
}
