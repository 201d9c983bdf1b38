//! The lists of migrations, which match the files and never change what libraries have.

use crate::repository::sql::Migration;

/// Each file of the folder is a migration.
#[track_caller]
pub(in crate::repository) fn assert_complete(folder: &str, migrations: &[Migration]) {
    let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let name = |migration: &Migration| format!("{}.sql", migration.name);
    assert_eq!(files, migrations.iter().map(name).collect::<Vec<_>>());
}

/// Libraries have the checksums of the migrations that they were given. A new migration joins the list,
/// which `sha384sum *.sql` writes; none that is there changes, not even its comments.
#[track_caller]
pub(in crate::repository) fn assert_unchanged(list: &str, migrations: &[Migration]) {
    let line = |migration: &Migration| {
        format!("{}  {}.sql\n", migration.checksum_in_digits(), migration.name)
    };
    assert_eq!(migrations.iter().map(line).collect::<String>(), list);
}
