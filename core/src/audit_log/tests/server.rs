//! A server of HTTP in this process: real sockets, real status codes, and answers that no server should give.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::audit_log::{AnchorOptions, HttpOptions, HttpTransport, Transport};

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// What is answered.
pub(super) enum Reply {
    /// Status, type, body.
    With(u16, &'static str, Vec<u8>),
    /// A byte now and then, for ever.
    Slow,
    /// So many bytes.
    Long(usize),
    /// So many bytes before there is a body.
    LongHead(usize),
    /// Elsewhere: status, address.
    Redirect(u16, String),
    /// Nothing: the connection ends.
    Gone,
}

pub(super) struct Server {
    pub(super) url: String,
    pub(super) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub(super) fn new(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(None, answer)
    }

    /// Over TLS, or without.
    pub(super) fn with(tls: Option<Arc<ServerConfig>>, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = match tls {
            Some(_) => format!("https://localhost:{}", address.port()),
            None => format!("http://{address}"),
        };
        let (requests, answer) = (Arc::<Mutex<Vec<Request>>>::default(), Arc::new(answer));
        let (seen, connections) = (requests.clone(), Arc::<Mutex<usize>>::default());
        let counted = connections.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                *counted.lock().unwrap() += 1;
                let (stream, seen, answer, tls) = (stream.unwrap(), seen.clone(), answer.clone(), tls.clone());
                thread::spawn(move || match tls {
                    Some(tls) => serve(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream), &seen, &*answer),
                    None => serve(stream, &seen, &*answer),
                });
            }
        });
        Self { url, address, requests, connections }
    }

    pub(super) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// What was posted.
    pub(super) fn posted(&self) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.method == "POST").collect()
    }

    /// The first line of each body: what the client took for the size that the other side knows.
    pub(super) fn first_lines(&self) -> Vec<String> {
        let first = |request: &Request| String::from_utf8_lossy(&request.body).lines().next().unwrap_or_default().to_owned();
        self.posted().iter().map(first).collect()
    }
}

fn serve(mut stream: impl Read + Write, seen: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Reply) {
    let Some(request) = read(&mut stream) else { return };
    seen.lock().unwrap().push(request.clone());
    // Whoever gave up does not read it.
    let _ = write(&mut stream, answer(&request));
    let _ = stream.flush();
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut content_type) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "content-type" => content_type = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, content_type, body })
}

fn write(stream: &mut impl Write, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::With(status, content_type, body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} Status\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            )?;
            stream.write_all(&body)
        }
        Reply::Slow => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n")?;
            loop {
                write!(stream, "X")?;
                stream.flush()?;
                thread::sleep(Duration::from_millis(20));
            }
        }
        Reply::Long(length) => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            let block = [b'a'; 1 << 12];
            (0..length.div_ceil(block.len())).try_for_each(|_| stream.write_all(&block))
        }
        Reply::LongHead(length) => {
            write!(stream, "HTTP/1.1 200 OK\r\n")?;
            (0..length / 64).try_for_each(|n| write!(stream, "X-{n}: {}\r\n", "a".repeat(56)))
        }
        Reply::Redirect(status, url) => {
            write!(stream, "HTTP/1.1 {status} Elsewhere\r\nLocation: {url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Reply::Gone => Ok(()),
    }
}

/// Whatever proxy the environment of the test names.
pub(super) fn transport() -> Arc<dyn Transport> {
    Arc::new(HttpTransport::with(&HttpOptions::default(), &|_| None).unwrap())
}

pub(super) fn impatient() -> AnchorOptions {
    AnchorOptions { timeout: Duration::from_secs(5), tries: 3, pause: Duration::from_millis(1) }
}
