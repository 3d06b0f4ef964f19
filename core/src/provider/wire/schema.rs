use crate::provider::ChatFormat;

/// The instructions, with the schema of the answer in words behind them, for models that cannot be held to one.
pub(in crate::provider) fn in_words(system: Option<&str>, format: &ChatFormat) -> Option<String> {
    let ChatFormat::Json { schema, .. } = format else { return system.map(str::to_owned) };
    let order =
        format!("Answer with one JSON object and nothing else, without code fences. It keeps to this JSON schema:\n{schema}");
    Some(match system {
        Some(system) => format!("{system}\n\n{order}"),
        None => order,
    })
}
