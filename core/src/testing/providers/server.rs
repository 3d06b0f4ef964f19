use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::Value;

use super::{Reply, Step};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);
/// No request of a test is longer.
const LONGEST_BODY: usize = 64 << 20;

/// A request, as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and question, as they were sent.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The connection that it came over, counted from 0.
    pub connection: usize,
}

impl Received {
    /// A header; `None` also when it came twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

type Respond = Box<dyn Fn(&Received) -> Reply + Send + Sync>;

/// A server of HTTP/1.1 on a free port of this machine, with threads of its own. It ends when it is dropped.
pub struct FakeProvider {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    respond: Respond,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    ends: bool,
    queue: VecDeque<Reply>,
    received: Vec<Received>,
    connections: Vec<TcpStream>,
    closed: Vec<usize>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeProvider {
    /// A server that answers by `respond` what is not [queued](Self::queue).
    ///
    /// # Panics
    /// When no port is free.
    pub fn start(respond: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared { respond: Box::new(respond), state: Mutex::default(), changed: Condvar::new() });
        let accepting = thread::spawn({
            let shared = shared.clone();
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// Where it listens: `http://127.0.0.1:…`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers the next request that nothing else is queued for.
    pub fn queue(&self, reply: Reply) {
        self.shared.state().queue.push_back(reply);
    }

    /// What it was asked, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    /// The last that it was asked.
    ///
    /// # Panics
    /// When it was asked nothing.
    pub fn last(&self) -> Received {
        self.shared.state().received.last().cloned().expect("a request")
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.state().connections.len()
    }

    /// Waits until a client has closed a connection; `false` when it does not.
    pub fn sees_closed(&self, connection: usize) -> bool {
        self.waits_for(|state| state.closed.contains(&connection))
    }

    /// Waits until so many requests have come; `false` when they do not.
    pub fn sees_requests(&self, requests: usize) -> bool {
        self.waits_for(|state| state.received.len() >= requests)
    }

    fn waits_for(&self, holds: impl Fn(&State) -> bool) -> bool {
        let waited = self.shared.changed.wait_timeout_while(self.shared.state(), PATIENCE, |state| !holds(state));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.shared.state().ends = true;
        for connection in &self.shared.state().connections {
            let _ = connection.shutdown(Shutdown::Both);
        }
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let mut state = shared.state();
        if state.ends {
            return;
        }
        let Ok(copy) = stream.try_clone() else { continue };
        let number = state.connections.len();
        state.connections.push(copy);
        drop(state);
        let shared = shared.clone();
        thread::spawn(move || {
            // A client that goes away ends its connection, and nothing else.
            let _ = serve(&stream, number, &shared);
            let _ = stream.shutdown(Shutdown::Both);
            shared.state().closed.push(number);
            shared.changed.notify_all();
        });
    }
}

fn serve(stream: &TcpStream, connection: usize, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(received) = read_request(&mut reader, connection)? {
        let queued = shared.state().queue.pop_front();
        let reply = queued.unwrap_or_else(|| (shared.respond)(&received));
        shared.state().received.push(received);
        shared.changed.notify_all();
        if !send(stream, &reply)? {
            return Ok(());
        }
    }
    Ok(())
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.take(64 << 10).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_request(reader: &mut BufReader<&TcpStream>, connection: usize) -> io::Result<Option<Received>> {
    let first = read_line(reader)?;
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next().filter(|method| !method.is_empty()), words.next()) else { return Ok(None) };
    let (method, path) = (method.to_owned(), path.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    let mut received = Received { method, path, headers, body: Vec::new(), connection };
    if let Some(length) = received.header("content-length") {
        let length: usize = length.parse().map_err(|_| broken("a length that is no number"))?;
        if length > LONGEST_BODY {
            return Err(broken("a body too long"));
        }
        received.body.resize(length, 0);
        reader.read_exact(&mut received.body)?;
    } else if received.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = usize::from_str_radix(&read_line(reader)?, 16).map_err(|_| broken("a chunk without a size"))?;
            if received.body.len() + size > LONGEST_BODY {
                return Err(broken("a body too long"));
            }
            let begins = received.body.len();
            received.body.resize(begins + size, 0);
            reader.read_exact(&mut received.body[begins..])?;
            read_line(reader)?;
            if size == 0 {
                break;
            }
        }
    }
    Ok(Some(received))
}

/// Whether the connection may be used again.
fn send(mut stream: &TcpStream, reply: &Reply) -> io::Result<bool> {
    let mut head = format!("HTTP/1.1 {} Status\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if reply.chunked {
        head.push_str("transfer-encoding: chunked\r\n\r\n");
        stream.write_all(head.as_bytes())?;
    } else {
        let body = reply.body();
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        stream.write_all(&[head.as_bytes(), &body].concat())?;
        return Ok(true);
    }
    for step in &reply.steps {
        match step {
            Step::Bytes(bytes) if bytes.is_empty() => {}
            Step::Bytes(bytes) => {
                let chunk = [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
                stream.write_all(&chunk)?;
            }
            Step::Wait(time) => {
                stream.set_read_timeout(Some(*time))?;
                let gone = matches!(stream.peek(&mut [0]), Ok(0));
                stream.set_read_timeout(None)?;
                if gone {
                    return Ok(false);
                }
            }
            Step::Hang => {
                while stream.read(&mut [0; 1024])? > 0 {}
                return Ok(false);
            }
            Step::Cut => return Ok(false),
        }
    }
    stream.write_all(b"0\r\n\r\n")?;
    Ok(true)
}
