//! What a rule says when it is broken: where, which rule, what was seen, what to do instead.

use std::fmt;

/// One broken rule at one place.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Relative to the workspace root, with forward slashes.
    pub path: String,
    /// Counted from one.
    pub line: usize,
    /// The name of the rule, as a reader would search for it.
    pub rule: &'static str,
    /// What stands there.
    pub seen: String,
    /// The way out.
    pub instead: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, rule, seen, instead } = self;
        write!(out, "{path}:{line}: [{rule}] {seen}; instead: {instead}")
    }
}

/// Fails the running test when there is anything to report, with all of it at once.
#[track_caller]
pub fn report(findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let list: Vec<String> = findings.iter().map(Finding::to_string).collect();
    panic!("{} broken house rule(s):\n{}", list.len(), list.join("\n"));
}

#[test]
fn a_finding_names_place_rule_and_way_out() {
    let finding = Finding {
        path: "crates/api/src/lib.rs".to_owned(),
        line: 7,
        rule: "sample",
        seen: "`x`".to_owned(),
        instead: "write `y`",
    };
    assert_eq!(finding.to_string(), "crates/api/src/lib.rs:7: [sample] `x`; instead: write `y`");
}

#[test]
#[should_panic(expected = "1 broken house rule(s)")]
fn a_report_with_a_finding_fails() {
    report(&[Finding { path: String::new(), line: 1, rule: "sample", seen: String::new(), instead: "" }]);
}
