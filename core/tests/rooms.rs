//! Dependencies point one way: each room of the crate may use what lies in the rooms below it and nothing else.
//!
//! The check reads the source: every path from the crate's root (`crate::room`, `crate::{room, ..}`, `beleg::room`, and `super::` as often as it
//! takes to get there) outside of test code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Who shares, bottom first. A room may use every room of a layer below its own, and no other of its own layer but in the base.
const LAYERS: &[&[&str]] = &[
    &["error", "env", "types", "hex", "seconds", "platform", "onnx", "tokenize", "http", "wire", "store", "record"],
    &["document", "chunk", "embed", "index", "provider", "audit"],
    // Makes and fetches the files that `embed` opens.
    &["model"],
    &["retrieve", "redact", "audit_log"],
    &["answer"],
    &["corpus"],
    &["config"],
    // Anyone may be tested: fakes and conformance suites know all of it.
    &["testing"],
    &["bin"],
];

/// Within the base: `error` uses nothing, `types` uses `error`, and so on; no room uses one behind it.
const BASE_ORDER: &[&str] = LAYERS[0];

/// A sans-I/O verifier stands alone.
const ALONE: &[(&str, &[&str])] = &[("audit", &["error", "env", "types", "hex"])];

/// Whether `room` may use `used`; the reason when not.
fn judge(room: &str, used: &str) -> Result<(), String> {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let (Some(own), Some(other)) = (layer(room), layer(used)) else {
        let unknown = if layer(room).is_none() { room } else { used };
        return Err(format!("`{unknown}` is no room that this test knows: give it a layer"));
    };
    if let Some((_, allowed)) = ALONE.iter().find(|(name, _)| *name == room) {
        return if allowed.contains(&used) { Ok(()) } else { Err(format!("`{room}` builds with {allowed:?} alone")) };
    }
    let base = |name: &str| BASE_ORDER.iter().position(|base| *base == name);
    match (base(room), base(used)) {
        (Some(own), Some(other)) if own > other => Ok(()),
        (Some(_), Some(_)) => Err(format!("within the base `{room}` stands before `{used}`")),
        _ if own > other => Ok(()),
        _ if own == other => Err(format!("`{room}` and `{used}` are siblings")),
        _ => Err(format!("`{used}` stands above `{room}`")),
    }
}

/// Words and signs of Rust source, without comments, strings, numbers and white space; `::` is one sign.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            while i < chars.len() {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if is_word(c) {
            let start = i;
            while is_word(at(i)) {
                i += 1;
            }
            let word: String = chars[start..i].iter().collect();
            // r"…", br#"…"#: no escapes, as many # at the end as at the beginning.
            let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
            if matches!(word.as_str(), "r" | "br" | "cr") && at(i + hashes) == '"' {
                i += hashes + 1;
                while i < chars.len() && !(at(i) == '"' && (1..=hashes).all(|h| at(i + h) == '#')) {
                    i += 1;
                }
                i += 1 + hashes;
            } else {
                out.push(word);
            }
        } else if c == '"' {
            i += 1;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' {
            // A character, or a lifetime.
            if at(i + 1) == '\\' {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            } else if at(i + 2) == '\'' {
                i += 3;
            } else {
                i += 1;
            }
        } else if c == ':' && at(i + 1) == ':' {
            out.push("::".to_owned());
            i += 2;
        } else {
            if !c.is_whitespace() {
                out.push(c.to_string());
            }
            i += 1;
        }
    }
    out
}

/// Leaves out items under `#[cfg(test)]` and the like.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if !is_test_attribute(&tokens[i..]) {
            out.push(tokens[i].clone());
            i += 1;
            continue;
        }
        // Up to the item's end: its closing brace, or a semicolon outside of all brackets.
        let mut depth = 0;
        while i < tokens.len() {
            let token = tokens[i].as_str();
            i += 1;
            match token {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" => depth -= 1,
                "}" if depth == 1 => break,
                "}" => depth -= 1,
                ";" if depth == 0 => break,
                _ => {}
            }
        }
    }
    out
}

/// `#[cfg(test)]`, `#[cfg(all(test, ..))]`, `#[test]`.
fn is_test_attribute(tokens: &[String]) -> bool {
    let starts = |with: &[&str]| tokens.len() >= with.len() && tokens.iter().zip(with).all(|(a, b)| a == b);
    starts(&["#", "[", "cfg", "(", "test", ")", "]"])
        || starts(&["#", "[", "cfg", "(", "all", "(", "test"])
        || starts(&["#", "[", "test", "]"])
}

/// The rooms that source at `module` (its path of modules from the crate's root) uses, its own left out.
fn used_rooms(source: &str, module: &[&str]) -> BTreeSet<String> {
    let tokens = without_tests(&tokens(source));
    let word = |i: usize| tokens.get(i).map_or("", String::as_str);
    // The command line is a crate of its own: `crate` is not the library there.
    let is_library = module.first() != Some(&"bin");
    let own_root = if is_library { "crate" } else { "beleg" };
    let mut used = BTreeSet::new();
    // Inline modules that are open: the depth of braces at which each began.
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut i = 0;
    while i < tokens.len() {
        match word(i) {
            "{" => {
                depth += 1;
                if i >= 2 && word(i - 2) == "mod" {
                    inline.push(depth);
                }
            }
            "}" => {
                if inline.last() == Some(&depth) {
                    inline.pop();
                }
                depth -= 1;
            }
            root if root == own_root && word(i + 1) == "::" && (i == 0 || word(i - 1) != "::") => {
                roots(&tokens, i + 2, &mut used)
            }
            "super" if i == 0 || word(i - 1) != "::" => {
                let mut supers = 1;
                while word(i + 1) == "::" && word(i + 2) == "super" {
                    supers += 1;
                    i += 2;
                }
                if is_library && word(i + 1) == "::" && supers == module.len() + inline.len() {
                    roots(&tokens, i + 2, &mut used);
                }
            }
            _ => {}
        }
        i += 1;
    }
    used.remove(module.first().copied().unwrap_or_default());
    used
}

/// The first names of the path or of the group of paths that begins at `tokens[start]`.
fn roots(tokens: &[String], start: usize, used: &mut BTreeSet<String>) {
    let word = |i: usize| tokens.get(i).map_or("", String::as_str);
    if word(start) != "{" {
        used.extend(room_of(word(start)));
        return;
    }
    let mut depth = 0;
    for i in start..tokens.len() {
        match word(i) {
            "{" => depth += 1,
            "}" if depth == 1 => return,
            "}" => depth -= 1,
            name if depth == 1 && matches!(word(i - 1), "{" | ",") => used.extend(room_of(name)),
            _ => {}
        }
    }
}

/// What the crate's root re-exports begins with a capital and is of the room `error`.
fn room_of(name: &str) -> Option<String> {
    match name.chars().next()? {
        'A'..='Z' => Some("error".to_owned()),
        'a'..='z' => Some(name.to_owned()),
        _ => None,
    }
}

/// All violations of the sources under `folder`, one a line.
fn violations(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    assert!(files.len() > 50, "too few sources found under {}", folder.display());
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let relative = file.strip_prefix(folder).expect("a file of the folder");
        let mut module: Vec<String> =
            relative.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let test_code = module.iter().any(|part| matches!(part.as_str(), "tests" | "testing")) && module[0] != "testing";
        if test_code || module == ["lib"] {
            continue;
        }
        if module.len() > 1 && module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        let module: Vec<&str> = module.iter().map(String::as_str).collect();
        let source = fs::read_to_string(&file).expect("a source that can be read");
        for used in used_rooms(&source, &module) {
            if let Err(why) = judge(module[0], &used) {
                found.entry(why).or_default().insert(relative.display().to_string());
            }
        }
    }
    found.into_iter().map(|(why, files)| format!("{why}: {}", files.into_iter().collect::<Vec<_>>().join(", "))).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder that can be read") {
        let path = entry.expect("an entry that can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn dependencies_point_one_way() {
    let found = violations(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(found.is_empty(), "rooms that use what they may not:\n{}", found.join("\n"));
}

#[test]
fn every_room_has_a_layer() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source).expect("the sources") {
        let path = entry.expect("an entry").path();
        let room = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(room == "lib" || LAYERS.iter().any(|layer| layer.contains(&room.as_str())), "`{room}` has no layer: give it one");
    }
}

#[test]
fn a_room_may_use_what_lies_below_and_not_what_lies_above_or_beside() {
    assert!(judge("corpus", "retrieve").is_ok() && judge("retrieve", "index").is_ok() && judge("index", "store").is_ok());
    assert!(judge("store", "types").is_ok() && judge("bin", "corpus").is_ok() && judge("model", "embed").is_ok());
    assert!(judge("index", "retrieve").is_err(), "upwards");
    assert!(judge("types", "store").is_err(), "upwards within the base");
    assert!(judge("document", "chunk").is_err(), "sideways");
    assert!(judge("audit", "store").is_err(), "the verifier stands alone");
    assert!(judge("corpus", "cellar").is_err() && judge("attic", "types").is_err(), "unknown rooms");
}

#[test]
fn every_form_of_path_is_seen() {
    let uses = |source: &str, module: &[&str]| used_rooms(source, module).into_iter().collect::<Vec<_>>();
    assert_eq!(uses("use crate::store::Blobs;", &["index"]), ["store"]);
    assert_eq!(uses("use crate::{Error, chunk::{Chunk, types}, store::{self, x}};", &["index"]), ["chunk", "error", "store"]);
    assert_eq!(uses("fn f() -> crate::Result<()> { crate::corpus::g() }", &["index"]), ["corpus", "error"]);
    assert_eq!(uses("pub(crate) fn f() {} pub(in crate::index) fn g() {}", &["index"]), [""; 0]);
    assert_eq!(uses("use beleg::{corpus::Corpus, Error}; use crate::args::Cli;", &["bin", "beleg", "main"]), ["corpus", "error"]);
    assert_eq!(uses("use super::super::store::Blobs;", &["index", "catalog"]), ["store"]);
    assert_eq!(uses("use super::memory::Blobs;", &["index", "catalog"]), [""; 0]);
    assert_eq!(
        uses("mod inner { use super::super::super::store::Blobs; } use super::super::types::Span;", &["index", "catalog"]),
        ["store", "types"]
    );
}

#[test]
fn comments_strings_characters_and_tests_are_no_uses() {
    let source = r##"
        //! [`crate::corpus`]
        /* crate::corpus /* crate::answer */ crate::corpus */
        fn f<'a>(c: char) -> &'a str { if c == '"' || c == '\'' || c == '\u{27}' { "crate::corpus \" crate::corpus" } else { r#"crate::corpus""# } }
        #[cfg(test)]
        mod tests { use crate::corpus::Corpus; mod deeper { fn g() { crate::corpus::h() } } }
        #[cfg(all(test, feature = "x"))]
        use crate::corpus::Corpus;
        #[cfg(test)]
        mod other;
        use crate::store::Blobs;
    "##;
    assert_eq!(used_rooms(source, &["index"]).into_iter().collect::<Vec<_>>(), ["store"]);
}
