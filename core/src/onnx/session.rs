//! One ONNX graph, run from many threads at once.

use std::{
    ffi::{CStr, CString},
    path::Path,
    ptr::{self, NonNull},
};

use ort::{
    AsPointer,
    environment::Environment,
    logging::LogLevel,
    ortsys,
    session::Session,
    value::{DynValue, TensorElementType, TensorRef, ValueType},
};

use crate::{Error, ErrorKind, Result};

/// What a graph's input is fed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Feed {
    /// Token ids.
    Ids,
    /// 1 for each token: there is no padding.
    Mask,
    /// 0 for each token: there is one segment.
    Segments,
    /// 0, 1, 2, ...
    Positions,
}

/// A session whose weights all threads share.
pub(crate) struct SharedSession {
    session: Session,
    inputs: Vec<(CString, Feed)>,
    output: CString,
}

/// What a run gave: one row a token, or one row for the text when the graph pools by itself.
pub(crate) struct Output {
    pub(crate) values: Vec<f32>,
    pub(crate) dimensions: usize,
    pub(crate) pooled: bool,
}

impl SharedSession {
    /// Loads the graph for runs of one thread each that give the first of `outputs` which it has, else its first one.
    pub(crate) fn open(environment: &Environment, graph: &Path, outputs: &[&str]) -> Result<Self> {
        let session = build(environment, graph).map_err(|error| {
            Error::new(ErrorKind::Environment, "model.wrong_file", "ONNX Runtime cannot load the model")
                .with("path", graph.display().to_string())
                .with("reason", error.message())
                .with_hint("run `beleg model fetch`, or copy the file again from where the model came from")
                .with_source(error)
        })?;
        let mut inputs = Vec::new();
        for input in session.inputs() {
            let feed = match input.name() {
                "input_ids" => Feed::Ids,
                "attention_mask" => Feed::Mask,
                "token_type_ids" => Feed::Segments,
                "position_ids" => Feed::Positions,
                other => return Err(no_text_model(graph).with("input", other)),
            };
            if !matches!(input.dtype(), ValueType::Tensor { ty: TensorElementType::Int64, .. }) {
                return Err(no_text_model(graph).with("input", input.name()).with("type", input.dtype().to_string()));
            }
            inputs.push((name(input.name(), graph)?, feed));
        }
        if !inputs.iter().any(|(_, feed)| *feed == Feed::Ids) {
            return Err(no_text_model(graph).with("missing", "input_ids"));
        }
        let all = session.outputs();
        let output = outputs
            .iter()
            .find_map(|wanted| all.iter().find(|output| output.name() == *wanted))
            .or(all.first())
            .ok_or_else(|| no_text_model(graph))?;
        let output = name(output.name(), graph)?;
        Ok(Self { session, inputs, output })
    }

    /// Runs one text. May be called from many threads at once.
    pub(crate) fn run(&self, ids: &[u32]) -> Result<Output> {
        let shape = [1, ids.len()];
        let feeds: Vec<Vec<i64>> = self
            .inputs
            .iter()
            .map(|(_, feed)| match feed {
                Feed::Ids => ids.iter().map(|id| i64::from(*id)).collect(),
                Feed::Mask => vec![1; ids.len()],
                Feed::Segments => vec![0; ids.len()],
                Feed::Positions => (0..ids.len() as i64).collect(),
            })
            .collect();
        let tensors = feeds
            .iter()
            .map(|feed| TensorRef::from_array_view((shape, feed.as_slice())))
            .collect::<ort::Result<Vec<_>>>()
            .map_err(run_failed)?;
        let names: Vec<_> = self.inputs.iter().map(|(name, _)| name.as_c_str()).collect();
        let values: Vec<_> = tensors.iter().map(|tensor| tensor.ptr()).collect();
        let output = run(&self.session, &names, &values, &self.output).map_err(run_failed)?;
        let (shape, values) = output.try_extract_tensor::<f32>().map_err(run_failed)?;
        let (pooled, dimensions) = match **shape {
            [1, dimensions] => (true, dimensions),
            [1, tokens, dimensions] if tokens == ids.len() as i64 => (false, dimensions),
            _ => return Err(wrong_shape(shape)),
        };
        match usize::try_from(dimensions) {
            Ok(dimensions @ 1..) => Ok(Output { values: values.to_vec(), dimensions, pooled }),
            _ => Err(wrong_shape(shape)),
        }
    }
}

fn build(environment: &Environment, graph: &Path) -> ort::Result<Session> {
    Session::builder(environment)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_log_level(LogLevel::Warning)?
        .commit_from_file(graph)
}

fn run(session: &Session, names: &[&CStr], values: &[*const ort::sys::OrtValue], output: &CStr) -> ort::Result<DynValue> {
    let names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    let output = [output.as_ptr()];
    let mut result = [ptr::null_mut()];
    // `ort` asks for `&mut Session` on behalf of execution providers that are not safe to share. This session has the CPU
    // provider alone, sequential execution and no operators of its own; ONNX Runtime documents Run of such a session as
    // callable from many threads, and a session for each would hold the weights as many times.
    // SAFETY: the session lives as long as `session`; names are NUL-terminated and, like the values, as many as
    // is said and alive during the call; `result` has room for the one output that is asked for.
    ortsys![
        unsafe Run(
            session.ptr().cast_mut(),
            ptr::null(),
            names.as_ptr(),
            values.as_ptr(),
            values.len(),
            output.as_ptr(),
            output.len(),
            result.as_mut_ptr()
        )?
    ];
    let result = NonNull::new(result[0]).ok_or_else(|| ort::Error::new("the run gave no output"))?;
    // SAFETY: the value was made by this session's CPU allocator in the call above and nobody else has it.
    Ok(unsafe { DynValue::from_ptr(result, Some(session.allocator())) })
}

fn name(name: &str, graph: &Path) -> Result<CString> {
    CString::new(name).map_err(|error| no_text_model(graph).with_source(error))
}

fn no_text_model(graph: &Path) -> Error {
    Error::new(ErrorKind::Environment, "model.wrong_file", "the ONNX file is no model of texts")
        .with("path", graph.display().to_string())
        .with_hint("name the folder of a model that takes input_ids as 64-bit integers")
}

fn wrong_shape(shape: &[i64]) -> Error {
    Error::new(ErrorKind::Environment, "model.wrong_file", "the model gives neither a vector for each token nor one for the text")
        .with("shape", format!("{shape:?}"))
}

fn run_failed(error: ort::Error) -> Error {
    Error::new(ErrorKind::Environment, "model.run_failed", "ONNX Runtime could not run the model").with_source(error)
}
