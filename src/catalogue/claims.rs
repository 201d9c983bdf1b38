//! Which library root a folder belongs to, and the roots that settings name.

use crate::domain::catalogue::root::expect_free;
use crate::domain::catalogue::{Root, RootId, RootLook, RootName, RootOf};
use crate::domain::{IdSource, Invalid, Text, printable};
use crate::repository::{Catalogue, RepositoryError};

/// Why a folder is no library root.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// It cannot be one.
    #[error("{}", printable(&format!("{} {reason}", String::from_utf8_lossy(directory))))]
    Refused {
        /// The folder.
        directory: Vec<u8>,
        /// Why, and what to do.
        reason: Invalid,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] RepositoryError),
}

/// The root with this name, which is in this folder from now on. It is added if there is none.
///
/// # Errors
/// When the folder cannot be a root beside the others.
pub async fn root_named(
    catalogue: &dyn Catalogue,
    name: &RootName,
    directory: &[u8],
    ids: &dyn IdSource,
) -> Result<Root, ClaimError> {
    let (own, others): (Vec<_>, Vec<_>) =
        catalogue.roots().await?.into_iter().partition(|root| root.name == *name);
    let refused = |reason| ClaimError::Refused { directory: directory.to_vec(), reason };
    match own.into_iter().next() {
        Some(root) if root.directory == directory => Ok(root),
        Some(root) => {
            expect_free(directory, &others).map_err(refused)?;
            catalogue.move_root(root.id, directory).await?;
            Ok(Root { directory: directory.to_vec(), ..root })
        }
        None => {
            if let Some(root) = others.iter().find(|root| root.directory == directory) {
                let name = &root.name;
                return Err(refused(Invalid::new(format!(
                    "is the folder of the library root {name}: name it so, --root {name}=DIR"
                ))));
            }
            expect_free(directory, &others).map_err(refused)?;
            add(catalogue, name.clone(), directory, ids).await
        }
    }
}

/// The root that a folder belongs to, and where it is below it. A root is added if it belongs to none.
///
/// # Errors
/// When the folder contains a root.
pub async fn root_of(
    catalogue: &dyn Catalogue,
    directory: &[u8],
    ids: &dyn IdSource,
) -> Result<(Root, Vec<u8>), ClaimError> {
    let roots = catalogue.roots().await?;
    let refused = |reason| ClaimError::Refused { directory: directory.to_vec(), reason };
    match RootOf::directory(directory, &roots).map_err(refused)? {
        RootOf::Known(id, below) => {
            let root = roots.into_iter().find(|root| root.id == id);
            Ok((root.expect("it is one of them"), below))
        }
        RootOf::New(name) => Ok((add(catalogue, name, directory, ids).await?, Vec::new())),
    }
}

async fn add(
    catalogue: &dyn Catalogue,
    name: RootName,
    directory: &[u8],
    ids: &dyn IdSource,
) -> Result<Root, ClaimError> {
    let refused = |reason| ClaimError::Refused { directory: directory.to_vec(), reason };
    let prefix = str::from_utf8(directory)
        .map_err(|_| Invalid::new("is not UTF-8: rename it, or mount it elsewhere"))
        .and_then(Text::new)
        .map_err(refused)?;
    let root = Root {
        id: RootId::from(ids.next_id()),
        name,
        directory: directory.to_vec(),
        path_prefix: prefix,
        look: RootLook::default(),
        served_until: None,
        watched_until: None,
    };
    if catalogue.add_root(&root).await? {
        return Ok(root);
    }
    let standing = catalogue.roots().await?;
    let is_same = |other: &Root| other.name == root.name && other.directory == root.directory;
    standing.into_iter().find(is_same).ok_or_else(|| {
        refused(Invalid::new("was made a library root by another process meanwhile: try again"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RandomIds;
    use crate::repository::VideoRepository;
    use crate::repository::memory::MemoryRepository;

    #[tokio::test]
    async fn a_root_keeps_its_id_and_prefix_when_its_folder_moves() {
        let store = MemoryRepository::new();
        let catalogue = store.catalogue();
        let films: RootName = "films".parse().unwrap();
        let named = async |directory: &str| {
            root_named(&*catalogue, &films, directory.as_bytes(), &RandomIds).await.unwrap()
        };
        let first = named("/media/films").await;
        let moved = named("/mnt/films").await;
        assert_eq!((moved.id, &moved.path_prefix), (first.id, &first.path_prefix));
        assert_eq!(catalogue.roots().await.unwrap(), [moved]);
    }

    #[tokio::test]
    async fn the_folder_of_a_root_has_its_name() {
        let store = MemoryRepository::new();
        let catalogue = store.catalogue();
        let named = async |name: &str, directory: &[u8]| {
            root_named(&*catalogue, &name.parse().unwrap(), directory, &RandomIds).await
        };
        let films = named("films-2", b"/media/films").await.unwrap();
        let error = named("films", b"/media/films").await.unwrap_err().to_string();
        assert_eq!(
            error,
            "/media/films is the folder of the library root films-2: name it so, --root films-2=DIR"
        );
        let error = named("films", b"/media/films/new").await.unwrap_err().to_string();
        assert!(
            error.contains("is in the library root films-2: a folder can be in one"),
            "{error}"
        );
        assert_eq!(catalogue.roots().await.unwrap(), [films]);
    }

    #[tokio::test]
    async fn a_folder_is_scanned_in_the_root_that_it_is_in() {
        let store = MemoryRepository::new();
        let catalogue = store.catalogue();
        let of =
            async |directory: &str| root_of(&*catalogue, directory.as_bytes(), &RandomIds).await;
        let (films, below) = of("/media/films").await.unwrap();
        assert_eq!((films.name.as_str(), &*below), ("films", &b""[..]));
        let (same, below) = of("/media/films/a/b").await.unwrap();
        assert_eq!((same, &*below), (films, &b"a/b"[..]));
        let error = of("/media").await.unwrap_err().to_string();
        assert!(error.starts_with("/media contains the library root films"), "{error}");
    }
}
