//! The BERT encoder as an ONNX graph: embeddings, then layers of attention and feed-forward, each with its normalization
//! behind it. Matrices multiply in 8 bits, the words' vectors stay in 4.

use std::io::{Read, Seek, Write};

use super::{
    checkpoint::{BLOCK, BLOCK_BYTES, Checkpoint, Shape},
    proto::Message,
    quantize,
    weights::{Kind, Weights},
};
use crate::{Error, ErrorKind, Result};

/// ONNX Runtime's own operators.
const CONTRIB: &str = "com.microsoft";

/// Of the file format, of ONNX's operators, of ONNX Runtime's.
const IR_VERSION: u64 = 10;
const OPSET: u64 = 21;
const CONTRIB_OPSET: u64 = 1;

/// Builds the graph, writes the weights, and gives the ONNX file.
pub(super) fn build<R: Read + Seek, W: Write>(checkpoint: &mut Checkpoint<R>, weights: &mut Weights<'_, W>) -> Result<Vec<u8>> {
    let shape = checkpoint.shape;
    let mut graph = Builder { checkpoint, weights, nodes: Vec::new() };
    let mut x = graph.embeddings(&shape)?;
    graph.node("Cast", &["attention_mask"], "mask", "", &[Attribute::Int("to", Kind::I32 as u64)]);
    for layer in 0..shape.layers {
        x = graph.layer(layer, &x, &shape)?;
    }
    let (nodes, tensors) = (graph.nodes, weights.take_tensors());
    // GraphProto: 1 node, 2 name, 5 initializer, 11 input, 12 output.
    let inputs = ["input_ids", "attention_mask"].map(|name| value_info(name, Kind::I64, &[]));
    let output = value_info("last_hidden_state", Kind::F32, &[shape.hidden]);
    let graph = Message::default()
        .messages(1, nodes)
        .text(2, "multilingual-e5-small")
        .messages(5, tensors)
        .messages(11, inputs)
        .message(12, output);
    // ModelProto: 1 ir_version, 7 graph, 8 opset_import (1 domain, 2 version).
    let opset = |domain: &str, version| Message::default().text(1, domain).int(2, version);
    let model =
        Message::default().int(1, IR_VERSION).message(7, graph).messages(8, [opset("", OPSET), opset(CONTRIB, CONTRIB_OPSET)]);
    Ok(model.into_bytes())
}

/// `config.json`, as tools for ONNX models read it.
pub(super) fn config(shape: &Shape) -> String {
    format!(
        "{{\n \"model_type\": \"bert\",\n \"hidden_size\": {},\n \"num_hidden_layers\": {},\n \"vocab_size\": {},\n \
         \"num_attention_heads\": {},\n \"intermediate_size\": {},\n \"max_position_embeddings\": {},\n \
         \"layer_norm_eps\": 1e-12,\n \"pad_token_id\": 1\n}}\n",
        shape.hidden, shape.layers, shape.vocabulary, shape.heads, shape.feed_forward, shape.positions
    )
}

enum Attribute {
    Int(&'static str, u64),
    Float(&'static str, f32),
}

struct Builder<'a, 'p, R, W> {
    checkpoint: &'a mut Checkpoint<R>,
    weights: &'a mut Weights<'p, W>,
    nodes: Vec<Message>,
}

impl<R: Read + Seek, W: Write> Builder<'_, '_, R, W> {
    /// The sum of the vectors of word, position and segment, normalized.
    fn embeddings(&mut self, shape: &Shape) -> Result<String> {
        let (hidden, blocks) = (shape.hidden, shape.hidden / BLOCK);
        let words = self.checkpoint.tensor("emb.word", shape.vocabulary * blocks * BLOCK_BYTES)?;
        let (packed, scales) = quantize::to_uint4(&words);
        drop(words);
        self.tensor("emb.word", Kind::U4, &[shape.vocabulary, hidden], &packed)?;
        drop(packed);
        self.floats("emb.word.scale", &[shape.vocabulary, blocks], &scales)?;
        self.tensor("emb.word.zero", Kind::U4, &[shape.vocabulary, blocks], &vec![0x88; shape.vocabulary * blocks / 2])?;
        let attributes =
            [Attribute::Int("block_size", BLOCK as u64), Attribute::Int("gather_axis", 0), Attribute::Int("quantize_axis", 1)];
        let inputs = ["emb.word", "input_ids", "emb.word.scale", "emb.word.zero"];
        self.node("GatherBlockQuantized", &inputs, "word", CONTRIB, &attributes);

        let positions = self.checkpoint.floats("emb.pos", shape.positions * hidden)?;
        self.floats("emb.pos", &[shape.positions, hidden], &positions)?;
        let segment = self.checkpoint.floats("emb.type", hidden)?;
        self.floats("emb.type", &[hidden], &segment)?;
        self.tensor("zero", Kind::I64, &[1], &0i64.to_le_bytes())?;
        self.node("Shape", &["input_ids"], "seq", "", &[Attribute::Int("start", 1), Attribute::Int("end", 2)]);
        self.node("Slice", &["emb.pos", "zero", "seq", "zero"], "pos", "", &[]);
        self.node("Add", &["pos", "emb.type"], "pos_type", "", &[]);
        self.node("Add", &["word", "pos_type"], "emb", "", &[]);

        self.normalize("emb", "emb.ln", "x0", shape)?;
        Ok("x0".to_owned())
    }

    fn layer(&mut self, layer: usize, x: &str, shape: &Shape) -> Result<String> {
        let hidden = shape.hidden;
        let name = |part: &str| format!("l{layer}.{part}");
        let [q, k, v] = [name("q"), name("k"), name("v")];
        for part in [&q, &k, &v] {
            self.linear(x, part, hidden, hidden)?;
        }
        let heads = [Attribute::Int("num_heads", shape.heads as u64)];
        self.node("MultiHeadAttention", &[&q, &k, &v, "", "mask"], &name("attn"), CONTRIB, &heads);
        self.linear(&name("attn"), &name("ao"), hidden, hidden)?;
        self.node("Add", &[&name("ao"), x], &name("ao_x"), "", &[]);
        self.normalize(&name("ao_x"), &name("aln"), &name("y"), shape)?;
        self.linear(&name("y"), &name("fi"), shape.feed_forward, hidden)?;
        self.node("Gelu", &[&name("fi")], &name("gelu"), CONTRIB, &[]);
        self.linear(&name("gelu"), &name("fo"), hidden, shape.feed_forward)?;
        self.node("Add", &[&name("fo"), &name("y")], &name("fo_y"), "", &[]);
        let output = if layer + 1 == shape.layers { "last_hidden_state".to_owned() } else { name("x") };
        self.normalize(&name("fo_y"), &name("oln"), &output, shape)?;
        Ok(output)
    }

    /// `x` times the matrix `name.w` plus the vector `name.b`, as `name`.
    fn linear(&mut self, x: &str, name: &str, outputs: usize, inputs: usize) -> Result<()> {
        let [weight, scale, zero, bias] = ["w", "w.scale", "w.zero", "b"].map(|part| format!("{name}.{part}"));
        let values = self.checkpoint.floats(&bias, outputs)?;
        self.floats(&bias, &[outputs], &values)?;
        let blocks = self.checkpoint.tensor(&weight, outputs * inputs / BLOCK * BLOCK_BYTES)?;
        let int8 = quantize::to_int8(&blocks, outputs, inputs);
        self.tensor(&weight, Kind::I8, &[inputs, outputs], &int8.weights)?;
        self.floats(&scale, &[outputs], &int8.scales)?;
        self.tensor(&zero, Kind::I8, &[outputs], &vec![0; outputs])?;
        self.node("DynamicQuantizeMatMul", &[x, &weight, &scale, &zero, &bias], name, CONTRIB, &[]);
        Ok(())
    }

    /// `x` normalized over its last axis, with the weights `name.w` and `name.b`, as `output`. ONNX Runtime's operator that
    /// adds and normalizes in one (SkipLayerNormalization) takes four times as long as the two apart, 1.31 on AVX-512.
    fn normalize(&mut self, x: &str, name: &str, output: &str, shape: &Shape) -> Result<()> {
        let [weight, bias] = ["w", "b"].map(|part| format!("{name}.{part}"));
        for name in [&weight, &bias] {
            let values = self.checkpoint.floats(name, shape.hidden)?;
            self.floats(name, &[shape.hidden], &values)?;
        }
        let attributes = [Attribute::Int("axis", (-1i64).cast_unsigned()), Attribute::Float("epsilon", shape.epsilon)];
        self.node("LayerNormalization", &[x, &weight, &bias], output, "", &attributes);
        Ok(())
    }

    fn tensor(&mut self, name: &str, kind: Kind, dims: &[usize], bytes: &[u8]) -> Result<()> {
        self.weights.add(name, kind, dims, bytes).map_err(unwritten)
    }

    fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> Result<()> {
        self.weights.add_floats(name, dims, values).map_err(unwritten)
    }

    /// NodeProto: 1 input, 2 output, 3 name, 4 op_type, 5 attribute, 7 domain.
    fn node(&mut self, operator: &str, inputs: &[&str], output: &str, domain: &str, attributes: &[Attribute]) {
        let node = inputs.iter().fold(Message::default(), |node, input| node.text(1, input));
        let node = node.text(2, output).text(3, output).text(4, operator).messages(5, attributes.iter().map(Attribute::proto));
        self.nodes.push(if domain.is_empty() { node } else { node.text(7, domain) });
    }
}

impl Attribute {
    /// AttributeProto: 1 name, 2 f, 3 i, 20 type (1 float, 2 int).
    fn proto(&self) -> Message {
        match *self {
            Self::Int(name, value) => Message::default().text(1, name).int(3, value).int(20, 2),
            Self::Float(name, value) => Message::default().text(1, name).float(2, value).int(20, 1),
        }
    }
}

/// ValueInfoProto of a tensor `[batch, seq, ...]`.
fn value_info(name: &str, kind: Kind, more: &[usize]) -> Message {
    // TensorShapeProto: 1 dim; a dimension: 1 dim_value, 2 dim_param.
    let named = ["batch", "seq"].map(|name| Message::default().text(2, name));
    let sizes = more.iter().map(|size| Message::default().int(1, *size as u64));
    let shape = Message::default().messages(1, named.into_iter().chain(sizes));
    // ValueInfoProto: 1 name, 2 type; TypeProto: 1 tensor_type; its 1 elem_type, 2 shape.
    let tensor = Message::default().int(1, kind as u64).message(2, shape);
    Message::default().text(1, name).message(2, Message::default().message(1, tensor))
}

fn unwritten(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return Error::io(error, "write the model", std::path::Path::new(super::DATA));
    }
    Error::new(ErrorKind::Environment, "io.failed", "cannot write the model").with_source(error)
}
