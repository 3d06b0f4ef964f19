use std::io::Write;

use anstyle::{AnsiColor, Style};
use beleg::Error;

use crate::text::{self, Lang};

/// Text for people, or JSON.
pub(crate) struct Output {
    json: bool,
    lang: Lang,
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();

impl Output {
    pub(crate) fn new(json: bool, lang: Lang) -> Self {
        Self { json, lang }
    }

    /// The language of what people read.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// The result as JSON, or as the text that `people` makes of it.
    pub(crate) fn result(&self, value: &impl serde::Serialize, people: impl FnOnce() -> String) {
        let text = if self.json { serde_json::to_string_pretty(value).unwrap_or_default() } else { people() };
        // Whoever closes the pipe early has read enough.
        let _ = writeln!(anstream::stdout(), "{}", text.trim_end());
    }

    /// What is going on, for people alone.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Words as they come, unchecked.
    pub(crate) fn draft(&self, text: &str) {
        if !self.json {
            let mut stderr = anstream::stderr();
            let _ = write!(stderr, "{}", styled(DIM, text));
            let _ = stderr.flush();
        }
    }

    pub(crate) fn error(&self, error: &Error) {
        let mut stderr = anstream::stderr();
        if self.json {
            let _ = writeln!(stderr, "{}", error.to_json());
            return;
        }
        let _ = write!(stderr, "{}", text::errors::error(self.lang, error));
    }
}

/// A style around a text.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
