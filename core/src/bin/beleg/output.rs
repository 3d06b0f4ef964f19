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
        let text = if self.json { serde_json::to_string_pretty(value).unwrap_or_default() } else { tame(&people()) };
        // Whoever closes the pipe early has read enough.
        let _ = writeln!(anstream::stdout(), "{}", text.trim_end());
    }

    /// What is going on, for people alone.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            let _ = writeln!(anstream::stderr(), "{}", tame(text));
        }
    }

    /// Words as they come, unchecked.
    pub(crate) fn draft(&self, text: &str) {
        if !self.json {
            let mut stderr = anstream::stderr();
            let _ = write!(stderr, "{}", tame(&styled(DIM, text)));
            let _ = stderr.flush();
        }
    }

    pub(crate) fn error(&self, error: &Error) {
        let mut stderr = anstream::stderr();
        if self.json {
            let _ = writeln!(stderr, "{}", error.to_json());
            return;
        }
        let _ = write!(stderr, "{}", tame(&text::errors::error(self.lang, error)));
    }
}

/// A style around a text.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A text as a terminal may show it, whatever document or model it is from: of control sequences the colours of this program alone stay.
/// What else would move the cursor, ring, hide, link or turn the direction of text stands as a sign, so that a line says what is in it.
fn tame(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let own = if c == '\u{1b}' { own_colour(rest) } else { 0 };
        if own > 0 {
            out.push_str(&rest[..own]);
            rest = &rest[own..];
            continue;
        }
        out.push(if matches!(c, '\n' | '\t') || text::is_harmless(c) { c } else { '\u{fffd}' });
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// The length of a sequence of this program at the beginning of `text`: bold, dim, one of its colours, or the end of them.
fn own_colour(text: &str) -> usize {
    const PARAMETERS: [&str; 7] = ["0", "1", "2", "31", "32", "33", "36"];
    let Some(after) = text.strip_prefix("\u{1b}[") else { return 0 };
    let own = |parameters: &&&str| after.strip_prefix(**parameters).is_some_and(|rest| rest.starts_with('m'));
    PARAMETERS.iter().find(own).map_or(0, |parameters| parameters.len() + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_this_program_stay_and_all_other_control_of_the_terminal_goes() {
        for style in [BOLD, DIM, GREEN, YELLOW, RED, CYAN] {
            let text = styled(style, "Rückstellung\t4 %\n");
            assert_eq!(tame(&text), text);
        }
        for hostile in [
            "\u{1b}[2J",
            "\u{1b}[1A",
            "\u{1b}[8m",
            "\u{1b}[31;8m",
            "\u{1b}]8;;https://evil.example\u{7}",
            "\u{1b}]52;c;eA==\u{7}",
            "\u{1b}Pq",
            "\u{9b}2J",
            "\r",
            "\u{8}",
            "\u{7f}",
            "\u{202e}",
            "\u{2066}",
            "\u{1b}",
        ] {
            let shown = tame(&format!("Bericht{hostile}.pdf"));
            assert!(shown.starts_with("Bericht\u{fffd}") && shown.ends_with(".pdf"), "{shown:?}");
            assert!(shown.chars().all(text::is_harmless), "{shown:?}");
        }
    }
}
