//! A small SMTP server written from RFC 5321 (and RFC 3207 for STARTTLS): it keeps what it gets and refuses on request.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::authority::Pair;

/// How the server protects its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// None.
    Clear,
    /// It offers STARTTLS and takes mail only afterwards.
    Starttls,
    /// TLS from the first byte.
    Tls,
}

/// Where in a conversation a reply is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The greeting.
    Greeting,
    /// `EHLO`.
    Ehlo,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`.
    Data,
    /// The end of the message.
    Message,
}

/// A mail that the server took responsibility for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The envelope sender; empty for the null sender.
    pub from: String,
    /// The envelope recipients.
    pub to: Vec<String>,
    /// The message without dot-stuffing, CRLF line ends.
    pub data: Vec<u8>,
    /// Whether it came over TLS.
    pub encrypted: bool,
}

/// A running server. Stops when dropped.
pub struct SmtpServer {
    address: SocketAddr,
    book: Arc<Book>,
    listener: AbortHandle,
}

#[derive(Default)]
struct Book {
    received: Mutex<Vec<Received>>,
    commands: Mutex<Vec<String>>,
    refusals: Mutex<VecDeque<(Step, u16)>>,
    arrived: Notify,
}

impl SmtpServer {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start(protection: Protection) -> Self {
        Self::start_at("127.0.0.1:0".parse().expect("an address"), protection).await
    }

    /// Starts at an address that an earlier server may have had.
    ///
    /// # Panics
    /// When the address is taken.
    pub async fn start_at(address: SocketAddr, protection: Protection) -> Self {
        let listener = TcpListener::bind(address).await.expect("the port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let book = Arc::<Book>::default();
        let task = tokio::spawn(accept(listener, protection, book.clone()));
        Self {
            address,
            book,
            listener: task.abort_handle(),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers `code` at the next `step`, once. Several calls refuse several times.
    pub fn refuse(&self, step: Step, code: u16) {
        locked(&self.book.refusals).push_back((step, code));
    }

    /// The mails so far.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        locked(&self.book.received).clone()
    }

    /// Waits until there are `count` mails.
    ///
    /// # Panics
    /// When they do not come within ten seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let enough = async {
            loop {
                let arrived = self.book.arrived.notified();
                let received = self.received();
                if received.len() >= count {
                    return received;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), enough)
            .await
            .expect("the mails arrive")
    }

    /// All command lines so far, of all connections.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        locked(&self.book.commands).clone()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Book {
    /// The reply at `step`: the scripted one, or `usual`.
    fn reply(&self, step: Step, usual: u16) -> u16 {
        let mut refusals = locked(&self.refusals);
        let scripted = refusals
            .iter()
            .position(|(at, _)| *at == step)
            .and_then(|i| refusals.remove(i));
        scripted.map_or(usual, |(_, code)| code)
    }
}

async fn accept(listener: TcpListener, protection: Protection, book: Arc<Book>) {
    // The set ends its conversations when the server is dropped.
    let mut conversations = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        conversations.spawn(converse(socket, protection, book.clone()));
    }
}

async fn converse(socket: TcpStream, protection: Protection, book: Arc<Book>) -> std::io::Result<()> {
    if protection == Protection::Tls {
        let secured = acceptor().accept(socket).await?;
        return session(
            &mut BufReader::new(secured),
            Talk {
                book,
                greet: true,
                encrypted: true,
                offer: false,
            },
        )
        .await
        .map(drop);
    }
    let mut plain = BufReader::new(socket);
    let offer = protection == Protection::Starttls;
    let upgrade = session(
        &mut plain,
        Talk {
            book: book.clone(),
            greet: true,
            encrypted: false,
            offer,
        },
    )
    .await?;
    if upgrade {
        let secured = acceptor().accept(plain.into_inner()).await?;
        session(
            &mut BufReader::new(secured),
            Talk {
                book,
                greet: false,
                encrypted: true,
                offer: false,
            },
        )
        .await?;
    }
    Ok(())
}

struct Talk {
    book: Arc<Book>,
    greet: bool,
    encrypted: bool,
    offer: bool,
}

/// One SMTP session; true when the client asked for STARTTLS.
async fn session<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    talk: Talk,
) -> std::io::Result<bool> {
    let book = &talk.book;
    if talk.greet {
        say(stream, book.reply(Step::Greeting, 220)).await?;
    }
    let (mut from, mut to) = (None, Vec::new());
    let mut line = String::new();
    while read_line(stream, &mut line).await? {
        locked(&book.commands).push(line.clone());
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let code = match verb.as_str() {
            "EHLO" if talk.offer => {
                stream.write_all(b"250-test\r\n250 STARTTLS\r\n").await?;
                continue;
            }
            "EHLO" => book.reply(Step::Ehlo, 250),
            "STARTTLS" if talk.offer => {
                say(stream, 220).await?;
                return Ok(true);
            }
            "MAIL" if talk.offer => 530,
            "MAIL" => store(&mut from, bracketed(&line), book.reply(Step::Mail, 250)),
            "RCPT" if from.is_none() => 503,
            "RCPT" => {
                let code = book.reply(Step::Rcpt, 250);
                to.extend((code == 250).then(|| bracketed(&line)));
                code
            }
            "DATA" if to.is_empty() => 503,
            "DATA" => book.reply(Step::Data, 354),
            "RSET" | "NOOP" => 250,
            "QUIT" => {
                say(stream, 221).await?;
                return Ok(false);
            }
            _ => 502,
        };
        say(stream, code).await?;
        if code == 354 {
            let data = message(stream).await?;
            let code = book.reply(Step::Message, 250);
            if code == 250 {
                let (from, to) = (from.take().unwrap_or_default(), std::mem::take(&mut to));
                locked(&book.received).push(Received {
                    from,
                    to,
                    data,
                    encrypted: talk.encrypted,
                });
                book.arrived.notify_waiters();
            }
            say(stream, code).await?;
        }
    }
    Ok(false)
}

fn store(from: &mut Option<String>, given: String, code: u16) -> u16 {
    if code == 250 {
        *from = Some(given);
    }
    code
}

/// RFC 5321 section 4.5.2: ends at a lone dot; a leading dot is removed from other lines.
async fn message<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<Vec<u8>> {
    let mut data = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).await?;
        if line == b".\r\n" || line.is_empty() {
            return Ok(data);
        }
        data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

async fn read_line<S: AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
    line: &mut String,
) -> std::io::Result<bool> {
    line.clear();
    let read = stream.read_line(line).await?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(read > 0)
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, code: u16) -> std::io::Result<()> {
    stream
        .write_all(format!("{code} says the test\r\n").as_bytes())
        .await?;
    stream.flush().await
}

fn bracketed(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or("", |(inner, _)| inner)
        .to_owned()
}

/// The authority that signed the server's certificate.
#[must_use]
pub fn authority_file() -> std::path::PathBuf {
    fixtures().join("authority.pem")
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/smtp")
}

fn acceptor() -> TlsAcceptor {
    let read = |name: &str| std::fs::read_to_string(fixtures().join(name)).expect("a fixture");
    let pair = Pair {
        certificate: read("server.pem"),
        key: read("server.key"),
    };
    pair.acceptor()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
