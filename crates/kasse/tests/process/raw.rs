//! A client that is only a socket: it sends bytes when told to and shows the bytes that came back.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
};

use crate::child::PATIENCE;

pub(crate) struct Raw(TcpStream);

impl Raw {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).expect("the server listens")
    }

    pub(crate) fn try_connect(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Self(stream))
    }

    /// Sends; a server that has gone shows when reading.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _gone_shows_when_reading = self.0.write_all(bytes.as_ref());
    }

    /// Sends no more.
    pub(crate) fn end(&mut self) {
        let _gone_already = self.0.shutdown(Shutdown::Write);
    }

    /// What comes up to and with `end`, or up to the end of the connection.
    pub(crate) fn until(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        let mut byte = [0];
        while !text.ends_with(end.as_bytes()) {
            match self.0.read(&mut byte) {
                Ok(0) => break,
                Ok(_) => text.extend_from_slice(&byte),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                Err(error) => panic!("{error} after {}", String::from_utf8_lossy(&text)),
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Everything up to the end of the connection.
    pub(crate) fn rest(&mut self) -> String {
        self.until("\0never sent\0")
    }
}
