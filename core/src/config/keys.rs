//! The table of keys in docs/configuration.md is the one that the types have. `BELEG_UPDATE_DOCS=1` writes it.

use std::cell::RefCell;

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor, value::Error},
    forward_to_deserialize_any,
};

use super::{
    AnthropicSettings, AzureOpenAiEmbeddingSettings, AzureOpenAiSettings, BedrockEmbeddingSettings, BedrockSettings,
    EngineOptions, HttpSettings, LayerSettings, OpenAiCompatibleEmbeddingSettings, OpenAiCompatibleSettings, PriceSettings,
};

/// Of keys whose type depends on another key in them the page tells in words.
const IN_WORDS: [&str; 2] = ["entra", "witnesses"];

/// Deserializes whatever a type asks for, and writes down under which keys.
struct Trace<'a> {
    path: String,
    keys: &'a RefCell<Vec<(String, String)>>,
    is_optional: bool,
}

impl Trace<'_> {
    fn tell(&self, kind: &str) {
        let kind = if self.is_optional { format!("{kind}, or nothing") } else { kind.to_owned() };
        self.keys.borrow_mut().push((self.path.clone(), kind));
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $kind:literal),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.tell($kind);
            visitor.$visit(1 as _)
        }
    )*};
}

impl<'de> Deserializer<'de> for Trace<'_> {
    type Error = Error;

    numbers!(deserialize_u8 visit_u8 "number", deserialize_u16 visit_u16 "number", deserialize_u32 visit_u32 "number",
        deserialize_u64 visit_u64 "number", deserialize_i64 visit_i64 "number", deserialize_f32 visit_f32 "number",
        deserialize_f64 visit_f64 "number");

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        panic!("{}: name it in IN_WORDS", self.path)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.tell("true or false");
        visitor.visit_bool(true)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.tell("text");
        visitor.visit_str("CLIENT")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // There in builds with `aws-metadata` alone.
        if self.path.ends_with(".credentials") {
            return visitor.visit_none();
        }
        if IN_WORDS.iter().any(|key| self.path.ends_with(&format!(".{key}"))) {
            self.tell("in words: [providers.md](providers.md), [anchors.md](anchors.md)");
            return visitor.visit_none();
        }
        visitor.visit_some(Trace { is_optional: true, ..self })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(One(Some(Trace { path: format!("{}[]", self.path), ..self })))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.tell("keys of its own");
        visitor.visit_map(Fields { trace: &self, fields: &[] })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { trace: &self, fields })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let named: Vec<String> = variants.iter().map(|variant| format!("`{variant}`")).collect();
        self.tell(&named.join(", "));
        visitor.visit_enum(variants[0].into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct One<'a>(Option<Trace<'a>>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|trace| seed.deserialize(trace)).transpose()
    }
}

struct Fields<'a> {
    trace: &'a Trace<'a>,
    fields: &'static [&'static str],
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.fields.first().map(|field| seed.deserialize((*field).into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (field, rest) = self.fields.split_first().expect("a key came before");
        self.fields = rest;
        let path = format!("{}.{field}", self.trace.path);
        seed.deserialize(Trace { path, keys: self.trace.keys, is_optional: false })
    }
}

fn keys<T: for<'de> Deserialize<'de>>(section: &str, keys: &RefCell<Vec<(String, String)>>) {
    let trace = Trace { path: section.to_owned(), keys, is_optional: false };
    if let Err(error) = T::deserialize(trace) {
        panic!("{section}: {error}; so far {:?}", keys.borrow().last());
    }
}

#[test]
fn the_page_lists_every_key() {
    let found = RefCell::default();
    keys::<EngineOptions>("engine", &found);
    keys::<HttpSettings>("http", &found);
    keys::<OpenAiCompatibleEmbeddingSettings>("embedding (openai-compatible)", &found);
    keys::<AzureOpenAiEmbeddingSettings>("embedding (azure)", &found);
    keys::<BedrockEmbeddingSettings>("embedding (bedrock)", &found);
    keys::<OpenAiCompatibleSettings>("chat[] (openai-compatible)", &found);
    keys::<AzureOpenAiSettings>("chat[] (azure)", &found);
    keys::<BedrockSettings>("chat[] (bedrock)", &found);
    keys::<AnthropicSettings>("chat[] (anthropic)", &found);
    keys::<LayerSettings>("layers", &found);
    keys::<PriceSettings>("prices[]", &found);
    let rows: String = found.into_inner().into_iter().map(|(key, kind)| format!("| `{key}` | {kind} |\n")).collect();
    let table = format!("| key | value |\n|---|---|\n{rows}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, _) = page.split_once("## All keys\n").expect("the page has the heading");
    let expected = format!("{before}## All keys\n\n{table}");
    if std::env::var_os("BELEG_UPDATE_DOCS").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    assert!(page == expected || std::env::var_os("BELEG_UPDATE_DOCS").is_some(), "BELEG_UPDATE_DOCS=1 writes the table anew");
}
