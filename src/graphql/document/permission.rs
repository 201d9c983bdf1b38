//! Permissions for operations: the only place that compares operations with roles.

use async_graphql::ServerError;

use super::checker::CheckedRequest;
use crate::domain::Role;
use crate::error_code::ErrorCode;
use crate::graphql::error::refused;
use crate::graphql::execution::internals::OperationType;

/// The permissions of a caller.
#[derive(Clone, Copy, Debug)]
pub struct Permits {
    /// The caller's role.
    pub role: Role,
    /// The minimum role for introspection.
    pub introspection_role: Role,
}

impl Permits {
    /// Rejects an operation for which the caller's role is insufficient. No part of it is then
    /// executed.
    ///
    /// # Errors
    /// With the code [`ErrorCode::Forbidden`].
    pub fn check(self, operation: &CheckedRequest) -> Result<(), ServerError> {
        let (needed, what) = match operation.kind() {
            OperationType::Query | OperationType::Subscription => {
                (Role::Reader, "read the library")
            }
            OperationType::Mutation => (Role::Editor, "change the library"),
        };
        self.expect(needed, what)?;
        if operation.deletes_missing() {
            self.expect(Role::Admin, "delete the records of missing videos")?;
        }
        match operation.introspects() {
            true => self.expect(self.introspection_role, "use introspection"),
            false => Ok(()),
        }
    }

    fn expect(self, needed: Role, what: &str) -> Result<(), ServerError> {
        if self.role >= needed {
            return Ok(());
        }
        let (role, needed) = (self.role.name(), needed.name());
        let message = format!(
            "the role {needed} is required to {what}, and yours is {role}: use a key with that role"
        );
        Err(refused(ErrorCode::Forbidden, message, None))
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Request;

    use super::*;
    use crate::graphql::document::{DocumentChecker, DocumentLimits};
    use crate::graphql::sdl;

    /// The least role that an operation needs.
    #[track_caller]
    fn check(document: &str, expected: Role) {
        let checker = DocumentChecker::new(&sdl(), DocumentLimits::default());
        let checked = checker.check(Request::new(document)).unwrap();
        let may = |role: &Role| {
            let permits = Permits { role: *role, introspection_role: Role::Admin };
            permits.check(&checked).is_ok()
        };
        let allowed: Vec<Role> = Role::ALL.into_iter().filter(may).collect();
        let expected: Vec<Role> = Role::ALL.into_iter().filter(|role| *role >= expected).collect();
        assert_eq!(allowed, expected, "{document}");
    }

    #[test]
    fn readers_read_and_editors_change() {
        check("{ videos { totalCount } }", Role::Reader);
        check("subscription { videoChanges { cursor } }", Role::Reader);
        check("mutation { deleteVideo(input: { id: \"1\" }) { deletedVideoId } }", Role::Editor);
        check("mutation { __typename }", Role::Editor);
        for (name, more) in [("updateVideos", ", set: { width: 1 }"), ("deleteVideos", "")] {
            let input = format!("{{ select: {{ ids: [] }}{more}, dryRun: false }}");
            check(&format!("mutation {{ {name}(input: {input}) {{ count }} }}"), Role::Editor);
        }
    }

    #[test]
    fn only_admins_delete_the_records_of_missing_videos() {
        let delete = "deleteMissingVideos(input: { rootId: 1, missingSinceBefore: \
                      \"2026-01-01T00:00:00Z\" }) { count }";
        check(&format!("mutation {{ {delete} }}"), Role::Admin);
        check(
            &format!("mutation {{ ...A }} fragment A on Mutation {{ a: {delete} }}"),
            Role::Admin,
        );
        check("mutation { cancelScan(input: { jobId: 1 }) { job { id } } }", Role::Editor);
    }

    #[test]
    fn introspection_needs_its_own_role_wherever_it_hides() {
        check("{ __typename videos { nodes { __typename } } }", Role::Reader);
        check("{ __schema { types { name } } }", Role::Admin);
        check("{ type: __type(name: \"Video\") { name } }", Role::Admin);
        check("{ ... { ... on Query { __schema { types { name } } } } }", Role::Admin);
        check(
            "{ ...A } fragment A on Query { ...B } fragment B on Query { __schema { types { name } \
             } }",
            Role::Admin,
        );
    }
}
