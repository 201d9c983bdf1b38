//! Gives cynic the schema.

fn main() {
    let schema = cynic_codegen::register_schema("reelgraph");
    let schema = schema.from_sdl_file("schema.graphql").expect("the schema should be valid");
    schema.as_default().expect("there should be one schema");
}
