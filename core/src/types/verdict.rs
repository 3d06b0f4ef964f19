//! What was found out about a quote, and about a claim.

use std::fmt;

/// Whether a quote is what the document says. "Verified" means that the words stand in the extracted text: it is no statement on whether
/// they are true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CitationVerdict {
    /// The words stand there, byte for byte.
    Verified,
    /// They stand there, in text that was recognised from a picture.
    VerifiedOcr,
    /// Not these words, but a sentence that means the same.
    Paraphrase,
    /// They stand elsewhere.
    Misattributed,
    /// They stand nowhere.
    NotFound,
}

impl CitationVerdict {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::VerifiedOcr => "verified_ocr",
            Self::Paraphrase => "paraphrase",
            Self::Misattributed => "misattributed",
            Self::NotFound => "not_found",
        }
    }

    /// Whether the words stand where they are said to.
    pub fn is_verified(self) -> bool {
        matches!(self, Self::Verified | Self::VerifiedOcr)
    }
}

impl fmt::Display for CitationVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether the citations of a claim bear it out, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimVerdict {
    /// They say it.
    Supported,
    /// They say some of it, or something like it.
    Partly,
    /// They do not say it, or say the contrary.
    Unsupported,
    /// A figure, date or amount in it is not borne out.
    NumberMismatch,
}

impl ClaimVerdict {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Partly => "partly",
            Self::Unsupported => "unsupported",
            Self::NumberMismatch => "number_mismatch",
        }
    }
}

impl fmt::Display for ClaimVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
