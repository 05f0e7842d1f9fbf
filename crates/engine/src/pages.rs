//! What pages give browsers to bring back: codes that show where a form came from, and texts that only this installation can read.
//!
//! Nothing about them is stored. A code of one purpose is none of another.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::Engine;

/// What a request is called in the log, so that a page can say so to whoever asks for help.
#[derive(Clone, Debug)]
pub struct RequestName(pub Arc<str>);

/// Whose browser asks, as far as that is known; behind a declared proxy, whose the proxy says it is.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

const CODE_BYTES: usize = 16;
const NAME_BYTES: usize = 16;

impl Engine {
    /// The code over a text for a purpose: nobody else can make it.
    pub fn page_code(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.code_bytes(purpose, text))
    }

    /// Whether this is the code over the text for the purpose.
    pub fn is_page_code(&self, purpose: &str, text: &str, code: &str) -> bool {
        URL_SAFE_NO_PAD.decode(code).is_ok_and(|given| self.keys.is_same(&self.code_bytes(purpose, text), &given))
    }

    fn code_bytes(&self, purpose: &str, text: &str) -> [u8; CODE_BYTES] {
        self.keys.code(format!("page\0{purpose}\0{text}").as_bytes())
    }

    /// A name nobody can guess, for a browser to be known by.
    pub fn browser_name(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.entropy.bytes::<NAME_BYTES>())
    }

    /// The text so that only this installation reads it.
    pub fn seal_for_browser(&self, purpose: &str, text: &str) -> Option<String> {
        let sealed = self.keys.sealing().seal(sealing_purpose(purpose).as_bytes(), text.as_bytes(), &*self.entropy)?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The text that was sealed for this purpose.
    pub fn open_from_browser(&self, purpose: &str, sealed: &str) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let text = self.keys.sealing().open(sealing_purpose(purpose).as_bytes(), &sealed)?;
        String::from_utf8(text.to_vec()).ok()
    }
}

fn sealing_purpose(purpose: &str) -> String {
    format!("browser\0{purpose}")
}
