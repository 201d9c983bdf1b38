//! Encrypted connections to PostgreSQL.

use super::{Library, number};
use crate::support::postgres::Encrypted;

#[test]
#[cfg_attr(not(all(postgres, openssl)), ignore = "needs PostgreSQL 15 and openssl")]
fn connections_are_encrypted_and_certificates_verified_as_the_url_says() {
    const ENCRYPTED: &str = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'reelgraph' AND ssl";
    let server = Encrypted::start();
    let at = |address: &str, parameters: &str| {
        Library::at(format!("postgres://postgres@{address}/postgres?{parameters}"))
    };
    let (named, other) = (&server.address, &server.other_address);
    let (own, foreign) = (server.path("ca.pem"), server.path("other-ca.pem"));
    let accepted = [
        (named, "sslmode=require".to_owned()),
        (named, format!("sslmode=require&sslrootcert={own}")),
        (named, format!("sslmode=verify-full&sslrootcert={own}")),
        (other, format!("sslmode=verify-ca&sslrootcert={own}")),
    ];
    for (address, parameters) in accepted {
        let serving = at(address, &parameters).serve(&[]);
        assert!(number(&server.url(), ENCRYPTED) > 0, "{parameters}");
        assert_eq!(serving.ask("{ videos { totalCount } }").status, 200, "{parameters}");
    }
    let refused = [
        (named, format!("sslmode=require&sslrootcert={foreign}")),
        (named, format!("sslmode=verify-ca&sslrootcert={foreign}")),
        (other, format!("sslmode=verify-full&sslrootcert={own}")),
        (named, "sslmode=verify-full".to_owned()),
    ];
    for (address, parameters) in refused {
        let refused = at(address, &parameters).run(&["migrate"]).with_code(1);
        refused.saying("over TLS: ").saying("check sslmode and sslrootcert in its URL");
    }
    let arguments = ["migrate"];
    at(named, "sslmode=disable").run(&arguments).with_code(1).saying("refused the connection");
}
