//! Error messages for invalid documents, in plain words instead of apollo-compiler's terms, with
//! suggestions.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};

use super::suggestions::{did_you_mean, question};

/// What the parser expects, by its own messages.
const EXPECTED: &[(&str, &str)] = &[
    ("Unexpected <EOF>.", "an operation"),
    ("expected a StringValue, Name or OperationDefinition", "an operation or a fragment"),
    ("expected a definition after this StringValue", "an operation or a fragment"),
    ("expected a definition after this Name", "an operation or a fragment"),
    ("expected a definition", "an operation or a fragment"),
    ("expected definition", "an operation or a fragment"),
    ("expected an Operation Type or a Selection Set", "an operation or a fragment"),
    ("expected either a 'mutation', a 'query', or a 'subscription'", "an operation or a fragment"),
    ("expected a Selection Set", "fields in braces"),
    ("expected Selection Set", "fields in braces"),
    ("expected at least one Selection in Selection Set", "a field"),
    ("expected an Inline Fragment or a Fragment Spread", "a fragment after `...`"),
    ("expected a Name", "a name"),
    ("expected a name", "a name"),
    ("expected Fragment Name", "the name of a fragment"),
    ("expected 'on'", "`on` and the name of a type"),
    ("expected a Name in Type Condition", "the name of a type"),
    ("expected Type Condition", "`on` and the name of a type"),
    ("expected an Argument", "an argument"),
    ("expected a Variable Definition", "a variable"),
    ("expected a Type", "a type"),
    ("expected a type", "a type"),
    ("expected item type", "a type"),
    ("expected a valid Value", "a value"),
    ("expected Enum Value", "a value"),
    ("expected @ symbol", "a directive"),
    ("expected BANG", "`!`"),
    ("expected DOLLAR", "`$`"),
    ("expected SPREAD", "`...`"),
    ("expected COLON", "`:`"),
    ("expected EQ", "`=`"),
    ("expected AT", "`@`"),
    ("expected L_PAREN", "`(`"),
    ("expected R_PAREN", "`)`"),
    ("expected L_BRACK", "`[`"),
    ("expected R_BRACK", "`]`"),
    ("expected L_CURLY", "`{`"),
    ("expected R_CURLY", "`}`"),
];

/// The message for a syntax error, from the parser's message and the text at its position.
pub(super) fn of_syntax_error(message: &str, rest: &str) -> String {
    let message = message.strip_prefix("syntax error: ").unwrap_or(message);
    let core = message.split_once(", got ").map_or(message, |(core, _)| core);
    let expected = EXPECTED.iter().find(|(theirs, _)| *theirs == core);
    let found = found(rest);
    match expected {
        // Without a colon the parser takes for a whole variable or argument what is only its name.
        Some((_, "a name")) if rest.starts_with(is_of_word) => {
            format!("syntax error: expected `:`, found {found}")
        }
        Some((_, "`)`")) if rest.starts_with(begins_value) => {
            format!("syntax error: expected `:` or `)`, found {found}")
        }
        Some((_, words)) => format!("syntax error: expected {words}, found {found}"),
        None if core == "Fragment Name cannot be 'on'" => {
            "syntax error: a fragment cannot be named `on`".to_owned()
        }
        // What the parser says of what is inside of a token needs no terms.
        None if !core.starts_with("expected ") => {
            let mut letters = message.chars();
            let first = letters.next().into_iter().flat_map(char::to_lowercase);
            format!("syntax error: {}{}", first.collect::<String>(), letters.as_str())
        }
        None => format!("syntax error: unexpected {found}"),
    }
}

fn is_of_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

fn begins_value(letter: char) -> bool {
    is_of_word(letter) || "\"-$[{".contains(letter)
}

/// The first token of a text.
fn found(rest: &str) -> String {
    const LONGEST: usize = 20;
    let Some(first) = rest.chars().next() else { return "the end of the document".to_owned() };
    let end = match first {
        '"' => return "a string".to_owned(),
        _ if is_of_word(first) => rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len()),
        _ if rest.starts_with("...") => 3,
        _ => first.len_utf8(),
    };
    match rest[..end].char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &rest[..end]),
        None => format!("`{}`", &rest[..end]),
    }
}

/// The message for an error with this name, with suggestions for unknown names.
pub(super) fn of_error(schema: &Schema, error: &str, message: String) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let meant = match (error, &quoted[..]) {
        ("UndefinedField", [ty, field]) => of_field(schema, ty, field),
        ("UndefinedArgument", [argument, place]) => of_argument(schema, argument, place),
        (
            "UndefinedDefinition"
            | "UndefinedTypeInNamedFragmentTypeCondition"
            | "UndefinedTypeInInlineFragmentTypeCondition",
            [name, ..],
        ) => did_you_mean(name, schema.types.keys().map(Name::as_str)),
        _ => String::new(),
    };
    let message = match error {
        "UndefinedDefinition" | "UndefinedDirective" => {
            message.replace("in this document", "in the schema")
        }
        _ => message,
    };
    message + &meant
}

fn of_field(schema: &Schema, ty: &str, field: &str) -> String {
    let fields = match schema.types.get(ty) {
        Some(ExtendedType::Object(ty)) => &ty.fields,
        Some(ExtendedType::Interface(ty)) => {
            let have_it = types_with(schema, &ty.name, field);
            if !have_it.is_empty() {
                let on = question(&have_it).replacen("mean ", "mean it in a fragment on ", 1);
                return on;
            }
            &ty.fields
        }
        _ => return String::new(),
    };
    did_you_mean(field, fields.keys().map(Name::as_str))
}

/// The objects that can be of this interface and have the field, and their interfaces that have it: what most of
/// the objects are comes first, and an interface before its objects.
fn types_with<'s>(schema: &'s Schema, interface: &str, field: &str) -> Vec<&'s str> {
    let has_it = |ty: &str| schema.type_field(ty, field).is_ok();
    let mut found: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    let objects = schema.types.values().filter_map(ExtendedType::as_object);
    for object in objects.filter(|it| it.implements_interfaces.iter().any(|i| i == interface)) {
        if has_it(&object.name) {
            let interfaces = object.implements_interfaces.iter().filter(|it| has_it(it));
            let types = interfaces.map(|it| (false, it.as_str()));
            for ty in types.chain([(true, object.name.as_str())]) {
                *found.entry(ty).or_default() += 1;
            }
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, count)| Reverse(*count));
    found.into_iter().map(|((_, name), _)| name).collect()
}

/// The place is written as in `Query.videos(limit:)` and `@skip(unless:)`.
fn of_argument(schema: &Schema, argument: &str, place: &str) -> String {
    let place = place.split_once('(').map_or(place, |(place, _)| place);
    let arguments = match (place.strip_prefix('@'), place.split_once('.')) {
        (Some(name), _) => schema.directive_definitions.get(name).map(|it| &it.arguments),
        (None, Some((ty, field))) => schema.type_field(ty, field).ok().map(|it| &it.arguments),
        (None, None) => None,
    };
    let names = arguments.into_iter().flatten().map(|it| it.name.as_str());
    did_you_mean(argument, names)
}
