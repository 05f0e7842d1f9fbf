//! Members inherit what the workspace decides: lints, edition, licence, and the version of everything borrowed.
//!
//! Manifests are read line by line, which is all these rules need; an array over several lines counts as one.

use std::fs;

use crate::finding::{Finding, report};
use crate::metadata::metadata;
use crate::source::root;

/// Keys every member takes from the workspace.
const INHERITED: &[&str] = &["edition", "rust-version", "license"];

/// A `key = value` and the table it stands in.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    line: usize,
    table: String,
    key: String,
    value: String,
}

fn entries(text: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut table = String::new();
    let mut open = 0_usize;
    for (index, line) in text.lines().enumerate() {
        let line = without_comment(line).trim();
        if open > 0 {
            let Some(entry) = found.last_mut() else { continue };
            entry.value.push_str(line);
        } else if line.starts_with('[') {
            table = line.trim_matches(['[', ']']).to_owned();
            continue;
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            found.push(Entry { line: index + 1, table: table.clone(), key, value });
        }
        let value = found.last().map(|entry| entry.value.as_str()).unwrap_or_default();
        open = value.matches(['[', '{']).count().saturating_sub(value.matches([']', '}']).count());
    }
    found
}

/// The line up to a hash sign that is not inside a string.
fn without_comment(line: &str) -> &str {
    let hashes = line.match_indices('#').map(|(at, _)| line.get(..at).unwrap_or_default());
    hashes.into_iter().find(|before| before.matches('"').count() % 2 == 0).unwrap_or(line)
}

fn manifest(folder: &str) -> String {
    fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap_or_default()
}

/// Line at which a member mentions a dependency; the first if it cannot be found.
pub fn line_of_key(folder: &str, key: &str) -> usize {
    let is_it = |entry: &Entry| {
        is_dependency_table(&entry.table) && key == entry.key.split('.').next().unwrap_or_default()
            || entry.table.ends_with(&format!("dependencies.{key}"))
    };
    entries(&manifest(folder)).iter().find(|entry| is_it(entry)).map_or(1, |entry| entry.line)
}

fn is_dependency_table(table: &str) -> bool {
    table.rsplit('.').next().is_some_and(|last| last.ends_with("dependencies"))
}

/// Whether a table says so, written `key.workspace = true`, as an inline table, or in a table of its own.
fn inherits(entries: &[Entry], table: &str, key: &str) -> bool {
    entries.iter().any(|entry| {
        let dotted = entry.table == table && entry.key == format!("{key}.workspace") && entry.value == "true";
        let inline = entry.table == table && entry.key == key && is_inherited(&entry.value);
        let own = entry.table == format!("{table}.{key}").trim_start_matches('.');
        dotted || inline || (own && entry.key == "workspace" && entry.value == "true")
    })
}

fn is_inherited(value: &str) -> bool {
    value.replace(' ', "").contains("workspace=true")
}

fn not_inherited(path: &str, text: &str) -> Vec<Finding> {
    let entries = entries(text);
    let instead = "take it from the workspace with `workspace = true`";
    let missing = |key: &str| Finding {
        path: path.to_owned(),
        line: 1,
        rule: "inherit",
        seen: format!("`{key}` is not inherited"),
        instead,
    };
    let keys = INHERITED.iter().filter(|key| !inherits(&entries, "package", key)).map(|key| missing(key));
    let lints = (!inherits(&entries, "", "lints")).then(|| missing("lints"));
    keys.chain(lints).collect()
}

fn own_versions(path: &str, text: &str) -> Vec<Finding> {
    let entries = entries(text);
    let in_own_table = |entry: &Entry| {
        let parent = entry.table.rsplit_once('.').map(|(parent, _)| parent).unwrap_or_default();
        is_dependency_table(parent) && matches!(entry.key.as_str(), "version" | "git" | "path")
    };
    let in_list = |entry: &Entry| {
        let inherited = entry.key.ends_with(".workspace") || is_inherited(&entry.value);
        is_dependency_table(&entry.table) && !inherited
    };
    let own = entries.iter().filter(|entry| in_list(entry) || in_own_table(entry));
    let describe = |entry: &Entry| Finding {
        path: path.to_owned(),
        line: entry.line,
        rule: "one-version",
        seen: format!("`{} = {}`", entry.key, entry.value),
        instead: "declare it once in [workspace.dependencies] and write `workspace = true` here",
    };
    own.map(describe).collect()
}

/// What the root manifest must decide for everybody.
fn undecided(text: &str) -> Vec<Finding> {
    let entries = entries(text);
    let wanted: [(&str, &str, &str, &'static str); 2] = [
        ("profile.release", "overflow-checks", "true", "switch it on: a sum that wraps is money that appears"),
        ("workspace.lints.rust", "unsafe_code", "\"forbid\"", "forbid it: none of our crates needs unsafe code"),
    ];
    let says = |table: &str, key: &str, value: &str| {
        entries.iter().any(|entry| entry.table == table && entry.key == key && entry.value == value)
    };
    let missing = wanted.into_iter().filter(|(table, key, value, _)| !says(table, key, value));
    let describe = |(table, key, value, instead)| Finding {
        path: "Cargo.toml".to_owned(),
        line: 1,
        rule: "workspace-decides",
        seen: format!("[{table}] does not say `{key} = {value}`"),
        instead,
    };
    missing.map(describe).collect()
}

/// Applies a rule to the manifest of every member.
fn of_members(rule: fn(&str, &str) -> Vec<Finding>) -> Vec<Finding> {
    let folders = metadata().members().filter_map(|package| package.folder.clone());
    folders.flat_map(|folder| rule(&format!("{folder}/Cargo.toml"), &manifest(&folder))).collect()
}

#[test]
fn every_member_inherits_lints_edition_and_licence() {
    report(&of_members(not_inherited));
}

#[test]
fn every_version_is_declared_once() {
    report(&of_members(own_versions));
}

#[test]
fn release_builds_check_overflow_and_unsafe_code_is_forbidden() {
    report(&undecided(&manifest("")));
}

#[test]
fn the_lock_file_is_there() {
    assert!(
        root().join("Cargo.lock").is_file(),
        "Cargo.lock is missing; instead: commit it, releases build with --locked"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nedition.workspace = true\nrust-version = { workspace = true }\n\
        license.workspace = true\n[lints]\nworkspace = true\n[dependencies]\na.workspace = true # 1\n\
        b = { workspace = true, features = [\n  \"x = 1\",\n] }\n[dependencies.c]\nworkspace = true\n";

    fn lines(findings: Vec<Finding>) -> Vec<usize> {
        findings.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_member_that_inherits_is_fine() {
        assert_eq!(not_inherited("Cargo.toml", GOOD), []);
        assert_eq!(own_versions("Cargo.toml", GOOD), []);
    }

    #[test]
    fn a_member_that_decides_for_itself_is_found() {
        let own = GOOD.replace("edition.workspace = true", "edition = \"2021\"").replace("[lints]", "[lints.clippy]");
        assert_eq!(lines(not_inherited("Cargo.toml", &own)), [1, 1]);
    }

    #[test]
    fn a_version_outside_the_root_is_found() {
        for table in ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"] {
            let text = format!("[package]\nname = \"a\"\n[{table}]\na = \"1\"\nb = {{ path = \"../b\" }}\n");
            assert_eq!(lines(own_versions("Cargo.toml", &text)), [4, 5], "{table}");
        }
        assert_eq!(lines(own_versions("Cargo.toml", "[dependencies.c]\nversion = \"1\"\n")), [2]);
    }

    #[test]
    fn a_root_that_leaves_it_open_is_found() {
        let good =
            "[workspace.lints.rust]\nunsafe_code = \"forbid\" # all\n[profile.release]\noverflow-checks = true\n";
        assert_eq!(undecided(good), []);
        assert_eq!(undecided(&good.replace("true", "false").replace("forbid", "deny")).len(), 2);
    }
}
