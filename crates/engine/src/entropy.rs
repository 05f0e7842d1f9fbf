//! The door to chance.
//!
//! Every id, key and trace is drawn here, so that a run with a seeded source can be replayed.

use ring::rand::{SecureRandom as _, SystemRandom};

/// Where chance comes from.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` with what nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Entropy {
    /// So many bytes nobody can guess.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// The bytes of a random UUID (version 4).
    pub fn uuid(&self) -> [u8; 16] {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().into_bytes()
    }
}

/// The operating system's source.
#[derive(Debug)]
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// The operating system's source.
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if self.0.fill(bytes).is_err() {
            // Nothing this program makes would be safe without chance, and going on with a guessable id is worse than stopping.
            std::process::abort();
        }
    }
}
