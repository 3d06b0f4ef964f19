use super::{Call, Decode};
use crate::{
    Error,
    provider::{ChatEvent, ChatMessage, ChatRequest, ChatRole},
    wire::Classify,
};

/// A call that asks `text`.
pub(in crate::provider) fn call(text: &str, classify: Classify) -> Call {
    let messages = vec![ChatMessage { role: ChatRole::User, text: text.to_owned() }];
    Call::new("test", "model-1", ChatRequest { messages, ..ChatRequest::default() }, classify)
}

/// What comes of pieces of bytes, up to an error, if there is one.
pub(in crate::provider) fn decoded<D: Decode>(mut decode: D, pieces: &[&[u8]]) -> (Vec<ChatEvent>, Option<Error>) {
    let mut events = Vec::new();
    for piece in pieces {
        if let Err(error) = decode.push(piece, &mut events) {
            return (events, Some(error));
        }
        if decode.has_ended() {
            return (events, None);
        }
    }
    let end = decode.end(&mut events);
    (events, end.err())
}

/// Asserts that a stream gives the same wherever it is cut in two, and byte by byte; returns what it gives.
pub(in crate::provider) fn cut_at_every_byte<D: Decode>(make: impl Fn() -> D, bytes: &[u8]) -> (Vec<ChatEvent>, Option<Error>) {
    let shown = |(events, error): &(Vec<ChatEvent>, Option<Error>)| format!("{events:?} {error:?}");
    let whole = decoded(make(), &[bytes]);
    for at in 0..bytes.len() {
        assert_eq!(shown(&decoded(make(), &[&bytes[..at], &bytes[at..]])), shown(&whole), "cut at byte {at}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(shown(&decoded(make(), &single)), shown(&whole), "byte by byte");
    whole
}

/// The text of events.
pub(in crate::provider) fn text(events: &[ChatEvent]) -> String {
    events.iter().filter_map(|event| if let ChatEvent::Text(text) = event { Some(text.as_str()) } else { None }).collect()
}
