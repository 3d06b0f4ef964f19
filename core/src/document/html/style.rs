//! Which elements a reader sees, by their attributes, their own styles and the style sheets of the file.
//!
//! Of CSS it knows what hides text, and simple selectors: elements, classes, identifiers, one inside another. A rule whose
//! selector says more than that, or that holds on some screens alone, hides nothing: what it says of an element counts as
//! not known, because text that is seen must not pass for hidden.

use rustc_hash::FxHashMap;

use super::{
    dom::{Kind, Node, NodeId},
    sheet::{Sheet, Value, declarations},
};

/// Colours that differ by no more in each part cannot be told apart.
const ALIKE: u8 = 5;

/// How the text of an element looks; an element has it from the one around it.
#[derive(Clone, Copy)]
struct Look {
    /// Nothing inside can be seen.
    gone: bool,
    /// Not seen unless an element inside says otherwise.
    invisible: bool,
    tiny: bool,
    /// `None` where they are not known.
    colour: Option<[u8; 3]>,
    ground: Option<[u8; 3]>,
}

impl Look {
    fn is_hidden(&self) -> bool {
        let alike = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= ALIKE);
        self.gone
            || self.invisible
            || self.tiny
            || self.colour.zip(self.ground).is_some_and(|(colour, ground)| alike(colour, ground))
    }
}

/// For each node whether its text is hidden.
pub(super) fn hidden(nodes: &[Node]) -> Vec<bool> {
    let mut sheet = Sheet::default();
    for node in nodes.iter().filter(|node| is_named(node, "style")) {
        for child in &node.children {
            if let Kind::Text(text) = &nodes[*child].kind {
                sheet.read(text);
            }
        }
    }
    let mut out = vec![false; nodes.len()];
    let page = Look { gone: false, invisible: false, tiny: false, colour: Some([0; 3]), ground: Some([255; 3]) };
    let mut path: Vec<NodeId> = Vec::new();
    let mut open = vec![(0, 0, page)];
    while let Some((id, depth, around)) = open.pop() {
        path.truncate(depth);
        let look = look(nodes, &path, id, around, &sheet);
        out[id] = look.is_hidden();
        path.push(id);
        open.extend(nodes[id].children.iter().rev().map(|child| (*child, depth + 1, look)));
    }
    out
}

fn is_named(node: &Node, name: &str) -> bool {
    matches!(&node.kind, Kind::Element { name: own, .. } if &*own.local == name)
}

fn look(nodes: &[Node], path: &[NodeId], id: NodeId, around: Look, sheet: &Sheet) -> Look {
    let Kind::Element { name, .. } = &nodes[id].kind else { return around };
    let attribute = |name: &str| super::dom::attribute(&nodes[id], name);
    let mut said: FxHashMap<String, Value> = FxHashMap::default();
    for (attribute, property) in [(attribute("bgcolor"), "background"), (attribute("text"), "color")] {
        said.extend(attribute.map(|value| (property.to_owned(), Value::Said(value.to_ascii_lowercase()))));
    }
    if let Some(colour) = attribute("color").filter(|_| &*name.local == "font") {
        said.insert("color".to_owned(), Value::Said(colour.to_ascii_lowercase()));
    }
    if attribute("background").is_some() {
        said.insert("background".to_owned(), Value::Unknown);
    }
    sheet.apply(nodes, path, id, &mut said);
    let own = attribute("style").map(declarations).unwrap_or_default();
    // What a sheet calls important goes before the element's own style; it is not told apart, so that such a value is unknown.
    for (property, value, _) in own {
        let doubtful = matches!(said.get(&property), Some(Value::Important(_)));
        said.insert(property, if doubtful { Value::Unknown } else { Value::Said(value) });
    }
    Look { gone: around.gone || attribute("hidden").is_some(), ..around }.with(&said)
}

impl Look {
    fn with(mut self, said: &FxHashMap<String, Value>) -> Self {
        let value = |property: &str| match said.get(property) {
            Some(Value::Said(value) | Value::Important(value)) => Some(value.as_str()),
            _ => None,
        };
        let zero = |value: &str| matches!(value, "0" | "0px" | "0pt" | "0em" | "0rem" | "0%" | "0.0");
        let far = |value: &str| {
            let number =
                value.strip_prefix('-').map(|value| value.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<f64>());
            number.and_then(Result::ok).is_some_and(|number| number >= 999.0)
        };
        let clipped = value("overflow") == Some("hidden");
        self.gone |= value("display") == Some("none")
            || value("mso-hide") == Some("all")
            || value("opacity").is_some_and(zero)
            || (clipped && ["max-height", "max-width"].iter().any(|property| value(property).is_some_and(zero)))
            || ["left", "top", "right", "text-indent", "margin-left"].iter().any(|property| value(property).is_some_and(far));
        match said.get("visibility") {
            Some(Value::Unknown) => self.invisible = false,
            Some(Value::Said(value) | Value::Important(value)) if value != "inherit" => {
                self.invisible = matches!(value.as_str(), "hidden" | "collapse");
            }
            _ => {}
        }
        match said.get("font-size") {
            Some(Value::Unknown) => self.tiny = false,
            // A share of nothing is nothing.
            Some(Value::Said(value) | Value::Important(value))
                if !(value.ends_with("em") && !value.ends_with("rem") || value.ends_with('%')) || zero(value) =>
            {
                self.tiny = zero(value);
            }
            _ => {}
        }
        match said.get("color") {
            Some(Value::Unknown) => self.colour = None,
            Some(Value::Said(value) | Value::Important(value)) if value != "inherit" => self.colour = colour(value),
            _ => {}
        }
        for property in ["background", "background-color", "background-image"] {
            match said.get(property) {
                Some(Value::Unknown) => self.ground = None,
                Some(Value::Said(value) | Value::Important(value)) => match value.as_str() {
                    "none" | "transparent" | "inherit" | "initial" | "unset" => {}
                    value => self.ground = colour(value),
                },
                None => {}
            }
        }
        if value("position").is_some_and(|value| matches!(value, "absolute" | "fixed")) {
            // It may lie over anything.
            self.ground = None;
        }
        self
    }
}

/// `#fff`, `#ffffff`, `rgb(255,255,255)`, and the names of the colours that pages are made of.
fn colour(value: &str) -> Option<[u8; 3]> {
    if let Some(digits) = value.strip_prefix('#').filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit())) {
        let digit = |at: usize, length: usize| u8::from_str_radix(&digits[at..at + length], 16).ok();
        return match digits.len() {
            3 => Some([digit(0, 1)? * 17, digit(1, 1)? * 17, digit(2, 1)? * 17]),
            6 => Some([digit(0, 2)?, digit(2, 2)?, digit(4, 2)?]),
            _ => None,
        };
    }
    if let Some(parts) = value.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')) {
        let parts: Vec<u8> = parts.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
        return parts.try_into().ok();
    }
    match value {
        "white" => Some([255; 3]),
        "black" => Some([0; 3]),
        _ => None,
    }
}
