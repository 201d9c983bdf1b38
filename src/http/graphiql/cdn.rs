//! GraphiQL from a content delivery network, each file of it held to its hash.
//!
//! This serves programs that were built without Node.js.

use axum::http::HeaderValue;

/// The page, which has a place for the examples.
pub(super) const PAGE: &str = include_str!("cdn.html");

/// The resources of the page: the files that it names, and one inline script, by its hash.
pub(super) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src data:; form-action 'none'; \
     frame-ancestors 'none'; img-src data:; \
     script-src 'sha256-FICBrFRS/m8ie6TLqD9oF+NgGRUgTZXCXkWTAdCt24A=' \
     https://cdn.jsdelivr.net/npm/react@18.3.1/umd/react.production.min.js \
     https://cdn.jsdelivr.net/npm/react-dom@18.3.1/umd/react-dom.production.min.js \
     https://cdn.jsdelivr.net/npm/graphiql@4.1.2/graphiql.min.js; \
     style-src 'unsafe-inline' https://cdn.jsdelivr.net/npm/graphiql@4.1.2/graphiql.min.css",
);

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_lets_the_page_load_what_it_names_and_run_its_script() {
        let policy = POLICY.to_str().unwrap().to_owned();
        let of_cdn: Vec<&str> =
            PAGE.split('"').filter(|text| text.starts_with("https://")).collect();
        assert_eq!(of_cdn.len(), 4, "{of_cdn:?}");
        for address in of_cdn {
            assert!(policy.contains(address), "{address}");
        }
        let (_, script) = PAGE.split_once("<script>").unwrap();
        let (script, _) = script.split_once("</script>").unwrap();
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
        assert!(policy.contains(&hash), "{hash}");
    }
}
