//! A server of OpenAI's chat completions that always says the same, at once or dawdling, with as little work as possible: it must not be
//! what a comparison measures.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// A name that has a price everywhere, so that nobody stumbles over it.
pub(crate) const MODEL: &str = "gpt-4o-mini";
/// Connections at a time.
const THREADS: usize = 256;
/// Letters of an event, about as many as a token has.
const PIECE: usize = 4;
/// No request of a comparison is longer.
const LONGEST_BODY: usize = 16 << 20;

/// What it says, and how fast. Lives as long as its process.
pub(crate) struct Fake {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// An answer in one piece, ready to be sent.
    whole: Vec<u8>,
    pieces: Vec<String>,
    /// A stream, ready to be sent.
    streamed: Vec<u8>,
    /// After this piece the first claim is whole.
    first_claim: usize,
    gap: Duration,
    first_body: OnceLock<Vec<u8>>,
    count: AtomicU64,
    /// When the first claim of an answer had been sent, by the answer's number.
    claims_sent: Mutex<HashMap<u64, Instant>>,
}

impl Fake {
    /// On a free port of this machine; with a gap it waits so long before each event of a stream.
    pub(crate) fn start(answer: &str, gap: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let letters: Vec<char> = answer.chars().collect();
        let pieces: Vec<String> = letters.chunks(PIECE).map(|piece| piece.iter().collect()).collect();
        // `{"claims":[{"citations":[{…}],"text":"…"}`: the second bracket of this kind ends the claim.
        let claim_ends = answer.match_indices('}').nth(1).map_or(answer.len(), |(at, _)| at + 1);
        let first_claim = answer[..claim_ends].chars().count().div_ceil(PIECE) - 1;
        let streamed =
            [head("text/event-stream; charset=utf-8", None).into_bytes(), events(&pieces, MODEL).concat(), end()].concat();
        let shared = Arc::new(Shared {
            whole: whole(answer),
            pieces,
            streamed,
            first_claim,
            gap,
            first_body: OnceLock::new(),
            count: AtomicU64::new(0),
            claims_sent: Mutex::default(),
        });
        for _ in 0..THREADS {
            let (listener, shared) = (listener.try_clone()?, shared.clone());
            thread::Builder::new().stack_size(256 << 10).spawn(move || {
                for stream in listener.incoming().flatten() {
                    // A client that goes away ends its connection, and nothing else.
                    let _ = shared.serve(&stream);
                }
            })?;
        }
        Ok(Self { url, shared })
    }

    /// The body of the first request.
    pub(crate) fn first_body(&self) -> Option<Vec<u8>> {
        self.shared.first_body.get().cloned()
    }

    /// When the first claim of the answer of a model of this name had been sent: each answer of a server that dawdles has its own.
    pub(crate) fn claim_sent(&self, model: &str) -> Option<Instant> {
        let number = model.rsplit('-').next()?.parse().ok()?;
        self.shared.claims_sent.lock().unwrap_or_else(PoisonError::into_inner).remove(&number)
    }
}

impl Shared {
    fn serve(&self, mut stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::with_capacity(64 << 10, stream);
        while let Some(request) = read(&mut reader)? {
            if request.is_get {
                let models = json!({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1, "owned_by": "x"}]});
                stream.write_all(&json_reply(&models))?;
            } else if !request.streams() {
                stream.write_all(&self.whole)?;
            } else if self.gap.is_zero() {
                stream.write_all(&self.streamed)?;
            } else {
                self.dawdle(stream)?;
            }
            let closes = request.closes;
            self.first_body.get_or_init(|| request.body);
            if closes {
                break;
            }
        }
        Ok(())
    }

    fn dawdle(&self, mut stream: &TcpStream) -> io::Result<()> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        stream.write_all(head("text/event-stream; charset=utf-8", None).as_bytes())?;
        for (place, event) in events(&self.pieces, &format!("{MODEL}-{number}")).iter().enumerate() {
            thread::sleep(self.gap);
            stream.write_all(event)?;
            // The first event has no text.
            if place == self.first_claim + 1 {
                self.claims_sent.lock().unwrap_or_else(PoisonError::into_inner).insert(number, Instant::now());
            }
        }
        stream.write_all(&end())
    }
}

struct Request {
    is_get: bool,
    closes: bool,
    body: Vec<u8>,
}

impl Request {
    /// `stream` stands behind the messages in all clients; it is looked for from the end.
    fn streams(&self) -> bool {
        let has = |needle: &[u8]| self.body.windows(needle.len()).rev().any(|part| part == needle);
        has(br#""stream":true"#) || has(br#""stream": true"#)
    }
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut request = Request { is_get: line.starts_with("GET "), closes: false, body: Vec::new() };
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            let length = value.trim().parse::<usize>().ok().filter(|length| *length <= LONGEST_BODY);
            request.body.resize(length.ok_or(io::ErrorKind::InvalidData)?, 0);
        } else if name.eq_ignore_ascii_case("connection") {
            request.closes = value.trim().eq_ignore_ascii_case("close");
        }
    }
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

fn head(kind: &str, length: Option<usize>) -> String {
    let length = length.map_or("transfer-encoding: chunked".to_owned(), |length| format!("content-length: {length}"));
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{length}\r\n\r\n")
}

fn json_reply(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    [head("application/json", Some(body.len())).as_bytes(), body.as_bytes()].concat()
}

fn usage() -> Value {
    json!({"prompt_tokens": 4000, "completion_tokens": 150, "total_tokens": 4150})
}

fn whole(answer: &str) -> Vec<u8> {
    let message = json!({"role": "assistant", "content": answer, "refusal": null});
    let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": "stop"});
    json_reply(
        &json!({"id": "chatcmpl-fake", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice], "usage": usage()}),
    )
}

/// The events of a stream, a chunk of HTTP each, as servers send them.
fn events(pieces: &[String], model: &str) -> Vec<Vec<u8>> {
    let event = |choices: Value, usage: Value| {
        let event = json!({
            "id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices, "usage": usage,
        });
        chunk(&format!("data: {event}\n\n"))
    };
    let choice =
        |delta: Value, finish: Option<&str>| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
    let mut events = vec![event(choice(json!({"role": "assistant", "content": "", "refusal": null}), None), Value::Null)];
    events.extend(pieces.iter().map(|piece| event(choice(json!({"content": piece}), None), Value::Null)));
    events.push(event(choice(json!({}), Some("stop")), Value::Null));
    events.push(event(json!([]), usage()));
    events.push(chunk("data: [DONE]\n\n"));
    events
}

fn chunk(text: &str) -> Vec<u8> {
    format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
}

fn end() -> Vec<u8> {
    b"0\r\n\r\n".to_vec()
}
