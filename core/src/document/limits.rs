use std::time::Duration;

/// What one document may cost. Each limit that is reached is an error of that document and names the setting.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the file itself.
    pub file_bytes: u64,
    /// Bytes after decompression, all members together.
    pub decompressed_bytes: u64,
    /// How many times larger a compressed stream may become, above its first 16 MiB.
    pub decompression_ratio: u64,
    /// Pages, sheets or slides.
    pub pages: u32,
    /// Bytes of text on one page.
    pub page_text_bytes: u64,
    /// Bytes of text in all.
    pub text_bytes: u64,
    /// Files inside the file, all levels together.
    pub parts: u32,
    /// How deep files may lie in files.
    pub depth: u32,
    /// Nesting of elements in XML, HTML and JSON.
    pub nesting: u32,
    /// Address space of the worker process, in bytes.
    pub memory_bytes: u64,
    /// Time for the whole document.
    #[serde(rename = "time_seconds", with = "crate::seconds")]
    pub time: Duration,
    /// Time for one page, where the format has pages that can be given up alone.
    #[serde(rename = "page_time_seconds", with = "crate::seconds")]
    pub page_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            file_bytes: 2048 * MIB,
            decompressed_bytes: 1024 * MIB,
            decompression_ratio: 200,
            pages: 20_000,
            page_text_bytes: 64 * MIB,
            text_bytes: 512 * MIB,
            parts: 10_000,
            depth: 4,
            nesting: 256,
            memory_bytes: 2048 * MIB,
            time: Duration::from_secs(300),
            page_time: Duration::from_secs(20),
        }
    }
}
