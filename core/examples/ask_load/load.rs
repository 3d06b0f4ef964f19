//! So many at a time, one after the other, and how long each took.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use beleg::Result;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

use crate::asked::failed;

/// What one request took, by name; the first is all of it.
pub(crate) type Times = Vec<(&'static str, Duration)>;
/// One request.
pub(crate) type Call = Arc<dyn Fn() -> BoxFuture<'static, Result<Times>> + Send + Sync>;

/// Calls by so many callers at a time, each of which calls again as soon as it is answered. `before` of
/// them are not counted: connections are made and caches filled by then.
pub(crate) async fn load(call: &Call, concurrent: usize, before: usize, requests: usize) -> Result<Vec<Times>> {
    run(call, concurrent, before).await?;
    run(call, concurrent, requests).await
}

async fn run(call: &Call, concurrent: usize, requests: usize) -> Result<Vec<Times>> {
    let begun = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..concurrent)
        .map(|_| {
            let (begun, call) = (begun.clone(), call.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begun.fetch_add(1, Ordering::Relaxed) < requests {
                    times.push(call().await?);
                }
                Ok::<_, beleg::Error>(times)
            })
        })
        .collect();
    let mut all = Vec::new();
    for caller in callers {
        all.extend(caller.await.map_err(|_| failed("a caller died"))??);
    }
    Ok(all)
}

/// Percentiles as a line of JSON, in milliseconds.
pub(crate) fn line(path: &str, form: &str, concurrent: usize, times: &[Times]) -> String {
    let mut line = Map::new();
    line.extend([("path".into(), json!(path)), ("form".into(), json!(form)), ("concurrent".into(), json!(concurrent))]);
    line.insert("requests".into(), json!(times.len()));
    let names: Vec<&str> = times.first().map(|times| times.iter().map(|(name, _)| *name).collect()).unwrap_or_default();
    for name in names {
        let mut of: Vec<Duration> = times.iter().flatten().filter(|(its, _)| *its == name).map(|(_, time)| *time).collect();
        of.sort_unstable();
        let at = |share: f64| of.get(((of.len() - 1) as f64 * share) as usize).map_or(0.0, |time| time.as_secs_f64() * 1e3);
        for (suffix, share) in [("p50_ms", 0.5), ("p99_ms", 0.99)] {
            line.insert(format!("{name}_{suffix}"), json!((at(share) * 1e3).round() / 1e3));
        }
    }
    Value::Object(line).to_string()
}
