//! Which language, and how it writes numbers and dates.

use beleg::types::DocumentStatus;
use jiff::civil::Date;

/// The language of what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Lang {
    /// English.
    En,
    /// German.
    De,
}

impl Lang {
    /// What the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set asks for: German, or English for all others.
    pub(crate) fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        let language = locale.as_deref().unwrap_or_default().split(['_', '.', '@', '-']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("de") { Self::De } else { Self::En }
    }

    /// The language before the arguments are parsed, for `--help`: `--lang`, `BELEG_LANG`, the locale.
    pub(crate) fn of_process(
        arguments: impl IntoIterator<Item = std::ffi::OsString>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let arguments: Vec<String> =
            arguments.into_iter().map(|argument| argument.to_string_lossy().into_owned()).take_while(|a| a != "--").collect();
        let flag = arguments.iter().enumerate().find_map(|(i, argument)| match argument.strip_prefix("--lang") {
            Some("") => arguments.get(i + 1).cloned(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        });
        match flag.or_else(|| variable("BELEG_LANG")).as_deref() {
            Some("de") => Self::De,
            Some("en") => Self::En,
            _ => Self::of_locale(variable),
        }
    }

    /// One of two.
    pub(crate) fn pick<T>(self, en: T, de: T) -> T {
        match self {
            Self::En => en,
            Self::De => de,
        }
    }

    /// A number with its noun: `(one, many)` in English and in German.
    pub(crate) fn count(self, n: impl Into<u64>, en: (&str, &str), de: (&str, &str)) -> String {
        let n = n.into();
        let (one, many) = self.pick(en, de);
        format!("{} {}", number(self, n), if n == 1 { one } else { many })
    }

    /// With so many digits behind the decimal sign.
    pub(crate) fn decimal(self, value: f64, digits: usize) -> String {
        let text = format!("{value:.digits$}");
        match self {
            Self::En => text,
            Self::De => text.replace('.', ","),
        }
    }

    /// Megabytes.
    pub(crate) fn megabytes(self, bytes: u64, digits: usize) -> String {
        format!("{} MB", self.decimal(bytes as f64 / 1e6, digits))
    }

    /// A day.
    pub(crate) fn date(self, date: Date) -> String {
        match self {
            Self::En => date.to_string(),
            Self::De => format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year()),
        }
    }

    /// What became of a document.
    pub(crate) fn status(self, status: DocumentStatus) -> &'static str {
        match status {
            DocumentStatus::New => self.pick("new", "neu"),
            DocumentStatus::Unchanged => self.pick("unchanged", "unverändert"),
            DocumentStatus::Updated => self.pick("updated", "geändert"),
            DocumentStatus::Partial => self.pick("partial", "teilweise"),
            DocumentStatus::Failed => self.pick("failed", "fehlerhaft"),
            DocumentStatus::Unsupported => self.pick("unsupported", "andere Art"),
            DocumentStatus::Encrypted => self.pick("encrypted", "verschlüsselt"),
            DocumentStatus::Ignored => self.pick("ignored", "übergangen"),
            _ => self.pick("other", "anderes"),
        }
    }
}

/// A whole number in groups of three digits.
pub(crate) fn number(lang: Lang, n: impl Into<u64>) -> String {
    let digits = n.into().to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(lang.pick(',', '.'));
        }
        text.push(digit);
    }
    text
}
