//! Values of variables that the reference does not cover.

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use async_graphql::{Name, Pos, Variables};
use serde_json::json;

use super::*;
use crate::graphql::document::json;
use crate::graphql::execution::internals::ConstValue;
use crate::graphql::sdl;

const VALUES: &str = include_str!("../../../../tests/data/variables.txt");

/// The errors of a variable of this type with this value, and the value as it is passed on.
fn checked(ty: &str, value: &str) -> (Vec<String>, ConstValue) {
    let schema = Schema::parse_and_validate(sdl(), "schema.graphql").unwrap();
    let name = Name::new("it");
    let variable = Variable {
        name: name.clone(),
        shown: "$it".to_owned(),
        ty: Type::parse(ty, "type").unwrap(),
        has_default: false,
        pos: Pos::default(),
    };
    let value = json::parse(value.as_bytes()).unwrap();
    let mut values = Variables::default();
    values.insert(name.clone(), value);
    let errors = check_variables(&schema, &[variable], &mut values).err().unwrap_or_default();
    (errors.into_iter().map(|error| error.message).collect(), values.remove(&name).unwrap())
}

#[test]
fn as_many_errors_are_found_as_by_the_reference() {
    for line in VALUES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [count, ty, value] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("not a count, a type and a value: {line}")
        };
        let (errors, _) = checked(ty, value);
        assert_eq!(errors.len().to_string(), count, "{line}: {errors:#?}");
    }
}

#[test]
fn whole_numbers_are_passed_on_as_such() {
    for (ty, value, expected) in [
        ("Int", "1.0", json!(1)),
        ("Int!", "-0.0", json!(0)),
        ("SafeInt", "9007199254740991.0", json!(9_007_199_254_740_991_i64)),
        ("SafeInt", "-9.007199254740991e15", json!(-9_007_199_254_740_991_i64)),
        ("SafeInt", "9007199254740991", json!(9_007_199_254_740_991_i64)),
        ("[SafeInt!]", "[1e1, 2]", json!([10, 2])),
        ("[Int!]", "1e1", json!(10)),
        ("Float", "1.0", json!(1.0)),
        ("Float", "0.1", json!(0.1)),
        ("Float", "18446744073709551616", json!(18_446_744_073_709_551_616.0)),
        ("ID", "7.0", json!("7")),
        ("ID", "7", json!(7)),
        ("ID", "18446744073709551615", json!("18446744073709551615")),
        (
            "VideoFilter",
            "{ \"and\": { \"width\": { \"in\": [1.0] } }, \"frameRate\": { \"gt\": 1.0 } }",
            json!({ "and": { "width": { "in": [1] } }, "frameRate": { "gt": 1.0 } }),
        ),
    ] {
        let (errors, passed) = checked(ty, value);
        assert_eq!(errors, Vec::<String>::new(), "{ty} {value}");
        assert_eq!(passed.into_json().unwrap(), expected, "{ty} {value}");
    }
}

#[test]
fn a_safe_integer_has_its_limits_however_it_is_written() {
    for value in [
        "9007199254740992",
        "9007199254740992.0",
        "9007199254740993.0",
        "9007199254740990.7",
        "4503599627370497.5",
        "1e18",
        "-9.1e15",
        "1.5",
        "1e300",
        "-18446744073709551616",
        "100000000000000000000000",
    ] {
        let (errors, _) = checked("SafeInt", value);
        let expected =
            "$it must be a whole number from -9007199254740991 to 9007199254740991, not ";
        assert_eq!(errors, [format!("{expected}{value}")]);
    }
}

#[test]
fn only_filters_of_times_take_a_time() {
    // A variable is checked before it is known where it stands: if a time could stand elsewhere, a date
    // alone would have to be refused there.
    let schema = Schema::parse_and_validate(sdl(), "schema.graphql").unwrap();
    let is_time = |ty: &Type| ty.inner_named_type() == "DateTime";
    for (name, ty) in &schema.types {
        if let ExtendedType::InputObject(input) = ty {
            let takes_time = input.fields.values().any(|field| is_time(&field.ty));
            // All but the first refuse a date alone when they are read.
            let may_take_time = [check::DAYS, "DeleteMissingVideosInput", "LibraryMomentInput"];
            assert_eq!(takes_time, may_take_time.contains(&name.as_str()), "{name}");
        }
        let ExtendedType::Object(object) = ty else { continue };
        for field in object.fields.values() {
            let takes_time = field.arguments.iter().any(|argument| is_time(&argument.ty));
            assert!(!takes_time, "{name}.{}", field.name);
        }
    }
}

#[test]
fn a_number_is_quoted_as_it_was_sent() {
    for value in ["18446744073709551616", "9007199254740993.0", "1e3", "0.10", "-0"] {
        for (ty, value) in
            [("String", value.to_owned()), ("Boolean", format!("[{value},{{\"a\":{value}}}]"))]
        {
            let (errors, _) = checked(ty, &value);
            assert!(errors[0].ends_with(&format!(", not {value}")), "{value}: {errors:?}");
        }
    }
}
