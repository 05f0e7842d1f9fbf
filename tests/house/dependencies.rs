//! What may be borrowed: licences, origin, banned packages, the size of the server's tree, one database library.

use std::fs;

use crate::finding::{Finding, report};
use crate::licence::is_accepted;
use crate::manifests::line_of_key;
use crate::metadata::{Metadata, Package, metadata};
use crate::source::root;

/// Most packages the server may be made of, its own included.
const SERVER_PACKAGES_MAX: usize = 250;

/// The package that is the server.
const SERVER: &str = "kasse";

/// Packages that must not appear in any tree, and what serves instead.
const BANNED: &[(&str, &str)] = &[
    ("openssl", ONE_TLS),
    ("openssl-sys", ONE_TLS),
    ("native-tls", ONE_TLS),
    ("aws-lc-rs", ONE_TLS),
    ("aws-lc-sys", ONE_TLS),
    ("chrono", "use jiff, or plain milliseconds from the clock of engine"),
    ("sqlx", ONE_SQLITE),
    ("libsql", ONE_SQLITE),
];

/// Packages that others may bring along (the log library does), but that our own manifests must not name.
const NOT_OURS: &[(&str, &str)] = &[("lazy_static", "use OnceLock or LazyLock of the standard library")];

const ONE_TLS: &str = "use rustls with ring: a second provider breaks the start of the program";
const ONE_SQLITE: &str = "use rusqlite with its bundled SQLite: two copies cannot be linked";

fn finding(package: &Package, rule: &'static str, seen: &str, instead: &'static str) -> Finding {
    let Package { name, version, .. } = package;
    let seen = format!("`{name}` {version} {seen}");
    Finding { path: "Cargo.lock".to_owned(), line: lock_line(&lock_file(), name, version), rule, seen, instead }
}

fn lock_file() -> String {
    fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default()
}

/// Line at which the lock file names a package; the first if it does not.
fn lock_line(lock: &str, name: &str, version: &str) -> usize {
    let (name, version) = (format!("name = \"{name}\""), format!("version = \"{version}\""));
    let mut pairs = lock.lines().zip(lock.lines().skip(1));
    pairs.position(|(first, second)| first == name && second == version).map_or(1, |index| index + 1)
}

fn unlicensed(metadata: &Metadata) -> Vec<Finding> {
    let instead = "borrow something else, or agree on the licence and add it to tests/house/licence.rs";
    let complaint = |package: &Package| {
        let expression = package.license.as_deref().unwrap_or_default();
        match is_accepted(expression) {
            Ok(true) => None,
            Ok(false) => Some(format!("has the licence `{expression}`")),
            Err(error) => Some(format!("has the unreadable licence `{expression}` ({error})")),
        }
    };
    let found = metadata.packages.iter().filter_map(|package| complaint(package).map(|seen| (package, seen)));
    found.map(|(package, seen)| finding(package, "licence", &seen, instead)).collect()
}

fn foreign(metadata: &Metadata) -> Vec<Finding> {
    let sources = metadata.packages.iter().filter_map(|package| package.source.as_deref());
    let registry = sources.filter(|source| source.starts_with("registry+")).max_by_key(|source| {
        metadata.packages.iter().filter(|package| package.source.as_deref() == Some(source)).count()
    });
    let is_foreign = |package: &&Package| match package.source.as_deref() {
        Some(source) => Some(source) != registry,
        None => !metadata.members.contains(&package.id),
    };
    let found = metadata.packages.iter().filter(is_foreign);
    let instead = "take a released version from the default registry: other places can change under us or vanish";
    found.map(|package| finding(package, "origin", "comes from elsewhere", instead)).collect()
}

fn banned(metadata: &Metadata) -> Vec<Finding> {
    let ban = |package: &Package| BANNED.iter().find(|(name, _)| *name == package.name).map(|(_, instead)| *instead);
    let found = metadata.packages.iter().filter_map(|package| ban(package).map(|instead| (package, instead)));
    found.map(|(package, instead)| finding(package, "banned", "is banned", instead)).collect()
}

fn not_ours(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata.members() {
        for dependency in &package.dependencies {
            let Some((name, instead)) = NOT_OURS.iter().find(|(name, _)| *name == dependency.name) else { continue };
            let folder = package.folder.as_deref().unwrap_or_default();
            findings.push(Finding {
                path: format!("{folder}/Cargo.toml"),
                line: line_of_key(folder, &dependency.key),
                rule: "banned",
                seen: format!("`{name}` is banned from our manifests"),
                instead,
            });
        }
    }
    findings
}

fn too_large(metadata: &Metadata, packages_max: usize) -> Option<Finding> {
    let packages = metadata.tree(SERVER).len();
    (packages > packages_max).then(|| Finding {
        path: "crates/kasse/Cargo.toml".to_owned(),
        line: 1,
        rule: "tree-size",
        seen: format!("the server is made of {packages} packages, more than {packages_max}"),
        instead: "drop a feature or a dependency, or write the small part that is used",
    })
}

fn several_databases(metadata: &Metadata) -> Vec<Finding> {
    let copies: Vec<&Package> = metadata.packages.iter().filter(|package| package.name == "libsqlite3-sys").collect();
    let is_bundled = |package: &Package| {
        metadata.nodes.get(&package.id).is_some_and(|node| node.features.iter().any(|feature| feature == "bundled"))
    };
    let describe = |package: &&Package| {
        let seen = if is_bundled(package) { "is a second SQLite" } else { "uses the SQLite of the machine" };
        finding(package, "one-sqlite", seen, "keep one rusqlite, with the feature `bundled`")
    };
    let is_wrong = |package: &&&Package| copies.len() > 1 || !is_bundled(package);
    copies.iter().filter(is_wrong).map(describe).collect()
}

#[test]
fn every_licence_is_accepted() {
    report(&unlicensed(metadata()));
}

#[test]
fn everything_comes_from_the_registry_or_from_here() {
    report(&foreign(metadata()));
}

#[test]
fn nothing_banned_is_used() {
    report(&banned(metadata()));
    report(&not_ours(metadata()));
}

#[test]
fn the_server_stays_small() {
    assert!(!metadata().tree(SERVER).is_empty(), "the package `{SERVER}` is not in the workspace");
    report(&Vec::from_iter(too_large(metadata(), SERVER_PACKAGES_MAX)));
}

#[test]
fn there_is_one_bundled_sqlite() {
    report(&several_databases(metadata()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{Dependency, Node};

    fn package(name: &str, license: &str, source: &str) -> Package {
        Package {
            id: format!("{source}#{name}"),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some(license.to_owned()).filter(|license| !license.is_empty()),
            source: Some(source.to_owned()).filter(|source| !source.is_empty()),
            ..Package::default()
        }
    }

    fn workspace(packages: Vec<Package>) -> Metadata {
        Metadata { packages, ..Metadata::default() }
    }

    #[test]
    fn wrong_and_missing_licences_are_found() {
        let metadata = workspace(vec![
            package("a", "MIT", "registry+x"),
            package("b", "GPL-3.0-only", "registry+x"),
            package("c", "", "registry+x"),
        ]);
        assert_eq!(unlicensed(&metadata).len(), 2);
    }

    #[test]
    fn other_origins_are_found() {
        let mut metadata = workspace(vec![
            package("a", "MIT", "registry+x"),
            package("b", "MIT", "registry+x"),
            package("c", "MIT", "registry+y"),
            package("d", "MIT", "git+z"),
            package("e", "MIT", ""),
            package("f", "MIT", ""),
        ]);
        metadata.members.insert("#e".to_owned());
        let names: Vec<String> = foreign(&metadata).into_iter().map(|finding| finding.seen).collect();
        assert_eq!(names, ["c", "d", "f"].map(|name| format!("`{name}` 1.0.0 comes from elsewhere")));
    }

    #[test]
    fn banned_packages_are_found() {
        let metadata = workspace(vec![package("openssl-sys", "MIT", "registry+x"), package("async-trait", "MIT", "")]);
        assert_eq!(banned(&metadata).len(), 1);
    }

    #[test]
    fn a_package_others_may_use_is_found_in_our_manifests() {
        let lazy = Dependency { name: "lazy_static".to_owned(), key: "lazy_static".to_owned(), dev: false };
        let user = Package { dependencies: vec![lazy], ..package("kasse-api", "MIT", "") };
        let mut metadata = workspace(vec![user]);
        assert_eq!(not_ours(&metadata).len(), 0, "not a member");
        metadata.members.insert("#kasse-api".to_owned());
        assert_eq!(not_ours(&metadata).len(), 1);
    }

    #[test]
    fn a_large_server_is_found() {
        let mut metadata = workspace(vec![package("kasse", "MIT", "")]);
        metadata.members.insert("#kasse".to_owned());
        let needs = vec!["#a".to_owned(), "#b".to_owned()];
        metadata.nodes.insert("#kasse".to_owned(), Node { needs, ..Node::default() });
        assert!(too_large(&metadata, 2).is_some());
        assert!(too_large(&metadata, 3).is_none());
    }

    #[test]
    fn a_second_or_foreign_sqlite_is_found() {
        let bundled = || Node { features: vec!["bundled".to_owned()], ..Node::default() };
        let sqlite = |source| package("libsqlite3-sys", "MIT", source);
        let mut metadata = workspace(vec![sqlite("x")]);
        assert_eq!(several_databases(&metadata).len(), 1, "not bundled");
        metadata.nodes.insert("x#libsqlite3-sys".to_owned(), bundled());
        assert_eq!(several_databases(&metadata).len(), 0);
        metadata.packages.push(sqlite("y"));
        assert_eq!(several_databases(&metadata).len(), 2);
    }

    #[test]
    fn a_package_is_found_in_the_lock_file() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1\"\n\n[[package]]\nname = \"a\"\nversion = \"2\"\n";
        assert_eq!(lock_line(lock, "a", "2"), 6);
    }
}
