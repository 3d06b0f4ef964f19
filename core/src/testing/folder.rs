use std::{fs, io, path::Path};

/// Copies a folder with all that is in it, as whoever backs it up does.
///
/// # Errors
/// Those of the disk.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() { copy_folder(&path, &to)? } else { fs::copy(&path, &to).map(drop)? }
    }
    Ok(())
}
