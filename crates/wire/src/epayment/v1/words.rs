//! The closed lists of words of the contract, as they are written.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$docs:meta])* $name:ident { $($(#[$word_docs:meta])* $word:ident = $text:tt,)+ })*) => {$(
        $(#[$docs])*
        #[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$word_docs])* #[serde(rename = $text)] $word,)+
        }
    )*};
}

words! {
    /// ISO 4217. Which one a sales unit is paid in follows from its market.
    Currency {
        /// Norwegian krone.
        Nok = "NOK",
        /// Danish krone.
        Dkk = "DKK",
        /// Euro.
        Eur = "EUR",
        /// Swedish krone.
        Sek = "SEK",
        /// US dollar.
        Usd = "USD",
        /// Pound sterling.
        Gbp = "GBP",
    }

    /// What the payer pays with.
    PaymentMethodType {
        /// A source in the payer's wallet.
        Wallet = "WALLET",
        /// A card that is in no wallet; only with `WEB_REDIRECT`.
        Card = "CARD",
    }

    /// What may not pay.
    BlockedPaymentSource {
        /// Cards of companies; not in Norway.
        CommercialCards = "COMMERCIAL_CARDS",
    }

    /// How the payer is asked.
    UserFlow {
        /// By a push to the wallet.
        PushMessage = "PUSH_MESSAGE",
        /// By opening the wallet from the shop's app.
        NativeRedirect = "NATIVE_REDIRECT",
        /// By sending the browser to a page.
        WebRedirect = "WEB_REDIRECT",
        /// By a code that is scanned.
        Qr = "QR",
    }

    /// Whether the payer stands in the shop.
    CustomerInteraction {
        /// Yes.
        Present = "CUSTOMER_PRESENT",
        /// No.
        NotPresent = "CUSTOMER_NOT_PRESENT",
    }

    /// What a shop is handed for a code.
    QrImageFormat {
        /// The text to be encoded.
        Text = "TEXT/TARGETURL",
        /// The address of a picture that scales.
        Svg = "IMAGE/SVG+XML",
        /// The address of a bitmap.
        Png = "IMAGE/PNG",
    }

    /// Where a payment stands.
    State {
        /// Nobody has acted on it yet.
        Created = "CREATED",
        /// The payer refused.
        Aborted = "ABORTED",
        /// Nobody acted in time.
        Expired = "EXPIRED",
        /// The payer approved; stays so through capture, refund and cancel.
        Authorized = "AUTHORIZED",
        /// The merchant cancelled before the payer approved.
        Terminated = "TERMINATED",
    }

    /// What happened to a payment.
    PaymentEventName {
        /// The merchant asked for it.
        Created = "CREATED",
        /// The payer refused.
        Aborted = "ABORTED",
        /// Nobody acted in time.
        Expired = "EXPIRED",
        /// What was not captured was released.
        Cancelled = "CANCELLED",
        /// The merchant took so much.
        Captured = "CAPTURED",
        /// The merchant gave so much back.
        Refunded = "REFUNDED",
        /// The payer approved.
        Authorized = "AUTHORIZED",
        /// The merchant cancelled before the payer approved.
        Terminated = "TERMINATED",
    }

    /// What a quantity is counted in.
    QuantityUnit {
        /// Pieces.
        Pcs = "PCS",
        /// Kilograms.
        Kg = "KG",
        /// Kilometres.
        Km = "KM",
        /// Minutes.
        Minute = "MINUTE",
        /// Litres.
        Litre = "LITRE",
        /// Kilowatt-hours.
        Kwh = "KWH",
    }

    /// How a barcode is drawn.
    BarcodeFormat {
        /// Thirteen digits.
        Ean13 = "EAN-13",
        /// Code 39.
        Code39 = "CODE 39",
        /// Code 128.
        Code128 = "CODE 128",
    }

    /// Where something is delivered to.
    ShippingType {
        /// To the door.
        HomeDelivery = "HOME_DELIVERY",
        /// To a place where it is picked up.
        PickupPoint = "PICKUP_POINT",
        /// To the mailbox.
        Mailbox = "MAILBOX",
        /// To a shop.
        InStore = "IN_STORE",
        /// To somewhere else.
        Other = "OTHER",
    }

    /// Who delivers.
    ShippingBrand {
        /// Posten.
        Posten = "POSTEN",
        /// Bring.
        Bring = "BRING",
        /// PostNord.
        Postnord = "POSTNORD",
        /// Helthjem.
        Helthjem = "HELTHJEM",
        /// Porterbuddy.
        Porterbuddy = "PORTERBUDDY",
        /// DHL.
        Dhl = "DHL",
        /// Instabox.
        Instabox = "INSTABOX",
        /// FedEx.
        Fedex = "FEDEX",
        /// Matkahuolto.
        Matkahuolto = "MATKAHUOLTO",
        /// GLS.
        Gls = "GLS",
        /// Posti.
        Posti = "POSTI",
        /// Gordon.
        Gordon = "GORDON",
        /// Somebody else.
        Other = "OTHER",
    }
}
