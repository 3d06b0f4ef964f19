//! Prints what the redaction finds, as JSON: for `benches/compare/redaction`.
//!
//! Reads rows `{"text": …}` from the standard input (`--text`: the input is one text) and prints for each `{"findings": [{"span", "kind"}]}`; spans
//! count characters, as Python does. The time that it took goes to the standard error. `--settings FILE.json`: other settings.
//! `--classifier FOLDER`: a token classifier is asked as well (feature `onnx`).

use std::{
    error::Error,
    io::{Read, Write},
    time::Instant,
};

use beleg::redact::{ClassifierOptions, RedactSettings, Redactor};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let settings = match value("--settings") {
        Some(path) => serde_json::from_slice(&std::fs::read(path)?)?,
        None => RedactSettings::default(),
    };
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let texts = if arguments.iter().any(|argument| argument == "--text") {
        vec![input]
    } else {
        let row = |line: &str| {
            Ok(serde_json::from_str::<serde_json::Value>(line)?["text"].as_str().ok_or("a row without text")?.to_owned())
        };
        input.lines().map(row).collect::<Result<Vec<_>, Box<dyn Error>>>()?
    };
    let redactor = Redactor::open(settings, value("--classifier").map(ClassifierOptions::new).as_ref())?;
    // The lists are read with the first text.
    redactor.find("")?;
    let start = Instant::now();
    let found = texts.iter().map(|text| redactor.find(text)).collect::<Result<Vec<_>, _>>()?;
    let seconds = start.elapsed().as_secs_f64();
    let mut out = std::io::stdout().lock();
    for (text, findings) in texts.iter().zip(found) {
        let mut characters = text.char_indices().map(|(at, _)| at).chain([text.len()]).enumerate().map(|(nth, at)| (at, nth));
        let mut place = |at: usize| characters.find(|(offset, _)| *offset == at).map(|(_, nth)| nth);
        let findings: Vec<_> = findings
            .iter()
            .map(|found| {
                let start = place(found.span.start);
                // Two findings may touch: the end of one is looked up without passing it.
                let end = start.map(|start| start + text[found.span.clone()].chars().count());
                serde_json::json!({"span": {"start": start, "end": end}, "kind": found.kind})
            })
            .collect();
        writeln!(out, "{}", serde_json::json!({ "findings": findings }))?;
    }
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    writeln!(std::io::stderr(), "{}", serde_json::json!({"characters": characters, "seconds": seconds}))?;
    Ok(())
}
