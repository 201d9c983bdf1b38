//! The documents of the everyday operations.

/// A page of 50 videos with all that a video is, and its cursors.
pub const PAGE: &str =
    "query($after: String) { videos(first: 50, after: $after) { edges { cursor node {
    id path filename durationFrames durationSeconds frameRate { numerator denominator fps }
    width height videoCodec audioCodec fileSize thumbnailPath createdAt updatedAt version
} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// One video.
pub const BY_ID: &str = "query($id: ID!) { video(id: $id) {
    id path filename durationSeconds width height videoCodec fileSize
} }";

/// 50 videos, with the newest five changes of each.
pub const NESTED: &str = "{ videos(first: 50) { nodes { id filename
    auditEntries(first: 5) { nodes { id operation timestamp version changes { field old new } } }
} } }";

/// A change of what is given.
pub const UPDATE: &str = "mutation($id: ID!, $width: Int, $filename: String) {
    updateVideo(input: { id: $id, width: $width, filename: $filename }) {
        video { version } userErrors { code }
    }
}";
