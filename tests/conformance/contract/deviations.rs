//! Every deliberate difference from the published contracts, with its reason.

/// A difference that is meant.
pub struct Deviation {
    /// Of which document.
    pub api: &'static str,
    /// Where and what, as the comparison says it.
    pub difference: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// All of them.
pub const DEVIATIONS: &[Deviation] = &[];

/// The page of the manual.
pub fn page() -> String {
    let mut page = String::from(
        "# Deviations from the published contracts\n\n\
         Our documents (`/openapi/access-token.json`, `/openapi/epayment.json`) are compared with the published ones by a\n\
         test: paths, methods, parameters, fields, what is required, and every word of a closed list. These differences are\n\
         meant; there are no others. This page is written from the test's list.\n\n\
         | API | Difference | Reason |\n|---|---|---|\n",
    );
    for Deviation { api, difference, reason } in DEVIATIONS {
        page.push_str(&format!("| {api} | `{difference}` | {reason} |\n"));
    }
    page
}
