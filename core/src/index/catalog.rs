//! The dataset of documents.
//!
//! One row a document version. Columns that others may want to read stand for themselves; the whole record is JSON beside
//! them, and it is what Beleg reads.

use std::sync::{Arc, LazyLock};

use arrow_array::{
    Array, Date32Array, RecordBatch, StringArray, UInt32Array,
    builder::{ListBuilder, StringBuilder},
    cast::AsArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use futures::TryStreamExt;
use lance::Dataset;
use uuid::Uuid;

use crate::{Error, ErrorKind, Result, store::lance_error, types::DocumentRecord};

/// Where the dataset lies in a corpus.
pub const PATH: &str = "catalog";

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let strings = || DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, false),
        Field::new("root", DataType::Utf8, false),
        Field::new("version", DataType::UInt32, false),
        Field::new("sha256", DataType::Utf8, false),
        Field::new("status", DataType::Utf8, false),
        Field::new("labels", strings(), false),
        Field::new("subjects", strings(), false),
        Field::new("date", DataType::Date32, true),
        Field::new("record", DataType::Utf8, false),
    ]))
});

/// Rows for the dataset.
pub fn batch(records: &[DocumentRecord]) -> Result<RecordBatch> {
    let strings = |of: fn(&DocumentRecord) -> &[String]| {
        let mut list = ListBuilder::new(StringBuilder::new());
        for record in records {
            of(record).iter().for_each(|item| list.values().append_value(item));
            list.append(true);
        }
        Arc::new(list.finish()) as Arc<dyn Array>
    };
    let text = |of: &dyn Fn(&DocumentRecord) -> String| {
        Arc::new(StringArray::from_iter_values(records.iter().map(of))) as Arc<dyn Array>
    };
    let epoch = jiff::civil::date(1970, 1, 1);
    let json = |value: &DocumentRecord| serde_json::to_string(value).unwrap_or_default();
    RecordBatch::try_new(
        SCHEMA.clone(),
        vec![
            text(&|r| r.document.id.to_string()),
            text(&|r| r.document.name.clone()),
            text(&|r| r.root.clone()),
            Arc::new(UInt32Array::from_iter_values(records.iter().map(|r| r.document.version))),
            text(&|r| r.document.sha256.clone()),
            text(&|r| serde_json::to_value(r.status).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()),
            strings(|r| &r.labels),
            strings(|r| &r.subjects),
            Arc::new(Date32Array::from_iter(
                records.iter().map(|r| r.date.and_then(|date| date.since(epoch).ok()).map(|span| span.get_days())),
            )),
            text(&json),
        ],
    )
    .map_err(|error| Error::new(ErrorKind::Internal, "catalog.rows", error.to_string()))
}

/// All documents, by name.
pub async fn read(dataset: &Dataset) -> Result<Vec<DocumentRecord>> {
    let mut records = Vec::new();
    read_where(dataset, None, &mut records).await?;
    records.sort_by(|a, b| a.document.name.cmp(&b.document.name));
    Ok(records)
}

/// The documents of these ids and versions that are there.
pub async fn read_some(dataset: &Dataset, wanted: &[(Uuid, u32)]) -> Result<Vec<DocumentRecord>> {
    let mut records = Vec::with_capacity(wanted.len());
    for part in wanted.chunks(KEYS) {
        read_where(dataset, Some(&condition(part)), &mut records).await?;
    }
    Ok(records)
}

/// Documents in one condition.
pub(super) const KEYS: usize = 500;

/// What holds for the rows of these ids and versions.
pub(super) fn condition(documents: &[(Uuid, u32)]) -> String {
    let each: Vec<_> = documents.iter().map(|(id, version)| format!("(id = '{id}' AND version = {version})")).collect();
    each.join(" OR ")
}

async fn read_where(dataset: &Dataset, condition: Option<&str>, records: &mut Vec<DocumentRecord>) -> Result<()> {
    let reading = |error| lance_error(error, "read the catalog");
    let mut scan = dataset.scan();
    scan.project(&["record"]).map_err(reading)?;
    if let Some(condition) = condition {
        scan.filter(condition).map_err(reading)?;
    }
    let mut stream = scan.try_into_stream().await.map_err(reading)?;
    while let Some(batch) = stream.try_next().await.map_err(reading)? {
        for text in batch.column(0).as_string::<i32>().iter().flatten() {
            records.push(serde_json::from_str::<DocumentRecord>(text).map_err(|error| {
                Error::new(ErrorKind::Corrupt, "catalog.damaged", "a row of the catalog cannot be read")
                    .with_source(error)
                    .with_hint("restore the corpus from a backup")
            })?);
        }
    }
    Ok(())
}
