//! How fast a model embeds here: `embed_bench FOLDER FILE...`, each file a list of texts, one a line.
//!
//! Without a folder the default model is fetched. Prints load time, memory, and tokens a second for each thread count.

#![allow(clippy::print_stdout, missing_docs)]

use std::{path::PathBuf, time::Instant};

use beleg::{
    embed::{
        EmbeddingModel,
        onnx::{OnnxModel, OnnxOptions},
    },
    model::fetch::{Origin, fetch},
};

fn main() -> beleg::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let start = Instant::now();
    let folder = match arguments.next().map(PathBuf::from) {
        Some(folder) if folder.as_os_str() != "-" => folder,
        _ => fetch(&Origin::default(), &mut |_| {})?.model,
    };
    println!("fetch: {:?}", start.elapsed());
    let threads_here = std::thread::available_parallelism().map_or(1, usize::from);
    let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    for threads in [1, threads_here] {
        let start = Instant::now();
        let model = OnnxModel::open(&folder, &OnnxOptions { threads, ..OnnxOptions::default() })?;
        println!("{threads} threads: open {:?}, {}", start.elapsed(), memory());
        println!("  {} {}", model.name(), model.identity());
        for file in &files {
            let text = std::fs::read_to_string(file).map_err(|error| beleg::Error::io(error, "read", file))?;
            let texts: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
            let tokenizer = model.tokenizer();
            let start = Instant::now();
            let tokens = texts.iter().map(|text| tokenizer.count(text)).sum::<beleg::Result<usize>>()?;
            let counted = start.elapsed();
            let start = Instant::now();
            model.embed_passages(&texts)?;
            let embedded = start.elapsed();
            println!(
                "  {}: {} texts, {tokens} tokens, {:.1} MB/s counted, {:.0} tokens/s embedded, {}",
                file.display(),
                texts.len(),
                text.len() as f64 / 1e6 / counted.as_secs_f64(),
                tokens as f64 / embedded.as_secs_f64(),
                memory()
            );
        }
    }
    Ok(())
}

/// Resident memory and its parts, where the system tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("Rss") || line.starts_with("VmRSS"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
}
