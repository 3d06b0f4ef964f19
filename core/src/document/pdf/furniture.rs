//! Running headers, footers and page numbers: lines that stand at the same height of several pages and say the same, digits
//! apart.

use rustc_hash::FxHashMap;

use super::lines::Piece;

/// Pages before and behind within which a line must come again. Left and right pages differ, and chapters change.
pub(super) const WINDOW: u32 = 12;
/// Part of the page's height at its head and at its foot that is looked at.
const MARGIN: f32 = 0.2;
/// Rows of one group at most: more is body text.
const ROWS: usize = 4;

/// A piece of a line in the margin of a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// Index among the page's pieces.
    pub(super) piece: usize,
    /// Groups are parted by white space: 0 stands outermost.
    group: usize,
    bottom: bool,
    key: String,
    y: f32,
    /// The page's.
    height: f32,
    /// The first and the last number in it.
    numbers: [Option<u32>; 2],
    /// Nothing but a page number, with the words that go with one.
    number: Option<String>,
}

/// What a piece in the margin turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    RunningHeader,
    PageNumber(String),
}

/// What stood in the margins of the pages around.
#[derive(Default)]
pub(super) struct Furniture {
    seen: FxHashMap<String, Vec<Sighting>>,
}

struct Sighting {
    page: u32,
    y: f32,
    height: f32,
    numbers: [Option<u32>; 2],
}

/// What of a page may be furniture.
pub(super) fn candidates(pieces: &[Piece], height: f32) -> Vec<Candidate> {
    let mut order: Vec<usize> = (0..pieces.len()).filter(|at| pieces[*at].angle == 0).collect();
    order.sort_by(|a, b| pieces[*a].base.total_cmp(&pieces[*b].base));
    let mut out = side(pieces, order.iter().copied(), height, false);
    out.extend(side(pieces, order.iter().rev().copied(), height, true));
    out
}

fn side(pieces: &[Piece], order: impl Iterator<Item = usize>, height: f32, bottom: bool) -> Vec<Candidate> {
    let mut out: Vec<Candidate> = Vec::new();
    let (mut group, mut rows, mut begun) = (0, 0, 0);
    let mut last: Option<&Piece> = None;
    for at in order {
        let piece = &pieces[at];
        let inside = if bottom { piece.bottom > height * (1.0 - MARGIN) } else { piece.top < height * MARGIN };
        let row_changes = last.is_none_or(|last| (last.base - piece.base).abs() > 0.4 * piece.size);
        let gap = last.map_or(0.0, |last| if bottom { last.top - piece.bottom } else { piece.top - last.bottom });
        let parted = last.is_some_and(|last| gap > 0.6 * last.size.max(piece.size));
        if parted {
            (group, rows, begun) = (group + 1, 0, out.len());
        }
        rows += usize::from(row_changes);
        if !inside || rows > ROWS || group > 2 {
            // The group runs into the body, or is too large for furniture.
            if !parted || rows > ROWS {
                out.truncate(begun);
            }
            break;
        }
        let text = piece.text();
        out.push(Candidate {
            piece: at,
            group,
            bottom,
            key: key(&text, bottom),
            y: piece.base,
            height,
            numbers: numbers(&text),
            number: page_number(&text),
        });
        last = Some(piece);
    }
    out
}

impl Furniture {
    /// Remembers the margins of a page. Pages come in order.
    pub(super) fn observe(&mut self, page: u32, candidates: &[Candidate]) {
        for candidate in candidates {
            let sightings = self.seen.entry(candidate.key.clone()).or_default();
            sightings.push(Sighting { page, y: candidate.y, height: candidate.height, numbers: candidate.numbers });
        }
        if page.is_multiple_of(WINDOW) {
            self.seen.retain(|_, sightings| {
                sightings.retain(|sighting| sighting.page + 3 * WINDOW > page);
                !sightings.is_empty()
            });
        }
    }

    /// What the candidates of a page are, once the pages behind it were observed. `pages` is the document's number of pages.
    pub(super) fn decide(&self, page: u32, pages: u32, candidates: &[Candidate]) -> Vec<(usize, Verdict)> {
        let needed = if pages <= 3 { 1 } else { 2 };
        let mut out = Vec::new();
        for bottom in [false, true] {
            for group in 0..3 {
                let members: Vec<&Candidate> = candidates.iter().filter(|c| c.bottom == bottom && c.group == group).collect();
                let repeats: Vec<bool> = members.iter().map(|candidate| self.repeats(page, candidate, needed, pages)).collect();
                let share = repeats.iter().filter(|repeats| **repeats).count();
                if members.is_empty() || share == 0 || share * 2 < members.len() {
                    break;
                }
                for candidate in members {
                    let verdict = match &candidate.number {
                        Some(number) => Verdict::PageNumber(number.clone()),
                        None => Verdict::RunningHeader,
                    };
                    out.push((candidate.piece, verdict));
                }
            }
        }
        out
    }

    fn repeats(&self, page: u32, candidate: &Candidate, needed: usize, pages: u32) -> bool {
        let alike = self.alike(page, candidate).count();
        match &candidate.number {
            // A number alone counts when it goes with the pages, or names this very page.
            Some(number) => {
                let own = number.parse() == Ok(page) && (pages <= 2 || candidate.key.chars().any(char::is_alphabetic));
                own || number.parse::<u32>().is_err() && alike >= needed || self.goes_with_pages(page, candidate, 0) >= needed
            }
            None if candidate.key.chars().skip(1).any(char::is_alphabetic) => alike >= needed,
            None => false,
        }
    }

    fn alike<'s>(&'s self, page: u32, candidate: &'s Candidate) -> impl Iterator<Item = &'s Sighting> {
        self.seen.get(&candidate.key).into_iter().flatten().filter(move |sighting| {
            // A page turned on its side has other margins.
            let same_place = (sighting.y - candidate.y).abs() <= 5.0 || (sighting.height - candidate.height).abs() > 20.0;
            sighting.page != page && sighting.page.abs_diff(page) <= WINDOW && same_place
        })
    }

    fn goes_with_pages(&self, page: u32, candidate: &Candidate, which: usize) -> usize {
        let Some(own) = candidate.numbers[which] else { return 0 };
        let offset = i64::from(own) - i64::from(page);
        self.alike(page, candidate)
            .filter(|sighting| {
                sighting.numbers[which].is_some_and(|number| i64::from(number) - i64::from(sighting.page) == offset)
            })
            .count()
    }

    /// The number in a running header that counts the pages.
    pub(super) fn label(&self, page: u32, candidate: &Candidate) -> Option<String> {
        [1, 0]
            .into_iter()
            .find(|which| self.goes_with_pages(page, candidate, *which) >= 2)
            .and_then(|which| candidate.numbers[which])
            .map(|number| number.to_string())
    }
}

/// The same for lines that differ in their digits alone.
fn key(text: &str, bottom: bool) -> String {
    let mut key = String::from(if bottom { "b" } else { "t" });
    for ch in text.chars() {
        if !ch.is_ascii_digit() {
            key.extend(ch.to_lowercase());
        } else if !key.ends_with('#') {
            key.push('#');
        }
    }
    if page_number(text).is_some_and(|number| number.parse::<u32>().is_err()) {
        key.truncate(1);
        key.push_str("roman");
    }
    key
}

fn numbers(text: &str) -> [Option<u32>; 2] {
    let mut all = text.split(|ch: char| !ch.is_ascii_digit()).filter(|part| !part.is_empty()).map(|part| part.parse().ok());
    let first = all.next().flatten();
    [first, all.next_back().unwrap_or(first)]
}

/// The number of a line that is nothing but a page number: `17`, `- 17 -`, `Seite 17 von 60`, `xii`.
fn page_number(text: &str) -> Option<String> {
    let text =
        text.trim_matches(|ch: char| ch.is_whitespace() || matches!(ch, '-' | '–' | '—' | '|' | '[' | ']' | '/' | '•' | '·'));
    let mut words = text.split_whitespace().peekable();
    if matches!(words.peek(), Some(&("Seite" | "Page" | "page" | "S." | "p." | "Blatt" | "SEITE" | "PAGE"))) {
        words.next();
    }
    let first = words.next()?;
    let rest: Vec<&str> = words.collect();
    let digits = |word: &str| !word.is_empty() && word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit());
    let (first, total) = first.split_once('/').map_or((first, None), |(a, b)| (a, Some(b)));
    let ends = match (rest.as_slice(), total) {
        ([], None) => true,
        ([], Some(total)) => digits(total),
        (["von" | "of" | "/" | "|", total], None) => digits(total),
        _ => false,
    };
    let roman =
        first.len() <= 6 && (first.bytes().all(|b| b"ivxlc".contains(&b)) || first.bytes().all(|b| b"IVXLC".contains(&b)));
    (ends && (digits(first) || (roman && !first.is_empty()))).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_nothing_but_a_page_number_is_known() {
        for (text, number) in
            [("17", "17"), ("- 17 -", "17"), ("Seite 17 von 60", "17"), ("xii", "xii"), ("3/12", "3"), ("Page 4", "4")]
        {
            assert_eq!(page_number(text).as_deref(), Some(number), "{text}");
        }
        for text in ["17,5", "12.345", "Umsatz 17", "31.12.2025", ""] {
            assert_eq!(page_number(text), None, "{text}");
        }
    }
}
