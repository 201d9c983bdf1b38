//! Random selections: whatever can be selected of a type of the schema.

use std::collections::HashMap;
use std::fmt::Write;

use async_graphql::parser::types::{BaseType, Type, TypeKind, TypeSystemDefinition};

use super::graphql::definitions;

/// How deep fields and fragments are nested in a selection, at most.
const MAX_DEPTH: u8 = 12;

/// The types of the schema whose values have fields.
pub struct Types(HashMap<String, Vec<Field>>);

struct Field {
    name: String,
    type_name: String,
    has_first: bool,
    /// The arguments that it requires.
    required: &'static str,
}

/// Where the braces of a selection begin, before which a directive stands; its end if it has none.
fn begin_of_set(selection: &str) -> usize {
    // An argument can have braces as well.
    let arguments = match selection.find(['(', '{']) {
        Some(begin) if selection[begin..].starts_with('(') => selection.find(')'),
        _ => None,
    };
    let begin = arguments.unwrap_or_default();
    selection[begin..].find('{').map_or(selection.len(), |at| begin + at)
}

/// The arguments that a field requires.
fn required_arguments(field: &str) -> &'static str {
    match field {
        "filenameSegments" | "pathSegments" => "query: \"media mkv\"",
        "filterMatch" => "filter: { width: { gt: 1 } }",
        "timeBuckets" => "unit: DAY",
        "fileSizes" => "bounds: [1, 1000000]",
        "durations" => "bounds: [1.5]",
        _ => "",
    }
}

/// The conditions that an object can meet of which no more is known than this type.
const CONDITIONS: &[(&str, &[&str])] = &[
    ("Node", &["Node", "Video", "AuditEntry", "VideoSnapshot", "VideoRecord"]),
    ("VideoRecord", &["VideoRecord", "Node", "Video", "VideoSnapshot"]),
    ("Video", &["Video", "Node", "VideoRecord"]),
    ("VideoSnapshot", &["VideoSnapshot", "Node", "VideoRecord"]),
    ("AuditEntry", &["AuditEntry", "Node"]),
];

impl Types {
    /// The types of the program's schema.
    pub fn of_schema() -> Self {
        let types = definitions(&reelgraph::graphql::sdl()).into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else { return None };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => return None,
            };
            let fields = fields.into_iter().map(|field| Field {
                name: field.node.name.node.to_string(),
                type_name: named(&field.node.ty.node).to_owned(),
                has_first: field.node.arguments.iter().any(|it| it.node.name.node == "first"),
                required: required_arguments(&field.node.name.node),
            });
            Some((definition.node.name.node.to_string(), fields.collect()))
        });
        Self(types.collect())
    }
}

fn named(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

/// Selections as a tape of decisions has them: the shorter the tape, the smaller they are.
pub struct Selections<'a> {
    types: &'a Types,
    tape: std::slice::Iter<'a, u8>,
    /// The fragments that are complete.
    fragments: Vec<Fragment>,
    /// What the fragments are in a document.
    definitions: String,
}

struct Fragment {
    name: String,
    type_name: String,
    /// How deep it was when it was made: used deeper, it might be nested too deep.
    depth: u8,
}

impl<'a> Selections<'a> {
    /// Selections that follow this tape.
    pub fn new(types: &'a Types, tape: &'a [u8]) -> Self {
        Self { types, tape: tape.iter(), fragments: Vec::new(), definitions: String::new() }
    }

    /// What is selected of a type, in braces, and the definitions of the fragments in it.
    pub fn of(mut self, type_name: &str) -> (String, String) {
        let set = self.set(type_name, 0);
        (set, self.definitions)
    }

    /// One of so many choices; the first one behind the end of the tape.
    fn choose(&mut self, choices: u8) -> u8 {
        self.tape.next().map_or(0, |byte| byte % choices)
    }

    fn set(&mut self, type_name: &str, depth: u8) -> String {
        let mut set = String::from("{ ");
        for _ in 0..=self.choose(5) {
            let selection = self.selection(type_name, depth);
            let directive = match self.choose(12) {
                10 => "@skip(if: true)",
                11 => "@include(if: true)",
                _ => "",
            };
            let (head, body) = selection.split_at(begin_of_set(&selection));
            write!(set, "{head}{directive}{body} ").unwrap();
        }
        set + "}"
    }

    fn selection(&mut self, type_name: &str, depth: u8) -> String {
        match self.choose(10) {
            0 => "__typename ".to_owned(),
            1 => "kind: __typename ".to_owned(),
            2 if depth < MAX_DEPTH => format!("... {}", self.set(type_name, depth + 1)),
            3 if depth < MAX_DEPTH => {
                let condition = self.condition(type_name);
                format!("... on {condition} {}", self.set(condition, depth + 1))
            }
            4 if depth < MAX_DEPTH => format!("...{} ", self.fragment(type_name, depth + 1)),
            _ => self.field(type_name, depth),
        }
    }

    /// A type that an object of this type can be of.
    fn condition<'b>(&mut self, type_name: &'b str) -> &'b str {
        let known = CONDITIONS.iter().find(|(known, _)| *known == type_name);
        let alone = [type_name];
        let choices = known.map_or(&alone[..], |(_, choices)| choices);
        choices[usize::from(self.choose(u8::try_from(choices.len()).unwrap()))]
    }

    /// The name of a fragment on this type, which is a new one or was there already.
    fn fragment(&mut self, type_name: &str, depth: u8) -> String {
        let known =
            self.fragments.iter().rev().find(|it| it.type_name == type_name && it.depth >= depth);
        let known = known.map(|fragment| fragment.name.clone());
        if let Some(name) = known.filter(|_| self.choose(2) == 1) {
            return name;
        }
        let set = self.set(type_name, depth);
        let name = format!("F{}", self.fragments.len());
        writeln!(self.definitions, "fragment {name} on {type_name} {set}").unwrap();
        let type_name = type_name.to_owned();
        self.fragments.push(Fragment { name: name.clone(), type_name, depth });
        name
    }

    /// A field, whose arguments go with its alias, so that what has one key can be merged.
    fn field(&mut self, type_name: &str, depth: u8) -> String {
        let types = self.types;
        let is_deep = depth >= MAX_DEPTH;
        let fields: Vec<_> = types.0[type_name]
            .iter()
            .filter(|field| !(is_deep && types.0.contains_key(&field.type_name)))
            .collect();
        if fields.is_empty() {
            return "__typename ".to_owned();
        }
        let chosen = self.choose(u8::try_from(fields.len()).unwrap());
        let Field { name, type_name, has_first, required } = fields[usize::from(chosen)];
        let (alias, first) = match self.choose(4) {
            0 | 1 => (String::new(), " first: 2"),
            2 => (format!("one_{name}: "), " first: 1"),
            _ => (format!("all_{name}: "), ""),
        };
        let arguments = format!("{required}{}", if *has_first { first } else { "" });
        let arguments = if arguments.is_empty() { arguments } else { format!("({arguments})") };
        let below = match types.0.contains_key(type_name) {
            true => self.set(type_name, depth + 1),
            false => String::new(),
        };
        format!("{alias}{name}{arguments} {below}")
    }
}
