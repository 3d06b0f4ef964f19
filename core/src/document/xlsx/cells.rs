/// Columns that a sheet can have.
pub(super) const COLUMNS: u32 = 16_384;

/// Rows that a sheet can have.
const ROWS: u32 = 1_048_576;

/// A cell by its place: `B7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference {
    /// 0-based.
    pub(super) column: u32,
    /// 1-based.
    pub(super) row: u32,
}

impl Reference {
    /// Reads `B7`, or the first corner of `B7:D9`. Excel ends at column XFD and row 1,048,576; so do references.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let first = text.split(':').next()?;
        let letters = first.bytes().take_while(u8::is_ascii_alphabetic).count();
        let column =
            first[..letters].bytes().take(4).fold(0, |sum, letter| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
        let row: u32 = first[letters..].parse().ok()?;
        ((1..=3).contains(&letters) && (1..=COLUMNS).contains(&column) && (1..=ROWS).contains(&row))
            .then(|| Self { column: column - 1, row })
    }
}

/// Resolves `_x000D_`, by which cells write characters that XML has not.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|_| rest.get(at + 6..at + 7) == Some("_"));
        let c = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        match c {
            Some(c) => {
                out.push(c);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_up_to_the_last_cell_that_excel_has() {
        let at = |text| Reference::parse(text).map(|cell| (cell.column, cell.row));
        assert_eq!(at("A1"), Some((0, 1)));
        assert_eq!(at("AA10"), Some((26, 10)));
        assert_eq!(at("XFD1048576"), Some((16_383, 1_048_576)));
        assert_eq!(at("B7:D9"), Some((1, 7)));
        for wrong in ["XFE1", "A1048577", "A0", "7", "A", "AAAA1", "", "Ä1", "A-1"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn escaped_characters_come_back() {
        assert_eq!(unescape("a_x000D_b_x0041_"), "a\rbA");
        assert_eq!(unescape("_x005F_x000D_"), "_x000D_");
        assert_eq!(unescape("max_xyz_x12"), "max_xyz_x12");
        assert_eq!(unescape("_xä000_"), "_xä000_");
    }
}
