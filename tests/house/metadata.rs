//! What cargo knows about the workspace: packages, their dependencies, and the graph resolved for Linux servers.
//!
//! Asked once per run and without the network. Only where something was never fetched is it asked again with permission
//! to fetch; the lock file is never changed.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::source::root;

/// The platform releases are built for.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// A package of the workspace or from outside.
#[derive(Debug, Default)]
pub struct Package {
    pub id: String,
    pub name: String,
    pub version: String,
    pub license: Option<String>,
    /// Where it comes from; a package of the workspace comes from nowhere.
    pub source: Option<String>,
    /// Folder below the workspace root, if it lies there.
    pub folder: Option<String>,
    pub dependencies: Vec<Dependency>,
}

/// A dependency as a manifest declares it.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// Name of the package.
    pub name: String,
    /// Name under which the manifest mentions it.
    pub key: String,
    pub dev: bool,
}

/// A package in the resolved graph.
#[derive(Debug, Default)]
pub struct Node {
    pub features: Vec<String>,
    /// Packages it needs to be built or to run, without those only its tests need.
    pub needs: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Metadata {
    pub packages: Vec<Package>,
    pub members: BTreeSet<String>,
    pub nodes: BTreeMap<String, Node>,
}

impl Metadata {
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.members.contains(&package.id))
    }

    /// Everything a package is made of, itself included.
    pub fn tree(&self, name: &str) -> BTreeSet<&str> {
        let mut tree = BTreeSet::new();
        let mut open: Vec<&str> = self.members().filter(|p| p.name == name).map(|p| p.id.as_str()).collect();
        while let Some(id) = open.pop() {
            if tree.insert(id) {
                let needs = self.nodes.get(id).into_iter().flat_map(|node| &node.needs);
                open.extend(needs.map(String::as_str));
            }
        }
        tree
    }
}

/// The workspace as cargo sees it.
pub fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        let answer = ask(&["--offline"]).or_else(|_| ask(&[]));
        let text = answer.unwrap_or_else(|error| panic!("cargo metadata --locked fails:\n{error}"));
        let value = serde_json::from_str(&text).expect("cargo writes JSON");
        read(&value, &root().to_string_lossy())
    })
}

fn ask(more: &[&str]) -> Result<String, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(["metadata", "--format-version", "1", "--locked", "--filter-platform", PLATFORM]);
    let output = command.args(more).output().map_err(|error| error.to_string())?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

fn read(value: &Value, root: &str) -> Metadata {
    let nodes = list(&value["resolve"], "nodes").map(|node| (text(node, "id"), read_node(node)));
    Metadata {
        packages: list(value, "packages").map(|package| read_package(package, root)).collect(),
        members: list(value, "workspace_members").filter_map(Value::as_str).map(str::to_owned).collect(),
        nodes: nodes.collect(),
    }
}

fn read_package(package: &Value, root: &str) -> Package {
    let manifest = text(package, "manifest_path").replace('\\', "/");
    let below_root = manifest.strip_prefix(&root.replace('\\', "/")).and_then(|path| path.strip_suffix("/Cargo.toml"));
    Package {
        id: text(package, "id"),
        name: text(package, "name"),
        version: text(package, "version"),
        license: optional(package, "license"),
        source: optional(package, "source"),
        folder: below_root.map(|path| path.trim_start_matches('/').to_owned()),
        dependencies: list(package, "dependencies").map(read_dependency).collect(),
    }
}

fn read_dependency(dependency: &Value) -> Dependency {
    let name = text(dependency, "name");
    let key = optional(dependency, "rename").unwrap_or_else(|| name.clone());
    Dependency { name, key, dev: dependency["kind"] == "dev" }
}

fn read_node(node: &Value) -> Node {
    let is_needed = |edge: &&Value| list(edge, "dep_kinds").any(|kind| kind["kind"] != "dev");
    Node {
        features: list(node, "features").filter_map(Value::as_str).map(str::to_owned).collect(),
        needs: list(node, "deps").filter(is_needed).map(|edge| text(edge, "pkg")).collect(),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn optional(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

fn text(value: &Value, key: &str) -> String {
    optional(value, key).unwrap_or_default()
}

#[test]
fn an_answer_of_cargo_is_read() {
    let value = serde_json::json!({
        "packages": [
            { "id": "a#1", "name": "a", "version": "1", "manifest_path": "w/crates/a/Cargo.toml", "dependencies": [
                { "name": "b", "rename": "bee", "kind": null }, { "name": "c", "rename": null, "kind": "dev" }] },
            { "id": "b#1", "name": "b", "version": "1", "license": "MIT", "source": "registry+x", "dependencies": [] },
        ],
        "workspace_members": ["a#1"],
        "resolve": { "nodes": [
            { "id": "a#1", "features": ["f"], "deps": [
                { "pkg": "b#1", "dep_kinds": [{ "kind": "dev" }, { "kind": "build" }] },
                { "pkg": "c#1", "dep_kinds": [{ "kind": "dev" }] }] },
            { "id": "b#1", "features": [], "deps": [] },
        ] },
    });
    let metadata = read(&value, "w");
    let a = metadata.members().next().expect("one member");
    assert_eq!((a.name.as_str(), a.folder.as_deref(), a.license.as_deref()), ("a", Some("crates/a"), None));
    let keys: Vec<(&str, bool)> = a.dependencies.iter().map(|d| (d.key.as_str(), d.dev)).collect();
    assert_eq!(keys, [("bee", false), ("c", true)]);
    assert_eq!(metadata.tree("a").into_iter().collect::<Vec<_>>(), ["a#1", "b#1"]);
    assert_eq!(metadata.nodes.get("a#1").map(|node| node.features.clone()), Some(vec!["f".to_owned()]));
}
