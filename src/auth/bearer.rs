//! The form in which a credential is shown.
//!
//! Source: [RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1).

use super::auth_error::AuthError;

/// The credential in `Bearer …`, the only scheme that an `Authorization` header may have.
///
/// # Errors
/// For any other scheme, or if the credential is missing or followed by anything else.
pub fn bearer(authorization: &str) -> Result<&str, AuthError> {
    let (scheme, rest) = authorization.trim().split_once(' ').unwrap_or_default();
    let credential = rest.trim_start();
    let is_one = !credential.is_empty() && !credential.contains(char::is_whitespace);
    match scheme.eq_ignore_ascii_case("bearer") && is_one {
        true => Ok(credential),
        false => Err(AuthError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_follows_the_word_bearer() {
        for text in ["Bearer abc", "bearer abc", "BEARER   abc", " Bearer abc "] {
            assert_eq!(bearer(text), Ok("abc"), "{text:?}");
        }
        for text in
            ["", "abc", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearerabc", "Bearer,a"]
        {
            assert_eq!(bearer(text), Err(AuthError::Malformed), "{text:?}");
        }
    }
}
