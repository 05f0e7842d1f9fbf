//! Applies the table of `rules` to the sources: one test per row, so that a failure has the name of what was broken.

use crate::finding::{Finding, report};
use crate::rules::{Code, Look, RULES, Rule};
use crate::source::{Source, sources};
use crate::syntax::{enclosing_macro, line_of, occurrences};

/// Macros that paste values into text.
const FORMATTERS: &[&str] = &["format", "format_args", "write", "writeln"];

/// The row of that name.
pub fn rule(name: &str) -> &'static Rule {
    RULES.iter().find(|rule| rule.name == name).unwrap_or_else(|| panic!("no rule is called {name}"))
}

/// Every place of a file at which the rule is broken.
pub fn broken(rule: &Rule, source: &Source) -> Vec<Finding> {
    let at_path = |prefixes: &[&str]| prefixes.iter().any(|prefix| source.path.starts_with(prefix));
    if at_path(rule.doors) || !(rule.inside.is_empty() || at_path(rule.inside)) {
        return Vec::new();
    }
    let mut hits = hits(&rule.look, source);
    hits.sort();
    hits.dedup_by_key(|(line, _)| *line);
    hits.retain(|(line, _)| concerns(rule.code, source.is_test(*line)));
    hits.retain(|(line, _)| !rule.excuse.is_some_and(|marker| source.is_excused(*line, marker)));
    let finding = |(line, seen)| Finding {
        path: source.path.clone(),
        line,
        rule: rule.name,
        seen: format!("`{seen}`"),
        instead: rule.instead,
    };
    hits.into_iter().map(finding).collect()
}

fn concerns(code: Code, is_test: bool) -> bool {
    match code {
        Code::Shipped => !is_test,
        Code::Tests => is_test,
        Code::Any => true,
    }
}

/// Lines and what was seen there, before doors and excuses are considered.
fn hits(look: &Look, source: &Source) -> Vec<(usize, String)> {
    match look {
        Look::Names(names) => names.iter().flat_map(|name| named(name, source)).collect(),
        Look::Attributes { names, unless } => source
            .attributes
            .iter()
            .filter(|attribute| names.iter().any(|name| has_attribute(&attribute.text, name)))
            .filter(|attribute| !unless.is_some_and(|words| attribute.text.contains(words)))
            .map(|attribute| (attribute.line, attribute.text.clone()))
            .collect(),
        Look::Text(is_wanted) => texts(*is_wanted, source, |_| true),
        Look::FormattedText(is_wanted) => texts(*is_wanted, source, |at| {
            enclosing_macro(&source.code, at).is_some_and(|name| FORMATTERS.contains(&name))
        }),
    }
}

fn named(name: &str, source: &Source) -> Vec<(usize, String)> {
    let written = occurrences(&source.code, name).into_iter().map(|at| line_of(&source.code, at));
    let imported = source.imports.iter().filter(|(_, path)| !occurrences(path, name).is_empty());
    written.chain(imported.map(|(line, _)| *line)).map(|line| (line, name.to_owned())).collect()
}

/// Whether an attribute is of that name, directly or behind a condition.
fn has_attribute(text: &str, name: &str) -> bool {
    let starts = |part: &str| part.strip_prefix(name).is_some_and(|tail| !tail.starts_with(crate::lexer::is_name));
    starts(text) || (text.starts_with("cfg_attr(") && text.split(',').skip(1).any(starts))
}

fn texts(is_wanted: fn(&str) -> bool, source: &Source, stands_right: impl Fn(usize) -> bool) -> Vec<(usize, String)> {
    let wanted = source.literals.iter().filter(|literal| is_wanted(&literal.text) && stands_right(literal.at));
    wanted.map(|literal| (literal.line, literal.text.chars().take(40).collect())).collect()
}

/// Applies one row to the whole workspace.
#[track_caller]
fn enforce(name: &str) {
    let rule = rule(name);
    let findings: Vec<Finding> = sources().iter().flat_map(|source| broken(rule, source)).collect();
    report(&findings);
}

#[test]
fn only_the_clock_of_engine_reads_the_wall_clock() {
    enforce("wall-clock");
}

#[test]
fn only_clock_and_accept_loop_read_the_monotonic_clock() {
    enforce("monotonic-clock");
}

#[test]
fn the_lower_crates_set_no_timer() {
    enforce("runtime-timer");
}

#[test]
fn only_the_entropy_of_engine_throws_dice() {
    enforce("chance");
}

#[test]
fn domain_iterates_in_a_fixed_order() {
    enforce("domain-maps");
}

#[test]
fn domain_has_no_floating_point() {
    enforce("domain-floats");
}

#[test]
fn domain_touches_nothing_outside() {
    enforce("domain-pure");
}

#[test]
fn only_the_binary_prints() {
    enforce("print");
}

#[test]
fn only_store_knows_the_database_driver() {
    enforce("database-driver");
}

#[test]
fn only_store_contains_sql() {
    enforce("sql-text");
}

#[test]
fn no_statement_is_built_from_text() {
    enforce("sql-formatted");
}

#[test]
fn only_the_edges_know_status_codes() {
    enforce("status-code");
}

#[test]
fn only_the_binary_reads_the_environment() {
    enforce("environment");
}

#[test]
fn only_courier_calls_out() {
    enforce("outgoing-call");
}

#[test]
fn no_request_path_panics() {
    enforce("panic");
}

#[test]
fn every_expectation_is_proved() {
    enforce("unproven");
}

#[test]
fn no_test_is_ignored() {
    enforce("ignored-test");
}

#[test]
fn every_loosened_lint_has_a_reason() {
    enforce("silent-allow");
}

#[test]
fn no_test_sleeps() {
    enforce("test-sleep");
}

#[test]
fn every_row_of_the_table_is_enforced() {
    let this = include_str!("calls.rs");
    for rule in RULES {
        assert!(this.contains(&format!("enforce(\"{}\");", rule.name)), "no test enforces {}", rule.name);
    }
}
