//! The README does what it says: its commands are run against the real binary, and its answers are the answers.
//!
//! Ids, times and links differ from run to run and are compared by their presence only.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

const ADDRESS: &str = "http://127.0.0.1:8080";

/// A block of commands, with the answer shown below it if there is one.
struct Block {
    commands: String,
    answer: Option<String>,
}

#[test]
fn the_first_payment_runs_as_written() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&directory.path().join("data"));
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let walk = text.split("## A first payment").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = blocks(walk);
    assert!(blocks.iter().filter(|block| block.answer.is_some()).count() >= 7, "the walk has lost its answers");
    let mut script = String::from("set -euo pipefail\n");
    for block in &blocks {
        script.push_str(&block.commands.replace(ADDRESS, &server.url));
        script.push_str("\nprintf '\\n\\036'\n");
    }
    let run = Command::new("bash").arg("-c").arg(&script).current_dir(directory.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let output = String::from_utf8(run.stdout).unwrap();
    let answers: Vec<&str> = output.split('\u{1e}').collect();
    for (block, found) in blocks.iter().zip(answers) {
        let expected = block.answer.as_deref().unwrap_or_default();
        assert_eq!(masked(found.trim()), masked(expected.trim()), "after\n{}", block.commands);
    }
}

fn blocks(walk: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for fenced in walk.split("\n```").collect::<Vec<_>>().chunks(2).filter_map(|pair| pair.get(1)) {
        let (language, content) = fenced.split_once('\n').unwrap();
        match language {
            "sh" => blocks.push(Block { commands: content.to_owned(), answer: None }),
            _ => blocks.last_mut().unwrap().answer = Some(content.to_owned()),
        }
    }
    blocks
}

/// The answer with everything hidden that differs from run to run.
fn masked(answer: &str) -> Value {
    let Ok(mut json) = serde_json::from_str(answer) else { return Value::from(answer) };
    mask(&mut json);
    json
}

fn mask(json: &mut Value) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "pspReference" | "timestamp" | "redirectUrl" | "captureGuaranteedUntil" | "traceId" => {
                        *value = "(any)".into()
                    }
                    _ => mask(value),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(mask),
        _ => {}
    }
}

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kasse"))
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("KASSE_BASE_URL=").map(str::to_owned));
        Self { child, url: url.expect("the server says where it is") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _nothing_to_wait_for = self.child.wait();
    }
}
