use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt, stream::unfold};

use crate::{
    Error, Result,
    env::{Random, Timer},
    provider::{Capabilities, ChatEvent, ChatMessage, ChatModel, ChatRequest, ChatRole, ChatStream, Failure, StopReason, Usage},
    testing::VirtualTimer,
};

/// What a [`Scripted`] model does next.
#[derive(Clone)]
pub(super) enum Step {
    /// Nothing, for seconds.
    Wait(f64),
    Say(ChatEvent),
    Fail(fn() -> Error),
    /// Nothing, for ever.
    Hang,
    /// The first step again.
    Repeat,
}

pub(super) fn started() -> Step {
    Step::Say(ChatEvent::Started { id: None, model: Some("m".to_owned()) })
}

pub(super) fn text(text: &str) -> Step {
    Step::Say(ChatEvent::Text(text.to_owned()))
}

pub(super) fn ended() -> Step {
    took(0, 0)
}

pub(super) fn took(input_tokens: u64, output_tokens: u64) -> Step {
    let usage = Usage { input_tokens, output_tokens, ..Usage::default() };
    Step::Say(ChatEvent::Ended { stop: StopReason::End, usage })
}

/// A whole answer.
pub(super) fn answer() -> Vec<Step> {
    vec![started(), text("Ja"), text("."), ended()]
}

/// A model that does what scripts say, in virtual time, and remembers what it was asked. What is not scripted it answers.
#[derive(Clone)]
pub(super) struct Scripted {
    pub(super) timer: VirtualTimer,
    state: Arc<Mutex<State>>,
    open: Arc<AtomicUsize>,
    name: &'static str,
    can: Capabilities,
    is_external: bool,
}

#[derive(Default)]
struct State {
    scripts: VecDeque<Vec<Step>>,
    otherwise: Option<Vec<Step>>,
    asked: Vec<(Duration, Option<String>)>,
    most: usize,
}

impl Scripted {
    pub(super) fn new(timer: &VirtualTimer) -> Self {
        let (state, open) = (Arc::default(), Arc::default());
        Self { timer: timer.clone(), state, open, name: "scripted", can: Capabilities::default(), is_external: false }
    }

    pub(super) fn named(self, name: &'static str, is_external: bool) -> Self {
        Self { name, is_external, ..self }
    }

    pub(super) fn able(self, can: Capabilities) -> Self {
        Self { can, ..self }
    }

    /// Does this for the next request that has no script yet.
    pub(super) fn then(self, script: Vec<Step>) -> Self {
        self.state().scripts.push_back(script);
        self
    }

    /// Forgets the scripts that are left.
    pub(super) fn forget(&self) {
        self.state().scripts.clear();
    }

    /// Does this for all that have none.
    pub(super) fn otherwise(self, script: Vec<Step>) -> Self {
        self.state().otherwise = Some(script);
        self
    }

    /// When, and by whom.
    pub(super) fn asked(&self) -> Vec<(Duration, Option<String>)> {
        self.state().asked.clone()
    }

    /// How often.
    pub(super) fn tries(&self) -> usize {
        self.state().asked.len()
    }

    /// Requests that are neither answered nor dropped.
    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// The most of them at once.
    pub(super) fn most(&self) -> usize {
        self.state().most
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl ChatModel for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn provider(&self) -> &str {
        "test"
    }

    fn is_external(&self) -> bool {
        self.is_external
    }

    fn capabilities(&self) -> Capabilities {
        self.can
    }

    /// What comes before the first event is done before this returns.
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let script = {
            let mut state = self.state();
            state.asked.push((self.timer.passed(), request.caller));
            state.most = state.most.max(self.open.fetch_add(1, Ordering::SeqCst) + 1);
            let scripted = state.scripts.pop_front();
            scripted.or_else(|| state.otherwise.clone()).unwrap_or_else(answer)
        };
        let open = Open(self.open.clone());
        let mut place = 0;
        loop {
            match script.get(place) {
                Some(Step::Wait(seconds)) => self.timer.sleep(Duration::from_secs_f64(*seconds)).await,
                Some(Step::Fail(error)) => return Err(error()),
                Some(Step::Hang) => futures::future::pending().await,
                Some(Step::Say(_) | Step::Repeat) | None => break,
            }
            place += 1;
        }
        let steps = unfold((self.timer.clone(), script, place, open), |(timer, script, mut place, open)| async move {
            loop {
                let step = script.get(place)?.clone();
                place += 1;
                match step {
                    Step::Wait(seconds) => timer.sleep(Duration::from_secs_f64(seconds)).await,
                    Step::Say(event) => return Some((Ok(event), (timer, script, place, open))),
                    Step::Fail(error) => return Some((Err(error()), (timer, script, usize::MAX, open))),
                    Step::Hang => futures::future::pending().await,
                    Step::Repeat => place = 0,
                }
            }
        });
        Ok(ChatStream::new(steps))
    }
}

/// A question; what nobody may ever see in an error is in it.
pub(super) fn asking(caller: &str) -> ChatRequest {
    let messages = vec![ChatMessage { role: ChatRole::User, text: format!("{SECRET} {}", "x".repeat(60)) }];
    ChatRequest { messages, max_tokens: Some(100), caller: Some(caller.to_owned()), ..ChatRequest::default() }
}

pub(super) const SECRET: &str = "Pensionszusage an Frau Geheim";

/// All that comes, and the error that ends it.
pub(super) async fn all(model: &dyn ChatModel, request: ChatRequest) -> (Vec<ChatEvent>, Option<Error>) {
    let mut answer = match model.chat(request).await {
        Ok(answer) => answer,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut events = Vec::new();
    while let Some(event) = answer.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(answer.next().await.is_none(), "an error is the end");
                for shown in [format!("{error}"), format!("{error:?}"), error.to_json().to_string()] {
                    assert!(!shown.contains("Geheim"), "{shown}");
                }
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

/// The text of an answer that is whole; its error otherwise.
pub(super) async fn said(model: &dyn ChatModel, request: ChatRequest) -> Result<String> {
    let (events, error) = all(model, request).await;
    let places = |wanted: fn(&ChatEvent) -> bool| events.iter().filter(|event| wanted(event)).count();
    assert!(places(|event| matches!(event, ChatEvent::Started { .. })) <= 1, "an answer starts once: {events:?}");
    match error {
        Some(error) => Err(error),
        None => {
            assert_eq!(places(|event| matches!(event, ChatEvent::Ended { .. })), 1, "{events:?}");
            Ok(events
                .iter()
                .filter_map(|event| if let ChatEvent::Text(text) = event { Some(text.as_str()) } else { None })
                .collect())
        }
    }
}

/// What a stream said that it waits for.
pub(super) fn waits(events: &[ChatEvent]) -> Vec<u64> {
    let seconds = |event: &ChatEvent| if let ChatEvent::Waiting { seconds, .. } = event { Some(*seconds) } else { None };
    events.iter().filter_map(seconds).collect()
}

/// What an error says under a key.
pub(super) fn under<'a>(error: &'a Error, key: &str) -> Option<&'a str> {
    error.context().find(|(its, _)| *its == key).map(|(_, value)| value)
}

pub(super) fn overloaded() -> Error {
    Failure::Overloaded.error()
}

/// The same byte again and again.
pub(super) struct Byte(pub(super) u8);

impl Random for Byte {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}
