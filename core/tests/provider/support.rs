use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use beleg::{
    Error,
    http::{Http, HttpSettings},
    provider::{
        AnthropicChat, AzureOpenAiChat, BedrockChat, ChatEvent, ChatMessage, ChatModel, ChatPassage, ChatRequest, ChatRole,
        OpenAiCompatibleChat,
    },
    testing::{
        SetClock,
        providers::{FakeProvider, Reply, Step, Turn, anthropic, azure, bedrock, openai},
    },
};
use futures::StreamExt;
use serde_json::{Value, json};

/// The vendors' own clients, as they were when these tests were written.
const CLIENTS: [&str; 3] = ["openai==3.57.0", "anthropic==2.14.0", "boto3==1.44.8"];

/// Python with packages, in an environment of their own that is made once.
pub(crate) fn environment(packages: &[&str], options: &[&str]) -> PathBuf {
    made(&packages.join("-").replace("==", "-"), &[options, packages].concat())
}

/// Python with all packages that a list of this folder names and no others, each in the version that it says.
pub(crate) fn locked(list: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider").join(list);
    // Another list is another environment.
    let digest =
        std::fs::read(&path).unwrap().iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    made(&format!("{list}-{digest:016x}"), &["--no-deps", "--only-binary", ":all:", "--requirement", path.to_str().unwrap()])
}

fn made(name: &str, install: &[&str]) -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tools().join(name);
    let (python, ready) = (folder.join("bin/python"), folder.join("ready"));
    if !ready.exists() {
        succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), "run: apt-get install -y python3-venv");
        let mut pip = Command::new(folder.join("bin/pip"));
        succeeds(pip.args(["install", "--quiet"]).args(install), "Python 3.11 or later, and its package registry in reach");
        std::fs::write(&ready, "").unwrap();
    }
    python
}

/// Where what the tests install lies.
pub(crate) fn tools() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools")
}

pub(crate) fn succeeds(command: &mut Command, otherwise: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{error}; {otherwise}"));
    assert!(output.status.success(), "{}; {otherwise}", String::from_utf8_lossy(&output.stderr));
}

/// A server in a process of its own, which ends when this is dropped, and by the end of its standard input when the tests do.
pub(crate) struct Peer {
    child: Child,
    pub(crate) url: String,
}

impl Peer {
    /// Starts a server that is told `configuration` in the first line of its standard input, and tells its address in a line of its
    /// standard output.
    pub(crate) fn start(command: &mut Command, configuration: &Value) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), format!("{configuration}\n").as_bytes()).unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.by_ref().find(|line| line.starts_with("http://")).expect("the server listens");
        // What else it says must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a function of `vendors.py` says to an argument.
pub(crate) fn vendors(function: &str, argument: &Value) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider/vendors.py");
    let mut child = Command::new(environment(&CLIENTS, &[]))
        .arg("-I")
        .arg("-B")
        .arg(script)
        .arg(function)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), argument.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{function}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON from Python")
}

/// Past every proxy, with a clock that stands still, and with settings of its own.
pub(crate) fn http(settings: Value) -> Http {
    let settings: HttpSettings = serde_json::from_value(settings).unwrap();
    Http::with(settings, &|_| None, std::sync::Arc::new(SetClock::at("2026-11-26T12:00:00Z".parse().unwrap()))).unwrap()
}

/// A model of a provider at an address, with more settings.
pub(crate) fn model(provider: &str, url: &str, http: Http, more: &Value) -> Box<dyn ChatModel> {
    let settings = |usual: Value| {
        let mut all = usual;
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    match provider {
        "openai_compatible" => {
            let usual = json!({"base_url": format!("{url}/v1"), "model": openai::MODEL, "api_key": "sk-1"});
            Box::new(OpenAiCompatibleChat::new(serde_json::from_value(settings(usual)).unwrap(), http).unwrap())
        }
        "azure_openai" => {
            let usual = json!({"endpoint": url, "deployment": azure::DEPLOYMENT, "api_key": azure::KEY});
            Box::new(AzureOpenAiChat::new(serde_json::from_value(settings(usual)).unwrap(), http).unwrap())
        }
        "anthropic" => {
            let usual = json!({"base_url": url, "model": anthropic::MODEL, "api_key": anthropic::KEY});
            Box::new(AnthropicChat::new(serde_json::from_value(settings(usual)).unwrap(), http).unwrap())
        }
        "bedrock" => {
            let usual = json!({
                "endpoint": url, "model": bedrock::MODEL, "region": "eu-central-1", "access_key_id": "AKIDEXAMPLE",
                "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "capabilities": {"citations": true},
            });
            Box::new(BedrockChat::new(serde_json::from_value(settings(usual)).unwrap(), http).unwrap())
        }
        other => panic!("{other}"),
    }
}

pub(crate) const PROVIDERS: [&str; 4] = ["openai_compatible", "azure_openai", "anthropic", "bedrock"];

/// A server that speaks a provider's language and answers by `turn`.
pub(crate) fn server(provider: &str, turn: &Turn) -> FakeProvider {
    let turn = turn.clone();
    match provider {
        "openai_compatible" => FakeProvider::start(openai::respond(turn)),
        "azure_openai" => FakeProvider::start(azure::respond(turn)),
        "anthropic" => FakeProvider::start(anthropic::respond(turn)),
        "bedrock" => FakeProvider::start(bedrock::respond(turn)),
        other => panic!("{other}"),
    }
}

/// An answer with text beyond ASCII and beyond the basic plane.
pub(crate) fn turn() -> Turn {
    Turn::of(&["Die Rück", "stellung beträgt ", "1.234 TEUR 📄."])
}

/// The stream of a provider that gives a turn.
pub(crate) fn streamed(provider: &str, turn: &Turn) -> Reply {
    match provider {
        "anthropic" => anthropic::stream(turn),
        "bedrock" => bedrock::stream(turn),
        _ => openai::stream(turn, true),
    }
}

/// The same up to its first words, and then something else.
pub(crate) fn beginning(provider: &str, then: Step) -> Reply {
    let mut reply = streamed(provider, &turn());
    reply.steps.truncate(if provider == "anthropic" { 4 } else { 2 });
    reply.then(then)
}

/// A question about two passages.
pub(crate) fn question() -> ChatRequest {
    let passage = |title: &str, text: &str| ChatPassage { title: title.to_owned(), text: text.to_owned() };
    ChatRequest {
        system: Some("Antworte nur aus den Stellen.".to_owned()),
        passages: vec![
            passage("lage.pdf, S. 3", "Die Rückstellung beträgt 1.234 TEUR."),
            passage("anhang.pdf", "Vorjahr: 1.100 TEUR."),
        ],
        messages: vec![ChatMessage { role: ChatRole::User, text: "Wie hoch ist die Rückstellung für Pensionen?".to_owned() }],
        max_tokens: Some(256),
        ..ChatRequest::default()
    }
}

/// All events of an answer, up to the error that ends it.
pub(crate) async fn events(model: &dyn ChatModel, request: ChatRequest) -> (Vec<ChatEvent>, Option<Error>) {
    let mut stream = match model.chat(request).await {
        Ok(stream) => stream,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error is the end");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

pub(crate) fn text(events: &[ChatEvent]) -> String {
    events.iter().filter_map(|event| if let ChatEvent::Text(text) = event { Some(text.as_str()) } else { None }).collect()
}

/// What an error says under a key.
pub(crate) fn said<'a>(error: &'a Error, key: &str) -> Option<&'a str> {
    error.context().find(|(its, _)| *its == key).map(|(_, value)| value)
}
