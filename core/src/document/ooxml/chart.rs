//! The figures that a chart shows: they are kept in it, whether or not the workbook that they come from is at hand.

use std::collections::BTreeMap;

use super::{
    Package, Piece, Row, Token,
    number::{Format, Locale},
};
use crate::Result;

/// What a chart shows.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    /// Its title and those of its axes.
    pub(crate) titles: Vec<String>,
    /// One row a category: its name, then the figure of each series. The first row names the series.
    pub(crate) rows: Vec<Row>,
}

#[derive(Default)]
struct Series {
    name: String,
    categories: BTreeMap<u32, String>,
    values: BTreeMap<u32, String>,
    format: Option<String>,
}

/// Reads the chart in `part`; its rows belong to the table `table`.
pub(crate) fn read(package: &mut Package, part: &str, table: u32, locale: Locale) -> Result<Chart> {
    let mut chart = Chart::default();
    let mut all: Vec<Series> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut point = 0;
    let mut xml = package.xml(part)?;
    loop {
        let element = match xml.next()? {
            Token::Start(element) => element,
            Token::End => {
                path.pop();
                continue;
            }
            Token::Text(_) => continue,
            Token::Eof => break,
        };
        let is_in = |name: &str| path.iter().any(|step| step == name);
        match element.name() {
            "ser" => all.push(Series::default()),
            "pt" => point = element.number("idx").unwrap_or(0),
            "t" if is_in("title") => {
                let text = xml.text()?;
                // Runs of one title follow each other; a title of its own begins with its element.
                match chart.titles.last_mut() {
                    Some(title) => title.push_str(&text),
                    None => chart.titles.push(text),
                }
                continue;
            }
            "title" => chart.titles.push(String::new()),
            "formatCode" if is_in("val") => {
                let code = xml.text()?;
                if let Some(series) = all.last_mut() {
                    series.format = Some(code);
                }
                continue;
            }
            "v" if is_in("ser") => {
                let (is_name, is_category) = (is_in("tx"), is_in("cat") || is_in("xVal"));
                let is_value = is_in("val") || is_in("yVal");
                let value = xml.text()?;
                if let Some(series) = all.last_mut() {
                    match () {
                        () if is_name => series.name.push_str(&value),
                        // Categories of several levels are given from the innermost level on.
                        () if is_category => {
                            let name = series.categories.entry(point).or_default();
                            *name = if name.is_empty() { value } else { format!("{value} {name}") };
                        }
                        () if is_value => drop(series.values.insert(point, value)),
                        () => {}
                    }
                }
                continue;
            }
            _ => {}
        }
        path.push(element.name().to_owned());
    }
    chart.titles.retain(|title| !title.trim().is_empty());
    chart.rows = rows(&all, table, locale);
    Ok(chart)
}

fn rows(all: &[Series], table: u32, locale: Locale) -> Vec<Row> {
    let column = |index: usize| index as u32 + 1;
    let points: BTreeMap<u32, ()> = all.iter().flat_map(|series| series.values.keys().map(|point| (*point, ()))).collect();
    let names = all.iter().enumerate().map(|(index, series)| (column(index), Piece::of(&series.name))).collect();
    let mut rows = vec![Row { table, header: true, cells: names }];
    for point in points.into_keys() {
        let category = all.iter().find_map(|series| series.categories.get(&point));
        let mut cells = vec![(0, Piece::of(category.map_or("", String::as_str)))];
        for (index, series) in all.iter().enumerate() {
            let Some(value) = series.values.get(&point) else { continue };
            let format = Format::parse(series.format.as_deref().unwrap_or("General"));
            let shown = value.trim().parse().ok().map(|value| format.number(value, locale, false).text);
            cells.push((column(index), Piece::of(&shown.unwrap_or_else(|| value.clone()))));
        }
        rows.push(Row { table, header: false, cells });
    }
    rows
}
