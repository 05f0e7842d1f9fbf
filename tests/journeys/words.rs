//! What pages must say, in every language: the words as they are specified, written down a second time. Names by which journeys find what
//! they press, so a page that words a button differently fails.

/// The words of one language. `…` at the end of a name stands for whatever follows.
pub struct Words {
    /// As browsers name the language they want.
    pub asked: &'static str,
    /// As addresses name it.
    pub code: &'static str,
    /// As documents name it.
    pub tag: &'static str,
    /// What it calls itself.
    pub own_name: &'static str,
    pub phone: &'static str,
    pub country_code: &'static str,
    pub next: &'static str,
    pub cancel: &'static str,
    pub open_wallet: &'static str,
    pub wait_title: &'static str,
    pub check_now: &'static str,
    pub stop_auto: &'static str,
    pub approve: &'static str,
    pub reject: &'static str,
    pub done_ok: &'static str,
    pub done_back: &'static str,
    pub done_cancelled: &'static str,
}

/// Every language, English first.
pub const ALL: [Words; 5] = [ENGLISH, NORWEGIAN, DANISH, FINNISH, SWEDISH];

pub const ENGLISH: Words = Words {
    asked: "en",
    code: "en",
    tag: "en",
    own_name: "English",
    phone: "Phone number",
    country_code: "Country code",
    next: "Next",
    cancel: "Cancel",
    open_wallet: "Open the app",
    wait_title: "Confirm the payment in the app",
    check_now: "Check now",
    stop_auto: "Stop updating by itself",
    approve: "Pay NOK 499.00",
    reject: "Reject",
    done_ok: "Payment approved",
    done_back: "Back to Acme Demo Shop",
    done_cancelled: "The payment was cancelled",
};

pub const NORWEGIAN: Words = Words {
    asked: "nb",
    code: "no",
    tag: "nb",
    own_name: "Norsk",
    phone: "Telefonnummer",
    country_code: "Landkode",
    next: "Neste",
    cancel: "Avbryt",
    open_wallet: "Åpne appen",
    wait_title: "Bekreft betalingen i appen",
    check_now: "Sjekk nå",
    stop_auto: "Stopp automatisk oppdatering",
    approve: "Betal 499,00 kr",
    reject: "Avvis",
    done_ok: "Betalingen er godkjent",
    done_back: "Tilbake til Acme Demo Shop",
    done_cancelled: "Betalingen ble avbrutt",
};

pub const DANISH: Words = Words {
    asked: "da",
    code: "da",
    tag: "da",
    own_name: "Dansk",
    phone: "Telefonnummer",
    country_code: "Landekode",
    next: "Næste",
    cancel: "Annuller",
    open_wallet: "Åbn appen",
    wait_title: "Godkend betalingen i appen",
    check_now: "Tjek nu",
    stop_auto: "Stop automatisk opdatering",
    approve: "Betal 499,00 kr.…",
    reject: "Afvis",
    done_ok: "Betalingen er godkendt",
    done_back: "Tilbage til Acme Demo Shop",
    done_cancelled: "Betalingen blev annulleret",
};

pub const FINNISH: Words = Words {
    asked: "fi",
    code: "fi",
    tag: "fi",
    own_name: "Suomi",
    phone: "Puhelinnumero",
    country_code: "Maatunnus",
    next: "Seuraava",
    cancel: "Peruuta",
    open_wallet: "Avaa sovellus",
    wait_title: "Vahvista maksu sovelluksessa",
    check_now: "Tarkista nyt",
    stop_auto: "Lopeta automaattinen päivitys",
    approve: "Maksa 499,00 kr…",
    reject: "Hylkää",
    done_ok: "Maksu hyväksytty",
    done_back: "Takaisin: Acme Demo Shop",
    done_cancelled: "Maksu peruutettiin",
};

pub const SWEDISH: Words = Words {
    asked: "sv",
    code: "sv",
    tag: "sv",
    own_name: "Svenska",
    phone: "Telefonnummer",
    country_code: "Landskod",
    next: "Nästa",
    cancel: "Avbryt",
    open_wallet: "Öppna appen",
    wait_title: "Bekräfta betalningen i appen",
    check_now: "Kontrollera nu",
    stop_auto: "Stoppa automatisk uppdatering",
    approve: "Betala 499,00 kr…",
    reject: "Avvisa",
    done_ok: "Betalningen är godkänd",
    done_back: "Tillbaka till Acme Demo Shop",
    done_cancelled: "Betalningen avbröts",
};

/// What only English journeys look for.
pub const DONE_EXPIRED: &str = "The request has expired. Nothing was charged";
pub const DONE_WITHDRAWN: &str = "Acme Demo Shop has withdrawn the request";
pub const CANNOT_PAY: &str = "This number can't pay to this business. Try another number";
pub const PHONE_INVALID: &str = "Check the phone number";
pub const TOO_MANY: &str = "Too many attempts";
pub const LINK_DEAD: &str = "This payment link is no longer valid";
pub const CHANGE_NUMBER: &str = "Use another number";
pub const REMEMBER: &str = "Remember me in this browser";
pub const FORGET: &str = "Forget my number";
pub const RECONNECTING: &str = "Connecting again …";
pub const ALREADY_OPEN: &str = "Someone else has already opened this request";
pub const INBOX_EMPTY: &str = "Nothing to pay";
