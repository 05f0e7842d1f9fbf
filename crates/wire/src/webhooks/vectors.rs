//! The vectors every signature is measured by. The first and the last are those of the real platform and of a public client.

use super::{
    signature::{Signed, sign},
    target::Target,
};

/// A delivery whose signature is known.
pub(super) struct Vector {
    pub(super) secret: &'static str,
    pub(super) url: &'static str,
    pub(super) body: &'static str,
    pub(super) date: &'static str,
    pub(super) content_hash: &'static str,
    pub(super) signature: &'static str,
}

impl Vector {
    pub(super) fn sign(&self) -> Signed {
        let target = Target::of(self.url).unwrap();
        sign(self.secret, &target.path_and_query, &target.host(), self.date, self.body.as_bytes())
    }
}

pub(super) const VECTORS: [Vector; 4] = [
    Vector {
        secret: "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A==",
        url: "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63",
        body: r#"{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}"#,
        date: "Thu, 30 Mar 2023 08:38:32 GMT",
        content_hash: "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=",
        signature: "agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U=",
    },
    Vector {
        secret: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
        url: "https://shop.example.com:8443/hooks/vipps?callback=webhook&shop=7",
        body: concat!(
            r#"{"msn":"123456","reference":"acme-shop-123-order123abc","pspReference":"dd8e0a8e-2b26-40ed-98f1-1d5832fc129f","#,
            r#""name":"AUTHORIZED","amount":{"currency":"NOK","value":49900},"timestamp":"2026-01-19T16:26:32.099Z","#,
            r#""idempotencyKey":"7c8b81e7-b08b-46e4-9729-191cb801c132","success":true}"#
        ),
        date: "Mon, 19 Jan 2026 16:26:33 GMT",
        content_hash: "RPYlXrJ8cvZrUj9Od+KEKzwh+CcAKTQFt4l56m3OK24=",
        signature: "izuFmjaBTQvq88/qUzu/LQeQ20NjGJ1odSTh4tuvYTU=",
    },
    Vector {
        secret: "090a478d-37ff-4e77-970e-d457aeb26a3a",
        url: "http://localhost:3000/",
        body: r#"{"name":"CAPTURED","note":"Blåbærsyltetøy €"}"#,
        date: "Tue, 03 Mar 2026 09:05:07 GMT",
        content_hash: "fFr7dTiukTb3HcpGWFh6LKl6CZ7eT5xHz9I4lEvN9A0=",
        signature: "Xs5MOLnTeUXc5iuWMDTHkE4D77xq6XwqyBwxU79dyso=",
    },
    Vector {
        secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        url: "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63",
        body: r#"{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}"#,
        date: "Thu, 30 Mar 2023 08:38:32 GMT",
        content_hash: "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=",
        signature: "u4zz3dyO3c3xJwl36rPpn1n7WF75u6r2epjH70MZTGM=",
    },
];
