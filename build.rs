//! Has the program built again when a migration changes: `sqlx::migrate!` puts them into it.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
