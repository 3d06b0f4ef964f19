//! The weights beside the graph, and the graph's word for each.

use std::io::{self, Write};

use super::proto::Message;

/// ONNX's numbers for the types of elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32 = 1,
    I8 = 3,
    I32 = 6,
    I64 = 7,
    U4 = 21,
}

/// Small ones stay in the graph, where ONNX Runtime's shape inference sees them.
const INLINE: usize = 256;

/// Large ones begin at a page, as memory mapping wants it; the others at a cache line.
const PAGE: u64 = 4096;
const LINE: u64 = 64;

/// Takes tensors, writes them one behind the other, and keeps a `TensorProto` for each.
pub(super) struct Weights<'a, W> {
    data: W,
    location: &'static str,
    written: u64,
    tensors: Vec<Message>,
    progress: &'a mut dyn FnMut(u64),
}

impl<'a, W: Write> Weights<'a, W> {
    pub(super) fn new(data: W, location: &'static str, progress: &'a mut dyn FnMut(u64)) -> Self {
        Self { data, location, written: 0, tensors: Vec::new(), progress }
    }

    /// Adds a tensor in its little-endian bytes, row by row.
    pub(super) fn add(&mut self, name: &str, kind: Kind, dims: &[usize], bytes: &[u8]) -> io::Result<()> {
        // TensorProto: 1 dims, 2 data_type, 8 name, 9 raw_data, 13 external_data, 14 data_location (1: external).
        let tensor = dims.iter().fold(Message::default(), |tensor, dim| tensor.int(1, *dim as u64));
        let tensor = tensor.int(2, kind as u64).text(8, name);
        if bytes.len() <= INLINE {
            self.tensors.push(tensor.bytes(9, bytes));
            return Ok(());
        }
        let alignment = if bytes.len() as u64 >= 16 * PAGE { PAGE } else { LINE };
        let offset = self.written.next_multiple_of(alignment);
        self.data.write_all(&vec![0; (offset - self.written) as usize])?;
        self.data.write_all(bytes)?;
        self.written = offset + bytes.len() as u64;
        let entry = |key: &str, value: String| Message::default().text(1, key).text(2, &value);
        self.tensors.push(
            tensor
                .messages(
                    13,
                    [
                        entry("location", self.location.to_owned()),
                        entry("offset", offset.to_string()),
                        entry("length", bytes.len().to_string()),
                    ],
                )
                .int(14, 1),
        );
        (self.progress)(self.written);
        Ok(())
    }

    pub(super) fn add_floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> io::Result<()> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.add(name, Kind::F32, dims, &bytes)
    }

    /// The `TensorProto`s so far.
    pub(super) fn take_tensors(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.tensors)
    }
}

impl Weights<'_, io::BufWriter<std::fs::File>> {
    /// Brings everything to the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        self.data.into_inner().map_err(|error| error.into_error())?.sync_all()
    }
}
