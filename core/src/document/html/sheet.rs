//! As much of a style sheet as tells hidden text.

use rustc_hash::FxHashMap;

use super::dom::{Kind, Node, NodeId, attribute};

/// Rules of a file at most.
const RULES: usize = 20_000;

/// Properties that can hide text, or show it again.
const PROPERTIES: [&str; 18] = [
    "display",
    "visibility",
    "mso-hide",
    "font-size",
    "opacity",
    "max-height",
    "max-width",
    "overflow",
    "left",
    "top",
    "right",
    "text-indent",
    "margin-left",
    "color",
    "background",
    "background-color",
    "background-image",
    "position",
];

/// What is said of a property.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Said(String),
    Important(String),
    /// Something that may hold or not.
    Unknown,
}

/// Rules by what their last step needs: an identifier, a class, an element.
#[derive(Default)]
pub(super) struct Sheet {
    rules: Vec<Rule>,
    by_key: FxHashMap<String, Vec<usize>>,
}

struct Rule {
    /// One inside another, outermost first.
    steps: Vec<Step>,
    /// Identifiers, classes, elements.
    weight: [usize; 3],
    certain: bool,
    said: Vec<(String, String, bool)>,
}

#[derive(Default)]
struct Step {
    element: Option<String>,
    id: Option<String>,
    classes: Vec<String>,
}

impl Sheet {
    /// Adds the rules of a sheet; later ones go before earlier ones.
    pub(super) fn read(&mut self, text: &str) {
        let mut plain = String::with_capacity(text.len());
        let mut parts = text.split("/*");
        plain.push_str(parts.next().unwrap_or_default());
        parts.for_each(|part| plain.push_str(part.split_once("*/").map_or("", |(_, behind)| behind)));
        let mut rest = plain.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            // Statements without a block stand before it.
            let selectors = before.rsplit(';').next().unwrap_or_default().trim().trim_start_matches("<!--").trim();
            let end = block_end(behind);
            let block = &behind[..end];
            rest = behind.get(end + 1..).unwrap_or_default();
            if let Some(query) = selectors.strip_prefix("@media") {
                if matches!(query.trim(), "screen" | "all") {
                    self.read(block);
                }
                continue;
            }
            let said = declarations(block);
            if selectors.starts_with('@') || said.is_empty() {
                continue;
            }
            for selector in selectors.split(',') {
                if self.rules.len() >= RULES {
                    return;
                }
                self.add(selector, said.clone());
            }
        }
    }

    fn add(&mut self, selector: &str, said: Vec<(String, String, bool)>) {
        let mut certain = !selector.contains(['>', '+', '~', ':', '[', '\\']);
        let words: Vec<&str> = selector.split([' ', '\n', '\t', '\r', '>', '+', '~']).filter(|word| !word.is_empty()).collect();
        let mut steps: Vec<Step> = words.iter().map(|word| Step::of(word)).collect();
        if !certain {
            // The last step alone says whom it may concern.
            steps.drain(..steps.len().saturating_sub(1));
        }
        let Some(last) = steps.last() else { return };
        certain &= steps.iter().all(|step| step.key().is_some());
        let key = last.key().unwrap_or_default();
        let count = |of: fn(&Step) -> usize| steps.iter().map(of).sum();
        let weight = [count(|s| s.id.iter().count()), count(|s| s.classes.len()), count(|s| s.element.iter().count())];
        self.by_key.entry(key).or_default().push(self.rules.len());
        self.rules.push(Rule { steps, weight, certain, said });
    }

    /// Adds to `said` what the sheet says of the element `id`, which lies inside of `path`.
    pub(super) fn apply(&self, nodes: &[Node], path: &[NodeId], id: NodeId, said: &mut FxHashMap<String, Value>) {
        if self.rules.is_empty() {
            return;
        }
        let Kind::Element { name, .. } = &nodes[id].kind else { return };
        let classes =
            attribute(&nodes[id], "class").unwrap_or_default().split_ascii_whitespace().map(|class| format!(".{class}"));
        let own = attribute(&nodes[id], "id").map(|id| format!("#{id}"));
        let keys = classes.chain(own).chain([name.local.to_string(), String::new()]);
        let mut rules: Vec<usize> = keys.filter_map(|key| self.by_key.get(&key)).flatten().copied().collect();
        rules.sort_unstable_by_key(|at| (self.rules[*at].weight, *at));
        rules.dedup();
        for rule in rules.into_iter().map(|at| &self.rules[at]).filter(|rule| rule.concerns(nodes, path, id)) {
            for (property, value, important) in &rule.said {
                let value = match () {
                    () if !rule.certain => Value::Unknown,
                    () if *important => Value::Important(value.clone()),
                    () if matches!(said.get(property), Some(Value::Important(_))) => continue,
                    () => Value::Said(value.clone()),
                };
                said.insert(property.clone(), value);
            }
        }
    }
}

impl Rule {
    fn concerns(&self, nodes: &[Node], path: &[NodeId], id: NodeId) -> bool {
        let Some((last, outer)) = self.steps.split_last() else { return false };
        if !last.is(&nodes[id]) {
            return false;
        }
        let mut around = path.iter().rev();
        outer.iter().rev().all(|step| around.any(|id| step.is(&nodes[*id])))
    }
}

impl Step {
    fn of(word: &str) -> Self {
        let word = word.split([':', '[']).next().unwrap_or_default();
        let mut step = Self::default();
        let element = word.split(['.', '#']).next().unwrap_or_default();
        step.element = Some(element.to_ascii_lowercase()).filter(|element| !element.is_empty() && element != "*");
        let mut rest = &word[element.len()..];
        while let Some(sign) = rest.chars().next() {
            let end = rest[1..].find(['.', '#']).map_or(rest.len(), |end| end + 1);
            let name = rest[1..end].to_owned();
            if sign == '#' {
                step.id = Some(name)
            } else {
                step.classes.push(name)
            }
            rest = &rest[end..];
        }
        step
    }

    fn key(&self) -> Option<String> {
        let id = self.id.as_ref().map(|id| format!("#{id}"));
        id.or_else(|| self.classes.first().map(|class| format!(".{class}"))).or_else(|| self.element.clone())
    }

    fn is(&self, node: &Node) -> bool {
        let Kind::Element { name, .. } = &node.kind else { return false };
        let has =
            |class: &String| attribute(node, "class").is_some_and(|own| own.split_ascii_whitespace().any(|own| own == class));
        self.element.as_ref().is_none_or(|element| **element == *name.local)
            && self.id.as_ref().is_none_or(|id| attribute(node, "id") == Some(id))
            && self.classes.iter().all(has)
    }
}

/// Where the block ends that `text` begins inside of.
fn block_end(text: &str) -> usize {
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Property, value without blanks in small letters, and whether it is important, of the properties that matter.
pub(super) fn declarations(block: &str) -> Vec<(String, String, bool)> {
    let block: String = block.to_ascii_lowercase().split_whitespace().collect();
    let all = block.split(';').filter_map(|declaration| declaration.split_once(':'));
    all.filter(|(property, _)| PROPERTIES.contains(property))
        .map(|(property, value)| {
            let plain = value.trim_end_matches("!important");
            (property.to_owned(), plain.to_owned(), plain.len() < value.len())
        })
        .collect()
}
