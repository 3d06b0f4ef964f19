//! ZIP archives: members as parts, and no pages.

use super::{
    Format, Input, Limits, Notice, Part, Sink, Summary,
    archive::Archive,
    names::{PartNames, is_ignored},
};
use crate::{Result, error::ErrorRecord};

/// Hands over the members. One that cannot be had comes with the reason; links and litter of systems are left out.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let mut archive = Archive::open(input.bytes.clone(), limits)?;
    let mut names = PartNames::default();
    let mut links = 0;
    for index in 0..archive.entries().len() {
        let entry = &archive.entries()[index];
        if entry.is_folder || is_ignored(&entry.name) {
            continue;
        }
        if entry.is_link {
            links += 1;
            continue;
        }
        let name = names.path(&entry.name);
        let bytes = match archive.read(index, input.passwords) {
            Ok(bytes) => Ok(bytes),
            // The budget of all members together is spent: no other one could be read either.
            Err(error) if error.code() == "limit.decompressed" => return Err(error),
            Err(error) => Err(ErrorRecord::from(&error)),
        };
        sink.part(Part { name, bytes })?;
    }
    let mut notices = Vec::new();
    if links > 0 {
        notices.push(Notice {
            code: "zip.links".to_owned(),
            message: format!("{links} symbolic links in the archive were not followed"),
        });
    }
    if archive.hides_entries() {
        notices.push(Notice {
            code: "zip.hidden_entries".to_owned(),
            message: "the archive lists a name twice: some of its members are hidden behind others".to_owned(),
        });
    }
    Ok(Summary { format: Format::Zip, title: None, date: None, notices })
}
