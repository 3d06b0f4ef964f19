//! Entries as a table that audit software imports (IDEA, WinIDEA): CSV, and `index.xml` in the description standard that the GoBD
//! name for handing over data.

use std::fmt::Write;

use crate::audit::Leaf;

/// Columns: name, whether it is a number, and what it is, in German.
const COLUMNS: &[(&str, bool, &str)] = &[
    ("Index", true, "Platz im Protokoll, ab 0"),
    ("Zeit", false, "Uhrzeit des Rechners, UTC, RFC 3339"),
    ("Art", false, "Art des Vorgangs"),
    ("Phase", false, "intent, release, outcome, denied"),
    ("Ergebnis", false, "complete, aborted, failed"),
    ("Id", false, "Id des Eintrags"),
    ("Akteur", false, "Pseudonym"),
    ("Oeffnung", false, "Id der Öffnung des Protokolls"),
    ("Nummer", true, "Nummer des Eintrags in seiner Öffnung, ab 0"),
    ("Bezug", false, "Ids der Einträge, die er fortsetzt"),
    ("Nutzdaten", false, "Namen der Inhalte, auf die er sich festlegt"),
];

/// The table: fields between quotation marks, parted by `;`, lines ended by CR LF, the first with the names of the columns.
pub fn entries<'a>(entries: impl IntoIterator<Item = (u64, &'a Leaf)>) -> String {
    let mut csv = String::new();
    let names: Vec<String> = COLUMNS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    line(&names, &mut csv);
    for (index, leaf) in entries {
        let join = |parts: Vec<String>| parts.join(" ");
        line(
            &[
                index.to_string(),
                leaf.time.clone(),
                leaf.r#type.clone(),
                leaf.phase.clone(),
                leaf.result.clone().unwrap_or_default(),
                leaf.id.to_string(),
                leaf.actor.pseudonym.to_string(),
                leaf.boot.to_string(),
                leaf.seq.to_string(),
                join(leaf.refs.iter().map(ToString::to_string).collect()),
                join(leaf.payloads.iter().map(|payload| payload.name.clone()).collect()),
            ],
            &mut csv,
        );
    }
    csv
}

fn line(fields: &[String], csv: &mut String) {
    for (place, field) in fields.iter().enumerate() {
        // A spreadsheet takes a field that begins so for a formula.
        let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        let separator = if place > 0 { ";" } else { "" };
        let _ = write!(csv, "{separator}\"{guard}{}\"", field.replace('"', "\"\""));
    }
    csv.push_str("\r\n");
}

/// The description of the table.
pub fn index() -> String {
    let mut columns = String::new();
    for (place, (name, is_number, description)) in COLUMNS.iter().enumerate() {
        let element = if place == 0 { "VariablePrimaryKey" } else { "VariableColumn" };
        let kind = if *is_number { "<Numeric/>" } else { "<AlphaNumeric/>" };
        let _ = write!(
            columns,
            "        <{element}>\n          <Name>{name}</Name>\n          <Description>{description}</Description>\n          {kind}\n        </{element}>\n"
        );
    }
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE DataSet SYSTEM "gdpdu-01-09-2004.dtd">
<DataSet>
  <Version>1.0</Version>
  <DataSupplier>
    <Name>Beleg</Name>
    <Location></Location>
    <Comment>Einträge des Prüfprotokolls zu einer Antwort</Comment>
  </DataSupplier>
  <Media>
    <Name>Beweispaket</Name>
    <Table>
      <URL>entries.csv</URL>
      <Name>Einträge</Name>
      <Description>Einträge des Prüfprotokolls; maßgeblich sind die Bytes unter entries/</Description>
      <UTF8/>
      <DecimalSymbol>,</DecimalSymbol>
      <DigitGroupingSymbol>.</DigitGroupingSymbol>
      <Range>
        <From>2</From>
      </Range>
      <VariableLength>
        <ColumnDelimiter>;</ColumnDelimiter>
        <RecordDelimiter>&#13;&#10;</RecordDelimiter>
        <TextEncapsulator>"</TextEncapsulator>
{columns}      </VariableLength>
    </Table>
  </Media>
</DataSet>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_of_the_table_is_a_formula_and_quotation_marks_are_doubled() {
        let mut csv = String::new();
        line(&["=1+1".to_owned(), "a \"b\"".to_owned(), "-".to_owned(), String::new()], &mut csv);
        assert_eq!(csv, "\"'=1+1\";\"a \"\"b\"\"\";\"'-\";\"\"\r\n");
    }
}
