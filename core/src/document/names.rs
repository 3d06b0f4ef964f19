//! Names of files: which of them are no documents, and how the name of a file inside a file is made safe.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

/// Bytes of one component of a name at most, as file systems have it.
const COMPONENT_BYTES: usize = 255;

/// Whether a file of this name (with or without folders, `/` or `\`) is no document but the litter of an operating
/// system or of an office program: thumbnails, folder settings, lock files, resource forks.
pub fn is_ignored(name: &str) -> bool {
    let mut components = name.rsplit(['/', '\\']);
    let file = components.next().unwrap_or_default();
    let lower = file.to_ascii_lowercase();
    matches!(lower.as_str(), ".ds_store" | "thumbs.db" | "ehthumbs.db" | "desktop.ini" | ".localized" | "icon\r")
        || lower.starts_with("~$")
        || lower.starts_with("._")
        || lower.starts_with(".~lock.")
        || std::iter::once(file).chain(components).any(|c| c == "__MACOSX" || c == ".git" || c == ".svn")
}

/// Makes the names of a container's parts safe and distinct.
#[derive(Default)]
pub(super) struct PartNames {
    taken: HashSet<String>,
    count: usize,
}

impl PartNames {
    /// The safe name for a member that its container calls `name`: relative, with `/`, in NFC, without `..`, drive letters,
    /// control and direction characters; a number is appended to one that was given before.
    pub(super) fn path(&mut self, name: &str) -> String {
        let name: String = name.nfc().filter(|c| !is_dangerous(*c)).map(|c| if c == '\\' { '/' } else { c }).collect();
        let components: Vec<String> = name
            .split('/')
            .enumerate()
            .filter(|(i, c)| !(*i == 0 && c.len() == 2 && c.ends_with(':') && c.as_bytes()[0].is_ascii_alphabetic()))
            .filter_map(|(_, c)| component(c))
            .collect();
        self.distinct(components)
    }

    /// The safe name for an attachment: its last component alone, since a mail has no folders.
    pub(super) fn file(&mut self, name: &str) -> String {
        let name: String = name.nfc().filter(|c| !is_dangerous(*c)).collect();
        let last = name.rsplit(['/', '\\']).find_map(component);
        self.distinct(last.into_iter().collect())
    }

    fn distinct(&mut self, components: Vec<String>) -> String {
        self.count += 1;
        let name = if components.is_empty() { format!("part-{}", self.count) } else { components.join("/") };
        let mut distinct = name.clone();
        let mut n = 1;
        // Names that differ in case alone would be one file on most desktops.
        while !self.taken.insert(distinct.to_lowercase()) {
            n += 1;
            let (folder, file) = name.rsplit_once('/').map_or(("", name.as_str()), |(folder, file)| (folder, file));
            let (stem, dot, extension) = match file.rsplit_once('.') {
                Some((stem, extension)) if !stem.is_empty() => (stem, ".", extension),
                _ => (file, "", ""),
            };
            let slash = if folder.is_empty() { "" } else { "/" };
            distinct = format!("{folder}{slash}{stem} ({n}){dot}{extension}");
        }
        distinct
    }
}

/// Control characters, and the marks with which `exe.fdp` is made to read `pdf.exe` backwards.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn component(text: &str) -> Option<String> {
    // Windows drops dots and spaces at the end: `.. ` would be `..` there.
    let text = text.trim_start().trim_end_matches(['.', ' ', '\t', '\u{a0}']);
    if text.is_empty() {
        return None;
    }
    let mut text = text.to_owned();
    if text.ends_with('!') {
        // `a.zip!/b` is how a part of a container is written.
        text.push('_');
    }
    let stem = text.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device)
            .is_some_and(|n| n.chars().count() == 1 && n.chars().all(|c| matches!(c, '0'..='9' | '¹' | '²' | '³')))
    };
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT") {
        text.insert(0, '_');
    }
    if text.len() > COMPONENT_BYTES {
        let extension = text.rsplit_once('.').map(|(_, e)| format!(".{e}")).filter(|e| e.len() <= 16).unwrap_or_default();
        let mut end = COMPONENT_BYTES - extension.len();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(&extension);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn litter_of_systems_is_ignored_and_documents_are_not() {
        for name in
            [".DS_Store", "a/Thumbs.db", "x\\desktop.ini", "~$Bericht.docx", "._Bericht.pdf", "__MACOSX/a/b.pdf", ".~lock.a.ods#"]
        {
            assert!(is_ignored(name), "{name}");
        }
        for name in ["Bericht.pdf", "a/~Bericht.docx", "thumbs.db.pdf", ".hidden.txt", "MACOSX/a.pdf"] {
            assert!(!is_ignored(name), "{name}");
        }
    }

    #[test]
    fn no_name_leaves_its_container() {
        let mut names = PartNames::default();
        assert_eq!(names.path("../../etc/passwd"), "etc/passwd");
        assert_eq!(names.path("..\\..\\windows\\system.ini"), "windows/system.ini");
        assert_eq!(names.path("C:\\Temp\\a.txt"), "Temp/a.txt");
        assert_eq!(names.path("/abs/a.txt"), "abs/a.txt");
        assert_eq!(names.path("a/.. /b"), "a/b");
        assert_eq!(names.path("..."), "part-6");
        assert_eq!(names.path("x!/y"), "x!_/y");
        assert_eq!(names.file("../../../etc/passwd"), "passwd");
        assert_eq!(names.file("C:\\Users\\x\\Rechnung.pdf"), "Rechnung.pdf");
        assert_eq!(names.file("a/"), "a");
    }

    #[test]
    fn names_that_deceive_or_collide_are_changed() {
        let mut names = PartNames::default();
        assert_eq!(names.file("Rechnung\u{202e}fdp.exe"), "Rechnungfdp.exe");
        assert_eq!(names.file("a\0b.pdf"), "ab.pdf");
        assert_eq!(names.file("NUL.txt"), "_NUL.txt");
        assert_eq!(names.file("com1"), "_com1");
        assert_eq!(names.file("Com\u{65}dy.txt"), "Comedy.txt");
        assert_eq!(names.file("scan.pdf"), "scan.pdf");
        assert_eq!(names.file("SCAN.pdf"), "SCAN (2).pdf");
        assert_eq!(names.file("U\u{308}bersicht.pdf"), "Übersicht.pdf");
        assert_eq!(names.file(&format!("{}.pdf", "ä".repeat(200))).len(), 254);
    }
}
