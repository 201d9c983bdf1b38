//! Gives a document that was parsed by apollo-compiler the form in which async-graphql executes it.
//!
//! So a document is parsed once, and whatever is valid GraphQL can be executed: async-graphql's own
//! parser refuses some of it.

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast;
use apollo_compiler::parser::SourceSpan;
use async_graphql::{Name, Pos, Positioned};

use crate::graphql::execution::internals::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, FragmentSpread,
    InlineFragment, Number, OperationDefinition, OperationType, Selection, SelectionSet, Type,
    TypeCondition, Value, VariableDefinition,
};

/// The document to execute. `large_ids` are the locations of IDs that are whole numbers beyond 64
/// bits.
///
/// If part of it is invalid, for example several operations with one name, that part is dropped:
/// validation reports it.
pub(super) fn convert(
    document: &ast::Document,
    text: &str,
    large_ids: &HashSet<usize>,
) -> ExecutableDocument {
    let mut conversion = Conversion { text, large_ids, offset: 0, pos: Pos { line: 1, column: 1 } };
    let (mut single, mut operations, mut fragments) = (None, HashMap::new(), HashMap::new());
    for definition in &document.definitions {
        let pos = conversion.pos(definition.location());
        match definition {
            ast::Definition::OperationDefinition(operation) => {
                let converted = Positioned::new(conversion.operation(operation), pos);
                match &operation.name {
                    Some(name) => drop(operations.insert(Name::new(name), converted)),
                    None => single = Some(converted),
                }
            }
            ast::Definition::FragmentDefinition(fragment) => {
                let converted = Positioned::new(conversion.fragment(fragment), pos);
                fragments.insert(Name::new(&fragment.name), converted);
            }
            _ => {}
        }
    }
    let operations = match single {
        Some(operation) => DocumentOperations::Single(operation),
        None => DocumentOperations::Multiple(operations),
    };
    ExecutableDocument { operations, fragments }
}

/// Goes along the text, in which places are looked for in their order.
struct Conversion<'a> {
    text: &'a str,
    large_ids: &'a HashSet<usize>,
    /// The position in the text, in bytes.
    offset: usize,
    pos: Pos,
}

impl Conversion<'_> {
    /// The line and column at which something starts, both from 1.
    fn pos(&mut self, location: Option<SourceSpan>) -> Pos {
        let offset = location.map_or(self.offset, |location| location.offset());
        if offset < self.offset {
            (self.offset, self.pos) = (0, Pos { line: 1, column: 1 });
        }
        for character in self.text[self.offset..offset].chars() {
            match character {
                '\n' => self.pos = Pos { line: self.pos.line + 1, column: 1 },
                _ => self.pos.column += 1,
            }
        }
        self.offset = offset;
        self.pos
    }

    fn name(&mut self, name: &apollo_compiler::Name) -> Positioned<Name> {
        Positioned::new(Name::new(name), self.pos(name.location()))
    }

    fn operation(&mut self, operation: &ast::OperationDefinition) -> OperationDefinition {
        let variables = operation.variables.iter().map(|variable| {
            let pos = self.pos(variable.location());
            Positioned::new(self.variable(variable), pos)
        });
        OperationDefinition {
            ty: match operation.operation_type {
                ast::OperationType::Query => OperationType::Query,
                ast::OperationType::Mutation => OperationType::Mutation,
                ast::OperationType::Subscription => OperationType::Subscription,
            },
            variable_definitions: variables.collect(),
            directives: self.directives(&operation.directives),
            selection_set: self.selections(&operation.selection_set),
        }
    }

    fn variable(&mut self, variable: &ast::VariableDefinition) -> VariableDefinition {
        let name = self.name(&variable.name);
        let pos = self.pos(variable.ty.location());
        let ty = Type::new(&variable.ty.to_string()).expect("a type that was parsed can be parsed");
        let default_value = match &variable.default_value {
            Some(default) => {
                let pos = self.pos(default.location());
                // Validation tells of a variable in a default.
                let value = self.value(default).into_const().unwrap_or_default();
                Some(Positioned::new(value, pos))
            }
            None => None,
        };
        VariableDefinition {
            name,
            var_type: Positioned::new(ty, pos),
            default_value,
            // None that a server knows can stand there.
            directives: Vec::new(),
        }
    }

    fn fragment(&mut self, fragment: &ast::FragmentDefinition) -> FragmentDefinition {
        FragmentDefinition {
            type_condition: self.condition(&fragment.type_condition),
            directives: self.directives(&fragment.directives),
            selection_set: self.selections(&fragment.selection_set),
        }
    }

    fn condition(&mut self, on: &apollo_compiler::Name) -> Positioned<TypeCondition> {
        let on = self.name(on);
        let pos = on.pos;
        Positioned::new(TypeCondition { on }, pos)
    }

    fn selections(&mut self, set: &[ast::Selection]) -> Positioned<SelectionSet> {
        let pos = self.pos;
        let items = set.iter().map(|selection| self.selection(selection));
        let items = items.collect();
        Positioned::new(SelectionSet { items }, pos)
    }

    fn selection(&mut self, selection: &ast::Selection) -> Positioned<Selection> {
        let pos = self.pos(selection.location());
        let converted = match selection {
            ast::Selection::Field(field) => {
                Selection::Field(Positioned::new(self.field(field), pos))
            }
            ast::Selection::FragmentSpread(spread) => {
                let fragment_name = self.name(&spread.fragment_name);
                let directives = self.directives(&spread.directives);
                let spread = FragmentSpread { fragment_name, directives };
                Selection::FragmentSpread(Positioned::new(spread, pos))
            }
            ast::Selection::InlineFragment(fragment) => {
                let condition = fragment.type_condition.as_ref();
                let fragment = InlineFragment {
                    type_condition: condition.map(|on| self.condition(on)),
                    directives: self.directives(&fragment.directives),
                    selection_set: self.selections(&fragment.selection_set),
                };
                Selection::InlineFragment(Positioned::new(fragment, pos))
            }
        };
        Positioned::new(converted, pos)
    }

    fn field(&mut self, field: &ast::Field) -> Field {
        Field {
            alias: field.alias.as_ref().map(|alias| self.name(alias)),
            name: self.name(&field.name),
            arguments: self.arguments(&field.arguments),
            directives: self.directives(&field.directives),
            selection_set: self.selections(&field.selection_set),
        }
    }

    fn directives(&mut self, all: &ast::DirectiveList) -> Vec<Positioned<Directive>> {
        let directives = all.iter().map(|directive| {
            let pos = self.pos(directive.location());
            let name = self.name(&directive.name);
            let arguments = self.arguments(&directive.arguments);
            Positioned::new(Directive { name, arguments }, pos)
        });
        directives.collect()
    }

    fn arguments(
        &mut self,
        arguments: &[apollo_compiler::Node<ast::Argument>],
    ) -> Vec<(Positioned<Name>, Positioned<Value>)> {
        let arguments = arguments.iter().map(|argument| {
            let name = self.name(&argument.name);
            let pos = self.pos(argument.value.location());
            (name, Positioned::new(self.value(&argument.value), pos))
        });
        arguments.collect()
    }

    fn value(&self, value: &apollo_compiler::Node<ast::Value>) -> Value {
        match &**value {
            ast::Value::Null => Value::Null,
            ast::Value::Enum(name) => Value::Enum(Name::new(name)),
            ast::Value::Variable(name) => Value::Variable(Name::new(name)),
            ast::Value::String(text) => Value::String(text.clone()),
            ast::Value::Boolean(boolean) => Value::Boolean(*boolean),
            ast::Value::Int(number) => self.number(number.as_str(), value.location()),
            ast::Value::Float(number) => self.number(number.as_str(), value.location()),
            ast::Value::List(items) => {
                let items = items.iter().map(|item| self.value(item));
                Value::List(items.collect())
            }
            ast::Value::Object(fields) => {
                let fields =
                    fields.iter().map(|(name, value)| (Name::new(name), self.value(value)));
                Value::Object(fields.collect())
            }
        }
    }

    /// A whole number stays whole: only numbers beyond 64 bits become real, unless they are IDs.
    /// Coercion then rejects what is not a number.
    fn number(&self, text: &str, location: Option<SourceSpan>) -> Value {
        if location.is_some_and(|location| self.large_ids.contains(&location.offset())) {
            return Value::String(text.to_owned());
        }
        let whole = text.parse::<i64>().map(Number::from);
        let whole = whole.or_else(|_| text.parse::<u64>().map(Number::from));
        let number = whole.ok().or_else(|| Number::from_f64(text.parse().ok()?));
        number.map(Value::Number).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn converted(document: &str) -> ExecutableDocument {
        convert(&ast::Document::parse(document, "document").unwrap(), document, &HashSet::new())
    }

    /// The document without locations that are never reported.
    fn shape(document: &ExecutableDocument) -> serde_json::Value {
        fn without_places(value: &mut serde_json::Value) {
            match value {
                serde_json::Value::Object(object) => {
                    object.remove("pos");
                    object.values_mut().for_each(without_places);
                }
                serde_json::Value::Array(items) => items.iter_mut().for_each(without_places),
                _ => {}
            }
        }
        let mut value = serde_json::to_value(document).unwrap();
        without_places(&mut value);
        value
    }

    #[test]
    fn a_document_is_what_the_other_parser_reads() {
        for document in [
            "{ a }",
            "query A($a: [Int!]! = [1, 2], $b: T = { c: null }) @d(e: $a) { f: g(h: $b) }",
            "mutation { a(b: [1, -2.5, 3e2, \"x\\u00e9\\n\", true, null, E, { f: [] }]) { ...F } }
             fragment F on T @a { ... on U @b { c } ... { d } ... @skip(if: true) { e } }",
            "subscription S { a(b: \"\"\"\n  two\n    lines\n\"\"\") } query Q { b }",
        ] {
            let (ours, theirs) = (converted(document), parse_query(document).unwrap());
            assert_eq!(shape(&ours), shape(&theirs), "{document}");
        }
    }

    #[test]
    fn places_count_lines_and_characters() {
        let document =
            "query ($x: Int) {\n  a: b(c: \"日本\", d: $x) { ...F }\r\n}\nfragment F on T { e }";
        let document = converted(document);
        let (_, operation) = document.operations.iter().next().unwrap();
        let place = |pos: Pos| (pos.line, pos.column);
        assert_eq!(place(operation.node.variable_definitions[0].pos), (1, 8));
        let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else {
            panic!("{operation:?}")
        };
        let values: Vec<_> = field.node.arguments.iter().map(|(_, it)| place(it.pos)).collect();
        assert_eq!((place(field.pos), values), ((2, 3), vec![(2, 11), (2, 20)]));
        assert_eq!(place(document.fragments[&Name::new("F")].pos), (4, 1));
    }

    #[test]
    fn a_whole_number_that_is_an_id_keeps_its_digits() {
        let text = "{ a(b: 123456789012345678901234567890) }";
        let document = ast::Document::parse(text, "document").unwrap();
        let ids = HashSet::from([7]);
        for (ids, value) in [
            (ids, Value::String("123456789012345678901234567890".to_owned())),
            (HashSet::new(), Value::Number(Number::from_f64(1.2345678901234568e29).unwrap())),
        ] {
            let document = convert(&document, text, &ids);
            let (_, operation) = document.operations.iter().next().unwrap();
            let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else {
                panic!("{operation:?}")
            };
            assert_eq!(field.node.arguments[0].1.node, value);
        }
    }
}
