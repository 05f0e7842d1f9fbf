//! What a journey needs: a real browser that is told what a person would do, a merchant's own pages, and a server to pay at.
//!
//! [`Stage::start`] begins a test, [`Stage::finish`] ends it and finds nothing in the browsers' consoles. A [`Browser`] finds what it
//! clicks by the name that assistive technology reads out, and waits for what the page shows, never for a while. Everything has a limit:
//! a browser that does not start or answer is a failed test that says so.

mod actions;
mod axe;
mod browser;
mod driver;
mod merchant;
mod pictures;
mod session;
mod stage;

pub use actions::{ENTER, ESCAPE, SPACE, TAB};
pub use axe::{axe, axe_of_colours};
pub use browser::{Browser, Wishes};
pub use merchant::Merchant;
pub use pictures::{THEMES, take_pictures};
pub use session::poll;
pub use stage::Stage;
