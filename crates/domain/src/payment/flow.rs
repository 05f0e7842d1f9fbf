//! How a payment is paid and how its payer is asked.

/// What a payer pays with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// A source in the payer's wallet.
    Wallet,
    /// A card that is in no wallet.
    Card,
}

impl Method {
    /// Its published name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wallet => "WALLET",
            Self::Card => "CARD",
        }
    }

    /// The method of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Wallet, Self::Card].into_iter().find(|method| method.name() == name)
    }
}

/// How a payer is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserFlow {
    /// The browser is sent to our page and back.
    WebRedirect,
    /// The shop's app opens the wallet and is opened again.
    NativeRedirect,
    /// The wallet is told; nobody is sent anywhere.
    PushMessage,
    /// The shop shows a code that the payer scans.
    Qr(QrFormat),
}

impl UserFlow {
    /// Its published name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebRedirect => "WEB_REDIRECT",
            Self::NativeRedirect => "NATIVE_REDIRECT",
            Self::PushMessage => "PUSH_MESSAGE",
            Self::Qr(_) => "QR",
        }
    }
}

/// What a shop is handed to show as a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QrFormat {
    /// The text to be encoded; the shop draws the code itself.
    Text,
    /// The address of a picture that scales.
    Svg,
    /// The address of a picture of this many pixels on each side.
    Png(QrSize),
}

/// The side of a picture of a code, in pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QrSize(u16);

impl QrSize {
    /// The least.
    pub const LEAST: Self = Self(100);
    /// The most.
    pub const MOST: Self = Self(2000);
    /// Where nobody says.
    pub const USUAL: Self = Self(1024);

    /// So many pixels, if the limits allow.
    pub const fn new(pixels: u16) -> Option<Self> {
        if pixels >= Self::LEAST.0 && pixels <= Self::MOST.0 { Some(Self(pixels)) } else { None }
    }

    /// The pixels.
    pub const fn pixels(self) -> u16 {
        self.0
    }
}

/// The short name of a payment, in a code that is scanned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ShortLink(pub [u8; 16]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_picture_holds_at_both_edges() {
        for (pixels, good) in [(99, false), (100, true), (2000, true), (2001, false)] {
            assert_eq!(QrSize::new(pixels).is_some(), good, "{pixels}");
        }
    }
}
