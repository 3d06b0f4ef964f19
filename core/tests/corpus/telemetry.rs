//! What telemetry says of a call: its entry on record, and none of its content.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use beleg::corpus::{Access, AskOptions, CallContext, SearchOptions};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::support::Place;

/// Keeps the fields of all spans and events.
#[derive(Clone, Default)]
struct Seen {
    next: Arc<AtomicU64>,
    spans: Arc<Mutex<BTreeMap<u64, BTreeMap<String, String>>>>,
}

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Seen {
    fn add(&self, id: u64, record: impl FnOnce(&mut Fields<'_>)) {
        record(&mut Fields(self.spans.lock().unwrap().entry(id).or_default()));
    }
}

impl Subscriber for Seen {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("beleg")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        self.add(id, |fields| span.record(fields));
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.add(span.into_u64(), |fields| values.record(fields));
    }

    fn event(&self, event: &Event<'_>) {
        self.add(self.next.fetch_add(1, Ordering::Relaxed) + 1, |fields| event.record(fields));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[test]
fn a_call_carries_the_id_of_its_entry_and_no_content() {
    let place = Place::new();
    place.put("gehalt-quantmeyer.txt", "Das Gehalt der Prokuristin Quantmeyer betrug 184.350 EUR.");
    let seen = Seen::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let corpus = runtime.block_on(async {
        let corpus = place.open().await;
        place.ingest(&corpus).await;
        corpus.with(CallContext::new("anna.schmidt@example.org", Access::all()))
    });
    // Spans are made and recorded where the call is polled.
    let answer = tracing::subscriber::with_default(seen.clone(), || {
        runtime.block_on(async {
            corpus.search("Wer ist Quantmeyer?", SearchOptions::default()).await.unwrap();
            corpus.ask("Wie hoch ist das Gehalt von Quantmeyer?", AskOptions::default()).await.unwrap()
        })
    });
    let spans = seen.spans.lock().unwrap().clone();
    let of = |operation: &str| {
        let is_it = |fields: &&BTreeMap<String, String>| {
            fields.get("gen_ai.operation.name").is_some_and(|name| name.trim_matches('"') == operation)
        };
        spans.values().find(is_it).unwrap_or_else(|| panic!("{operation} has a span: {spans:?}")).clone()
    };
    let asked = of("ask");
    let audit = answer.audit.unwrap();
    assert_eq!(asked["beleg.entry_index"], audit.index.to_string());
    let entry = runtime.block_on(corpus.audit().entry(audit.index)).unwrap().unwrap();
    assert_eq!(asked["beleg.entry_id"], entry.leaf.id.to_string());
    assert!(of("search").contains_key("beleg.entry_id"));
    let all = format!("{spans:?}");
    for content in ["Quantmeyer", "quantmeyer", "184.350", "anna.schmidt"] {
        assert!(!all.contains(content), "{content} stands in the telemetry: {all}");
    }
}
