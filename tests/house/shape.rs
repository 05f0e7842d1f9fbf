//! Shape: a file opens by saying what it is for and is short enough to read, so is a function, and nothing is left
//! half done.

use crate::finding::{Finding, report};
use crate::lexer::is_name;
use crate::source::{Source, sources};
use crate::syntax::functions;

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_COLUMNS_MAX: usize = 140;
const HEADER_LINES: usize = 3;

/// Words of unfinished work. Text in quotes may say them: one of them is a currency that does not exist.
const UNFINISHED: &[&str] = &["TODO", "FIXME", "XXX", "todo"];

fn headless(source: &Source) -> Vec<Finding> {
    let has_header = source.text.lines().take(HEADER_LINES).any(|line| line.starts_with("//!"));
    let instead = "open with `//!`: what it is for, what it promises, what it never does";
    if has_header { Vec::new() } else { vec![finding(source, 1, "header", "no module header".to_owned(), instead)] }
}

fn long_file(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    let instead = "split it: a file is one idea";
    let found = (lines > FILE_LINES_MAX).then(|| {
        let seen = format!("{lines} lines, more than {FILE_LINES_MAX}");
        finding(source, FILE_LINES_MAX + 1, "file-length", seen, instead)
    });
    found.into_iter().collect()
}

fn long_functions(source: &Source) -> Vec<Finding> {
    let shipped = functions(&source.code).into_iter().filter(|function| !source.is_test(function.first_line));
    let measured = shipped.map(|function| (function.last_line - function.first_line + 1, function));
    let long = measured.filter(|(lines, _)| *lines > FUNCTION_LINES_MAX);
    let instead = "keep the decisions here and move each step into a function with a name";
    let describe = |(lines, function): (usize, crate::syntax::Function)| {
        let seen = format!("`{}` has {lines} lines, more than {FUNCTION_LINES_MAX}", function.name);
        finding(source, function.first_line, "function-length", seen, instead)
    };
    long.map(describe).collect()
}

fn trailing_space(source: &Source) -> Vec<Finding> {
    let instead = "run `cargo fmt`; in a literal write the space as an escape";
    let ends_blank = |line: &str| line.ends_with([' ', '\t', '\r']);
    let describe = |line| finding(source, line, "trailing-space", "space at the end of the line".to_owned(), instead);
    raw_lines(source).filter(|(_, line)| ends_blank(line)).map(|(number, _)| describe(number)).collect()
}

fn long_lines(source: &Source) -> Vec<Finding> {
    let measured = raw_lines(source).map(|(number, line)| (number, line.chars().count()));
    let instead = "break it: two files should fit beside each other";
    let describe = |(number, columns)| {
        let seen = format!("{columns} columns, more than {LINE_COLUMNS_MAX}");
        finding(source, number, "line-length", seen, instead)
    };
    measured.filter(|(_, columns)| *columns > LINE_COLUMNS_MAX).map(describe).collect()
}

fn unfinished(source: &Source) -> Vec<Finding> {
    let words = |line: &str| -> Option<&'static str> {
        let said: Vec<&str> = line.split(|c| !is_name(c)).collect();
        UNFINISHED.iter().copied().find(|word| said.contains(word))
    };
    let views = source.code.lines().zip(&source.comments).enumerate();
    let found = views.filter_map(|(index, (code, comment))| Some((index + 1, words(code).or_else(|| words(comment))?)));
    let instead = "finish it, or write down as a fact what is not done and why";
    found.map(|(line, word)| finding(source, line, "unfinished", format!("`{word}`"), instead)).collect()
}

fn raw_lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.text.split('\n').enumerate().map(|(index, line)| (index + 1, line))
}

fn finding(source: &Source, line: usize, rule: &'static str, seen: String, instead: &'static str) -> Finding {
    Finding { path: source.path.clone(), line, rule, seen, instead }
}

/// Applies one rule to the whole workspace.
#[track_caller]
fn enforce(rule: fn(&Source) -> Vec<Finding>) {
    report(&sources().iter().flat_map(rule).collect::<Vec<Finding>>());
}

#[test]
fn every_file_opens_with_a_header() {
    enforce(headless);
}

#[test]
fn every_file_can_be_read_in_one_go() {
    enforce(long_file);
}

#[test]
fn every_function_fits_a_screen() {
    enforce(long_functions);
}

#[test]
fn no_line_ends_in_space() {
    enforce(trailing_space);
}

#[test]
fn no_line_is_too_long() {
    enforce(long_lines);
}

#[test]
fn nothing_is_marked_unfinished() {
    enforce(unfinished);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Source) -> Vec<Finding>, text: &str, lines: &[usize]) {
        let found: Vec<usize> =
            rule(&Source::new("crates/api/src/lib.rs", text)).iter().map(|finding| finding.line).collect();
        assert_eq!(found, lines);
    }

    #[test]
    fn a_missing_header_is_found() {
        check(headless, "fn main() {}\n", &[1]);
        check(headless, "\n\n\n//! Too late.\n", &[1]);
        check(headless, "#![no_std]\n//! In time.\n", &[]);
    }

    #[test]
    fn a_long_file_is_found() {
        check(long_file, &"\n".repeat(600), &[]);
        check(long_file, &"\n".repeat(601), &[601]);
    }

    #[test]
    fn a_long_function_is_found_by_name() {
        let function = |inside: usize| format!("\nfn long(x: u8) {{{}}}\n", "\n".repeat(inside));
        check(long_functions, &function(69), &[]);
        check(long_functions, &function(70), &[2]);
        check(long_functions, &format!("#[cfg(test)]\nmod tests {{{}}}", function(70)), &[]);
        let found = long_functions(&Source::new("a.rs", &function(70)));
        assert!(found.first().is_some_and(|finding| finding.seen.contains("`long` has 71 lines")));
    }

    #[test]
    fn space_at_the_end_is_found() {
        check(trailing_space, "fn a() {} \n\n\t\nfn b() {}\r\n", &[1, 3, 4]);
    }

    #[test]
    fn a_long_line_is_found() {
        check(long_lines, &format!("{}\n{}\n", "é".repeat(140), "x".repeat(141)), &[2]);
    }

    #[test]
    fn unfinished_work_is_found() {
        check(
            unfinished,
            "// TODO\nfn a() { todo!() }\n/* a\n XXX b */\nlet todos = \"XXX\"; // FIXME: x",
            &[1, 2, 4, 5],
        );
        check(unfinished, "let unknown = \"XXX\"; // METODO, todos\n", &[]);
    }
}
