//! The Rust files of the workspace, read once, and for each line whether it is test code.
//!
//! Looked at are `crates/*/src`, `crates/*/tests` and `tests`; build output and hidden folders are left out. Test code
//! is anything below a `tests` folder and anything that only exists under `cfg(test)`, also when such a module lives in
//! a file of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::lexer::{Literal, lex};
use crate::syntax::{Attribute, attributes, imports, item_end, line_of, name_at, rest};

/// One file, ready for the rules.
pub struct Source {
    /// Relative to the workspace root, with forward slashes.
    pub path: String,
    pub text: String,
    pub code: String,
    pub comments: Vec<String>,
    pub literals: Vec<Literal>,
    pub attributes: Vec<Attribute>,
    /// Every path brought in by a `use`, and its line.
    pub imports: Vec<(usize, String)>,
    /// Numbers of the lines that hold test code.
    test_lines: BTreeSet<usize>,
    /// Modules that exist only under `cfg(test)` and have a file of their own.
    test_modules: Vec<String>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let lexed = lex(text);
        let mut source = Self {
            path: path.to_owned(),
            text: text.to_owned(),
            comments: lexed.comments.lines().map(str::to_owned).collect(),
            attributes: attributes(&lexed.code),
            imports: imports(&lexed.code),
            code: lexed.code,
            literals: lexed.literals,
            test_lines: BTreeSet::new(),
            test_modules: Vec::new(),
        };
        source.mark_test_code();
        source
    }

    pub fn is_test(&self, line: usize) -> bool {
        self.test_lines.contains(&line)
    }

    /// Whether the line, or the comment right above it, carries a marker followed by a reason.
    pub fn is_excused(&self, line: usize, marker: &str) -> bool {
        let carries = |line: usize| {
            let comment = line.checked_sub(1).and_then(|index| self.comments.get(index));
            comment.and_then(|text| text.split_once(marker)).is_some_and(|(_, reason)| !reason.trim().is_empty())
        };
        let is_comment_line = |line: &usize| {
            let index = line.saturating_sub(1);
            let has_code = self.code.lines().nth(index).is_some_and(|code| !code.trim().is_empty());
            !has_code && self.comments.get(index).is_some_and(|text| !text.trim().is_empty())
        };
        carries(line) || (1..line).rev().take_while(is_comment_line).any(carries)
    }

    fn mark_test_code(&mut self) {
        let last = self.text.lines().count() + 1;
        let folders: Vec<&str> = self.path.split('/').collect();
        if matches!(folders.as_slice(), ["tests", ..] | ["crates", _, "tests", ..]) {
            self.test_lines.extend(1..=last);
        }
        for attribute in self.attributes.iter().filter(|found| is_test_only(&found.text)) {
            if attribute.inner {
                self.test_lines.extend(1..=last);
                continue;
            }
            let end = item_end(&self.code, attribute.end);
            self.test_lines.extend(attribute.line..=line_of(&self.code, end));
            if rest(&self.code, end).starts_with(';') {
                let item = self.code.get(attribute.end..end).unwrap_or_default();
                let named = item.split_whitespace().skip_while(|word| *word != "mod").nth(1);
                self.test_modules.extend(named.map(|name| name_at(name, 0).to_owned()));
            }
        }
    }

    /// Paths, without ending, at which the files of the test modules lie.
    fn test_module_paths(&self) -> impl Iterator<Item = String> {
        let stem = self.path.trim_end_matches(".rs");
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        let base = if matches!(name, "lib" | "main" | "mod") { folder } else { stem };
        self.test_modules.iter().map(move |module| format!("{base}/{module}"))
    }
}

/// Whether an attribute keeps its item out of what is shipped.
fn is_test_only(attribute: &str) -> bool {
    let path = attribute.split('(').next().unwrap_or_default();
    let all = attribute.strip_prefix("cfg(all(").unwrap_or_default();
    path.rsplit("::").next() == Some("test")
        || attribute == "cfg(test)"
        || all.trim_end_matches(')').split(',').any(|condition| condition == "test")
}

/// The folder above this package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests live in a folder of the workspace")
}

/// Every Rust file the rules look at.
pub fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut paths = Vec::new();
        for member in entries(&root().join("crates")) {
            walk(&member.join("src"), &mut paths);
            walk(&member.join("tests"), &mut paths);
        }
        walk(&root().join("tests"), &mut paths);
        let mut sources: Vec<Source> = paths.iter().map(|path| read(path)).collect();
        mark_test_files(&mut sources);
        sources
    })
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let relative = path.strip_prefix(root()).expect("only files below the root are walked");
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    Source::new(&parts.join("/"), &text)
}

/// Files of modules that are declared under `cfg(test)` elsewhere are test code as a whole.
fn mark_test_files(sources: &mut [Source]) {
    let modules: Vec<String> = sources.iter().flat_map(Source::test_module_paths).collect();
    for source in sources {
        let is_module = |module: &String| {
            let below = source.path.strip_prefix(module.as_str());
            below.is_some_and(|below| below == ".rs" || below.starts_with('/'))
        };
        if modules.iter().any(is_module) {
            source.test_lines.extend(1..=source.text.lines().count() + 1);
        }
    }
}

/// Collects the Rust files below a folder; a folder that does not exist has none.
fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || name == "target" || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, paths);
        } else if name.ends_with(".rs") {
            paths.push(path);
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_lines(path: &str, text: &str) -> Vec<usize> {
        Source::new(path, text).test_lines.into_iter().collect()
    }

    #[test]
    fn the_walk_finds_the_workspace() {
        let found: Vec<&str> = sources().iter().map(|source| source.path.as_str()).collect();
        for expected in ["crates/domain/src/lib.rs", "crates/kasse/src/main.rs", "tests/house/source.rs"] {
            assert!(found.contains(&expected), "{expected} is not among the {} files found", found.len());
        }
        assert!(found.iter().all(|path| !path.contains("target/")));
    }

    #[test]
    fn test_code_is_told_from_shipped_code() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}";
        assert_eq!(test_lines("crates/api/src/lib.rs", code), [2, 3, 4, 5]);
        assert_eq!(
            test_lines("crates/api/src/lib.rs", "#[tokio::test(x = 1)]\nasync fn t() {\n}\nfn c() {}"),
            [1, 2, 3]
        );
        assert_eq!(test_lines("crates/api/src/lib.rs", "#[cfg(all(unix, test))]\nuse a::b;\nfn c() {}"), [1, 2]);
        assert_eq!(test_lines("crates/api/src/lib.rs", "#[cfg(not(test))]\nfn c() {}"), [0_usize; 0]);
        assert_eq!(test_lines("crates/api/tests/a.rs", "fn a() {}"), [1, 2]);
        assert_eq!(test_lines("crates/api/src/a.rs", "#![cfg(test)]"), [1, 2]);
    }

    #[test]
    fn a_test_module_in_its_own_file_is_test_code() {
        let mut sources = [
            Source::new("crates/api/src/order.rs", "#[cfg(test)]\nmod tests;"),
            Source::new("crates/api/src/order/tests.rs", "fn a() {}"),
            Source::new("crates/api/src/tests_of_nothing.rs", "fn a() {}"),
        ];
        mark_test_files(&mut sources);
        assert_eq!(sources.map(|source| source.is_test(1)), [true, true, false]);
    }

    #[test]
    fn an_excuse_needs_a_reason_and_must_be_close() {
        let source = Source::new("a.rs", "a(); // proof: it is\n// proof: because\n// of that\nb();\nc(); // proof:\n");
        let excused: Vec<usize> = (1..=5).filter(|line| source.is_excused(*line, "proof:")).collect();
        assert_eq!(excused, [1, 2, 3, 4]);
    }
}
