//! The URL of a library in PostgreSQL.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// The parameters that a URL can have.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// The URL of a database in PostgreSQL, which is shown without its password.
///
/// Any text can be one until it is [verified](Self::verify): what is wrong with it is reported
/// without its text, which clap would repeat.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    /// Whether a text is meant to be such a URL, or may have a password like one.
    pub(super) fn is_meant_by(text: &str) -> bool {
        let has_user = || text.contains('@') && !text.starts_with("sqlite:");
        text.starts_with("postgre") || has_user()
    }

    /// The text, which may have a password.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Verifies that it has the form of such a URL.
    ///
    /// # Errors
    /// What to write instead.
    pub fn verify(&self) -> Result<(), String> {
        let parts = self.parts().ok_or("write postgres://USER@HOST/DATABASE")?;
        if parts.1.contains(['/', '?', '#']) {
            return Err("write / ? # and @ as %2F %3F %23 and %40 in the user, the password and \
                        parameters"
                .to_owned());
        }
        for (name, _) in self.parameters() {
            match &*name {
                "password" => {
                    return Err("write the password before the @, or use --database-password-file"
                        .to_owned());
                }
                "connect_timeout" => {
                    let instead = "use --database-connect-timeout-seconds";
                    return Err(format!("omit connect_timeout: {instead}"));
                }
                name if !PARAMETERS.contains(&name) => {
                    let known = PARAMETERS.join(", ");
                    return Err(format!("after the ?, write only {known}"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The value of a parameter after the `?`.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Whether it has a password.
    pub fn has_password(&self) -> bool {
        self.parts().is_some_and(|(_, user, _)| user.contains(':'))
    }

    /// The name of the database; empty if the URL has none.
    pub fn database(&self) -> String {
        let path = self.parts().and_then(|(_, _, place)| place.split_once('/'));
        let name = path.map_or("", |(_, path)| path);
        let decoded = percent_decode_str(name).decode_utf8_lossy().into_owned();
        self.parameter("dbname").unwrap_or(decoded)
    }

    /// What precedes the host, the user and the password, and what follows them up to the `?`.
    fn parts(&self) -> Option<(&str, &str, &str)> {
        let (scheme, rest) = self.0.split_once("://")?;
        if !["postgres", "postgresql"].contains(&scheme) {
            return None;
        }
        // Nobody is to see a password with a slash, however wrong that is.
        let (user, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let place = place.split_once('?').map_or(place, |(place, _)| place);
        Some((scheme, user, place))
    }

    fn parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
    }
}

/// Reads such a URL, which must not be empty.
pub(super) fn some_url(text: &str) -> Result<PostgresUrl, String> {
    match text {
        "" => Err("write postgres://USER@HOST/DATABASE".to_owned()),
        _ => Ok(PostgresUrl(text.to_owned())),
    }
}

impl FromStr for PostgresUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, user, place)) = self.parts() else {
            return f.write_str("postgres:");
        };
        let name = user.split_once(':').map_or(user, |(name, _)| name);
        let at = if user.is_empty() { "" } else { "@" };
        write!(f, "{scheme}://{name}{at}{place}")?;
        let is_shown = |(name, _): &(Cow<'_, str>, _)| PARAMETERS.contains(&&**name);
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(self.parameters().filter(is_shown)).finish();
        if query.is_empty() { Ok(()) } else { write!(f, "?{}", query.replace("%2F", "/")) }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PostgresUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (text, shown) in [
            ("postgres://me:secret@host/db", "postgres://me@host/db"),
            ("postgresql://me@host:5433/db", "postgresql://me@host:5433/db"),
            ("postgres:///db?host=/run/pg", "postgres:///db?host=/run/pg"),
            ("postgres://me:s/ec@ret@host/db", "postgres://me@host/db"),
            ("postgres://me:se?cret@host/db", "postgres://me@host/db"),
            ("postgres://host/db?password=secret", "postgres://host/db"),
            ("postgre://me:secret@host/db", "postgres:"),
        ] {
            assert_eq!(url(text).to_string(), shown);
            assert_eq!(format!("{:?}", url(text)), shown);
        }
    }

    #[test]
    fn a_url_has_known_parameters() {
        url("postgres://me@host/db?sslmode=verify-full&sslrootcert=/ca.pem").verify().unwrap();
        for (text, hint) in [
            ("mysql://me:secret@host/db", "write postgres://USER@HOST/DATABASE"),
            ("postgres://me:1/secret@host/db", "write / ? # and @ as %2F"),
            ("postgres:me@host", "write postgres://USER@HOST/DATABASE"),
            ("postgres://host/db?password=secret", "before the @"),
            ("postgres://host/db?connect_timeout=3", "--database-connect-timeout-seconds"),
            ("postgres://host/db?sslmod=require", "write only application_name"),
        ] {
            let fault = url(text).verify().unwrap_err();
            assert!(fault.contains(hint), "{text}: {fault}");
            assert!(!fault.contains("secret"), "{fault}");
        }
    }

    #[test]
    fn the_database_is_named_by_the_path_or_a_parameter() {
        for (text, name) in [
            ("postgres://me@host/my%20films?sslmode=require", "my films"),
            ("postgres://host?dbname=films", "films"),
            ("postgres://host", ""),
        ] {
            assert_eq!(url(text).database(), name);
        }
    }
}
