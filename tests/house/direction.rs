//! Who may use whom: every crate depends only on crates below it, and the lowest on nothing at all.
//!
//! Dependencies of tests are free, except for the two lowest crates: their tests must run without the house.

use crate::finding::{Finding, report};
use crate::manifests::line_of_key;
use crate::metadata::{Dependency, Metadata, Package, metadata};

/// A package, where it lives, and which packages of the house it may use.
struct Storey {
    package: &'static str,
    folder: &'static str,
    may_use: MayUse,
}

enum MayUse {
    These(&'static [&'static str]),
    Anything,
}

use MayUse::{Anything, These};

#[rustfmt::skip]
const STOREYS: &[Storey] = &[
    Storey { package: "kasse-domain", folder: "crates/domain", may_use: These(&[]) },
    Storey { package: "kasse-wire", folder: "crates/wire", may_use: These(&[]) },
    Storey { package: "kasse-store", folder: "crates/store", may_use: These(&["kasse-domain"]) },
    Storey { package: "kasse-engine", folder: "crates/engine", may_use: These(&["kasse-store", "kasse-domain"]) },
    Storey { package: "kasse-courier", folder: "crates/courier",
             may_use: These(&["kasse-engine", "kasse-wire", "kasse-domain"]) },
    Storey { package: "kasse-api", folder: "crates/api",
             may_use: These(&["kasse-engine", "kasse-wire", "kasse-domain"]) },
    Storey { package: "kasse-web", folder: "crates/web", may_use: These(&["kasse-engine", "kasse-domain"]) },
    Storey { package: "kasse", folder: "crates/kasse",
             may_use: These(&["kasse-api", "kasse-web", "kasse-courier", "kasse-engine", "kasse-store", "kasse-domain",
                              "kasse-wire"]) },
    Storey { package: "kasse-client", folder: "crates/client", may_use: These(&["kasse-wire"]) },
    Storey { package: "kasse-testkit", folder: "crates/testkit",
             may_use: These(&["kasse", "kasse-client", "kasse-engine", "kasse-store", "kasse-domain", "kasse-wire"]) },
    Storey { package: "kasse-tests", folder: "tests", may_use: Anything },
];

/// Packages whose tests may not use the house either.
const ALONE: &[&str] = &["kasse-domain", "kasse-wire"];

fn finding(package: &Package, line: usize, rule: &'static str, seen: String, instead: &'static str) -> Finding {
    let path = format!("{}/Cargo.toml", package.folder.as_deref().unwrap_or(&package.name));
    Finding { path, line, rule, seen, instead }
}

fn dependency_line(package: &Package, dependency: &Dependency) -> usize {
    line_of_key(package.folder.as_deref().unwrap_or_default(), &dependency.key)
}

fn unknown_members(metadata: &Metadata) -> Vec<Finding> {
    let is_known = |package: &Package| {
        STOREYS.iter().any(|s| s.package == package.name && package.folder.as_deref() == Some(s.folder))
    };
    let unknown = metadata.members().filter(|package| !is_known(package));
    let instead = "give it a row in STOREYS of tests/house/direction.rs and a paragraph in ARCHITECTURE.md";
    unknown
        .map(|package| finding(package, 1, "storeys", format!("`{}` has no place here", package.name), instead))
        .collect()
}

fn wrong_directions(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata.members() {
        let storey = STOREYS.iter().find(|storey| storey.package == package.name);
        let Some(Storey { may_use: These(allowed), .. }) = storey else { continue };
        for dependency in package.dependencies.iter().filter(|dependency| is_house(dependency)) {
            let free = dependency.dev && !ALONE.contains(&package.name.as_str());
            if free || allowed.contains(&dependency.name.as_str()) {
                continue;
            }
            let line = dependency_line(package, dependency);
            let seen = format!("`{}` uses `{}`", package.name, dependency.name);
            let instead = "use what the storey below exports, or move the code to the crate that may know both";
            findings.push(finding(package, line, "direction", seen, instead));
        }
    }
    findings
}

fn borrowed_by_domain(metadata: &Metadata) -> Vec<Finding> {
    let domain = metadata.members().filter(|package| package.name == "kasse-domain");
    let borrowed = |package: &Package| -> Vec<Finding> {
        let shipped = package.dependencies.iter().filter(|dependency| !dependency.dev && !is_house(dependency));
        let instead =
            "write it in plain Rust, or hand the value in from engine: domain needs the standard library only";
        let describe = |dependency: &Dependency| {
            let line = dependency_line(package, dependency);
            finding(package, line, "domain-alone", format!("domain borrows `{}`", dependency.name), instead)
        };
        shipped.map(describe).collect()
    };
    domain.flat_map(borrowed).collect()
}

fn is_house(dependency: &Dependency) -> bool {
    STOREYS.iter().any(|storey| storey.package == dependency.name)
}

#[test]
fn every_member_has_a_storey() {
    report(&unknown_members(metadata()));
}

#[test]
fn every_crate_uses_only_the_crates_below_it() {
    report(&wrong_directions(metadata()));
}

#[test]
fn domain_borrows_nothing() {
    report(&borrowed_by_domain(metadata()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of one crate with one dependency.
    fn workspace(name: &str, folder: &str, uses: &str, dev: bool) -> Metadata {
        let dependency = Dependency { name: uses.to_owned(), key: uses.to_owned(), dev };
        let package = Package {
            id: name.to_owned(),
            name: name.to_owned(),
            folder: Some(folder.to_owned()),
            dependencies: vec![dependency],
            ..Package::default()
        };
        Metadata { members: [name.to_owned()].into(), packages: vec![package], ..Metadata::default() }
    }

    #[test]
    fn a_dependency_upwards_is_found() {
        let uses = |name: &str, uses: &str, dev| wrong_directions(&workspace(name, "nowhere", uses, dev)).len();
        assert_eq!(uses("kasse-api", "kasse-store", false), 1);
        assert_eq!(uses("kasse-api", "kasse-engine", false), 0);
        assert_eq!(uses("kasse-store", "kasse-engine", false), 1);
        assert_eq!(uses("kasse-store", "kasse-testkit", true), 0);
        assert_eq!(uses("kasse-domain", "kasse-testkit", true), 1);
        assert_eq!(uses("kasse-wire", "kasse-domain", true), 1);
        assert_eq!(uses("kasse-tests", "kasse-store", false), 0);
        assert_eq!(uses("kasse-wire", "serde", false), 0);
    }

    #[test]
    fn a_borrowing_domain_is_found() {
        let borrows =
            |uses: &str, dev| borrowed_by_domain(&workspace("kasse-domain", "crates/domain", uses, dev)).len();
        assert_eq!(borrows("serde", false), 1);
        assert_eq!(borrows("proptest", true), 0);
    }

    #[test]
    fn an_unknown_or_misplaced_member_is_found() {
        assert_eq!(unknown_members(&workspace("kasse-extra", "crates/extra", "serde", false)).len(), 1);
        assert_eq!(unknown_members(&workspace("kasse-api", "crates/rest", "serde", false)).len(), 1);
        assert_eq!(unknown_members(&workspace("kasse-api", "crates/api", "serde", false)).len(), 0);
    }

    #[test]
    fn the_table_points_downwards() {
        let place = |name: &str| STOREYS.iter().position(|storey| storey.package == name);
        for (at, storey) in STOREYS.iter().enumerate() {
            let These(allowed) = &storey.may_use else { continue };
            for name in *allowed {
                assert!(place(name).is_some_and(|below| below < at), "{} may use {name}", storey.package);
            }
        }
    }
}
