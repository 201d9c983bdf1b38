//! The GraphQL API, asked through the schema without a socket.
