//! Files that are whole and stay after power loss.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use crate::{Error, Result};

/// Writes `bytes` to `path` so that after any crash the file has either all of its old or all of its new content: a
/// temporary file beside it, synced, renamed over it, and the folder synced. The folder must exist.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = folder_of(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // The process in the name keeps two writers from sharing one file; the loser of the rename is whole, too.
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = (|| {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if let Err(error) = written {
        // What is left of it is no file of ours any more; that it cannot be removed adds nothing to the first error.
        let _ = fs::remove_file(&temporary);
        return Err(Error::io(error, "write the file", path));
    }
    sync_dir(folder)
}

/// Makes what was created, renamed and removed in a folder survive power loss. Nothing to do where the system does not
/// know it (Windows).
pub fn sync_dir(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| Error::io(error, "sync the folder", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        write_durably(&path, b"old").expect("written");
        write_durably(&path, b"new").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("taken");
        fs::create_dir(&path).expect("created");
        fs::write(path.join("x"), b"x").expect("written");
        let error = write_durably(&path, b"new").expect_err("a folder is in the way");
        assert!(error.to_string().contains("taken"));
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
        assert_eq!(write_durably(&folder.path().join("no/a"), b"").expect_err("no folder").code(), "io.not_found");
    }
}
