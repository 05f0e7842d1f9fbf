//! A request as it is written: its head, and its body beside it.
//!
//! The head is made once for an attempt. Nothing is added to what the message says but what HTTP/1.1 itself needs, `Host` and
//! `Content-Length`; a header that would end the head or begin another one makes no request at all.

use bytes::{Buf, Bytes};

use super::{Failed, Message};
use domain::target::Target;

/// Bytes to be written.
pub(super) struct Request {
    head: Bytes,
    body: Bytes,
}

impl Request {
    pub(super) fn new(target: &Target, message: &Message<'_>) -> Result<Self, Failed> {
        let Message { user_agent, content_type, headers, body, .. } = message;
        let own = [("Content-Type", *content_type), ("User-Agent", *user_agent)];
        if !own.iter().chain(headers.iter()).all(|(name, value)| is_name(name) && is_value(value)) {
            return Err(Failed::Protocol);
        }
        let mut head = format!("POST {} HTTP/1.1\r\nHost: {}\r\n", target.path_and_query(), target.authority());
        let length = body.len().to_string();
        let [kind, agent] = own;
        for (name, value) in [kind, ("Content-Length", &length), agent].iter().chain(headers.iter()) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        Ok(Self { head: head.into(), body: body.clone() })
    }

    /// Everything, from the beginning; of head and body nothing is copied.
    pub(super) fn bytes(&self) -> impl Buf + use<> {
        self.head.clone().chain(self.body.clone())
    }
}

fn is_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(url: &str, headers: &[(&str, &str)]) -> Result<String, Failed> {
        let body = Bytes::from_static(b"{}");
        let message = Message { url, user_agent: "Kasse-Test/1", content_type: "a/b; charset=utf-8", headers, body };
        let request = Request::new(&Target::parse(url).unwrap(), &message)?;
        let mut bytes = request.bytes();
        let bytes = bytes.copy_to_bytes(bytes.remaining());
        Ok(String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn nothing_is_said_but_what_was_asked_for() {
        let written = head("HTTPS://Shop.Example:8443/a/../%7e?b=%2F&c", &[("x-ms-date", "now"), ("X-Y", "")]);
        let expected = "POST /a/../%7e?b=%2F&c HTTP/1.1\r\nHost: shop.example:8443\r\nContent-Type: a/b; charset=utf-8\r\n\
                        Content-Length: 2\r\nUser-Agent: Kasse-Test/1\r\nx-ms-date: now\r\nX-Y: \r\n\r\n{}";
        assert_eq!(written.as_deref(), Ok(expected));
        for (url, line) in [
            ("https://a.example", "POST / HTTP/1.1\r\nHost: a.example\r\n"),
            ("https://a.example:443?q", "POST /?q HTTP/1.1\r\nHost: a.example\r\n"),
            ("http://a.example:443//", "POST // HTTP/1.1\r\nHost: a.example:443\r\n"),
            ("http://[2001:DB8::1]:80/", "POST / HTTP/1.1\r\nHost: [2001:db8::1]\r\n"),
        ] {
            assert!(head(url, &[]).unwrap().starts_with(line), "{url}");
        }
    }

    #[test]
    fn no_header_can_smuggle_another() {
        for bad in
            [("a", "b\r\nc: d"), ("a", "b\nc"), ("a", "\0"), ("a", "å"), ("a: b\r\nc", "d"), ("", "d"), ("a b", "d")]
        {
            assert_eq!(head("http://a.example", &[bad]), Err(Failed::Protocol), "{bad:?}");
        }
    }
}
