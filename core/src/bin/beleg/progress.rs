use std::{
    io::IsTerminal,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use beleg::corpus::{Phase, Progress, ProgressFn};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    output::Output,
    text::{Lang, ingest as text},
};

/// A bar on a terminal, a line now and then elsewhere, nothing beside JSON.
pub(crate) fn shown(output: &Output) -> Option<ProgressFn> {
    if output.is_json() {
        return None;
    }
    let state = Mutex::new(State::new(std::io::stderr().is_terminal(), output.lang()));
    Some(Arc::new(move |event| state.lock().unwrap_or_else(PoisonError::into_inner).take(event)))
}

struct State {
    bar: ProgressBar,
    lang: Lang,
    terminal: bool,
    documents: u64,
    bytes: u64,
    done: u64,
    tokens: u64,
    published: u64,
    started: Instant,
    said: Instant,
}

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

impl State {
    fn new(terminal: bool, lang: Lang) -> Self {
        let bar = ProgressBar::with_draw_target(
            Some(0),
            if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
        );
        let style = ProgressStyle::with_template(&format!(
            "{{spinner}} {{bytes:>10}}/{{total_bytes:<10}} [{{bar:24}}] {} {{eta:>4}}  {{msg}}",
            text::left(lang)
        ));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            lang,
            terminal,
            documents: 0,
            bytes: 0,
            done: 0,
            tokens: 0,
            published: 0,
            started: Instant::now(),
            said: Instant::now(),
        }
    }

    fn take(&mut self, event: Progress) {
        match event {
            Progress::Planned { documents, bytes } => {
                self.documents += documents;
                self.bytes += bytes;
                self.bar.set_length(self.bytes);
            }
            Progress::Embedded { tokens, .. } => self.tokens += tokens,
            Progress::Done { bytes, .. } => {
                self.done += 1;
                self.bar.inc(bytes);
            }
            Progress::Published { documents, .. } => self.published += documents,
            Progress::Phase { phase: Phase::Settling } => self.bar.set_message(text::settling(self.lang)),
            _ => {}
        }
        let rate = self.tokens as f64 / self.started.elapsed().as_secs_f64().max(0.1);
        let line = text::progress(self.lang, self.done, self.documents, rate, self.published);
        if self.terminal {
            self.bar.set_message(line);
        } else if self.said.elapsed() >= LINE_EVERY {
            self.said = Instant::now();
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Counts of something, done and in all.
pub(crate) type Count = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// A bar that counts entries; on a terminal alone.
pub(crate) fn counted(output: &Output) -> Option<(ProgressBar, Count)> {
    if output.is_json() || !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new(0);
    let template = format!("{{spinner}} {{pos:>12}}/{{len}} {} [{{bar:24}}] {{eta:>4}}", crate::text::audit::verifying(output.lang()));
    bar.set_style(
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "),
    );
    let shown = bar.clone();
    Some((
        bar,
        Arc::new(move |done, all| {
            shown.set_length(all);
            shown.set_position(done);
        }),
    ))
}
