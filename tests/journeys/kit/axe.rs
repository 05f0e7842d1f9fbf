//! The accessibility rules of axe-core, asked of a page. `./test` fetches them; they are no part of this project.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use serde_json::{Value, json};

use super::Browser;

/// Where `./test` puts it; `KASSE_AXE` names another place.
const PLACE: &str = "../target/axe/node_modules/axe-core/axe.min.js";

/// Every rule.
const RULES: &str =
    "{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }";
/// The rules that depend on colours: only these can differ between themes.
const RULES_OF_COLOURS: &str = "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }";
/// All violations are wanted, with the elements that violate. It must fetch nothing: pages allow it no connection.
const RUN: &str = "axe.run(document, { preload: false, resultTypes: ['violations'], runOnly: RULES }).then(found => found.violations.map( \
    rule => rule.id + ': ' + rule.help + ': ' + rule.nodes.map(node => node.html + ' (' + node.failureSummary + ')').join(' | ')))";

/// The rules the page of this browser violates, each with where.
pub async fn axe(browser: &Browser) -> Vec<String> {
    violated(browser, RULES).await
}

/// Those of its colours.
pub async fn axe_of_colours(browser: &Browser) -> Vec<String> {
    violated(browser, RULES_OF_COLOURS).await
}

async fn violated(browser: &Browser, rules: &str) -> Vec<String> {
    if browser.ask("return typeof window.axe").await == "undefined" {
        evaluate(browser, source()).await;
    }
    let violations = evaluate(browser, &RUN.replace("RULES", rules)).await;
    let violations = violations.as_array().unwrap_or_else(|| panic!("axe found no answer: {violations}"));
    violations.iter().map(|violation| violation.as_str().unwrap_or_default().to_owned()).collect()
}

async fn evaluate(browser: &Browser, expression: &str) -> Value {
    let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
    let mut answer = browser.session.devtools("Runtime.evaluate", parameters).await;
    assert!(answer["exceptionDetails"].is_null(), "axe failed: {}", answer["exceptionDetails"]);
    answer["result"]["value"].take()
}

fn source() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join(PLACE);
        let path = std::env::var_os("KASSE_AXE").map_or(usual, PathBuf::from);
        fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("axe-core is missing at {}; ./test fetches it with npm", path.display()))
    })
}
