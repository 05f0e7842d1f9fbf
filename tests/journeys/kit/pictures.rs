//! Pictures of pages, for people to look at: in `target/screenshots`, where `KASSE_SCREENSHOTS` is set.

use std::{fs, path::Path};

use super::Browser;

const PLACE: &str = "../target/screenshots";
/// The colours a browser may prefer.
pub const THEMES: [&str; 2] = ["light", "dark"];

const WIDTHS: [u32; 3] = [320, 768, 1280];

/// Takes pictures of the page a browser shows, at three widths in both themes, where anybody wants them.
pub async fn take_pictures(browser: &Browser, name: &str) {
    if std::env::var_os("KASSE_SCREENSHOTS").is_none() {
        return;
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(PLACE);
    fs::create_dir_all(&place).expect("a directory for pictures");
    for theme in THEMES {
        browser.prefer_colours(theme).await;
        for width in WIDTHS {
            browser.resize(width).await;
            let file = place.join(format!("{name}-{width}-{theme}.png"));
            fs::write(file, browser.picture().await).expect("a picture can be kept");
        }
    }
}
