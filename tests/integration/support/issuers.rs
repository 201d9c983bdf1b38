//! Those who issue tokens: keys made for the test, and tokens signed with them.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use serde_json::{Value, json};

/// Somebody who issues tokens.
pub struct Issuer {
    algorithm: Algorithm,
    signing: EncodingKey,
    /// What a server is given to verify them: the secret, or the public key in PEM.
    pub key_file: String,
}

/// The head of a private key on the curve P-256 in the form PKCS #8, up to its 32 bytes.
const P256_HEAD: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// The same of a key for Ed25519.
const ED25519_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The heads of public keys, up to their bytes.
const P256_PUBLIC_HEAD: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
const ED25519_PUBLIC_HEAD: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key that takes a while to make, and that all tests share.
static RSA: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap());

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    // Below the order of every curve.
    bytes[0] &= 0x7f;
    bytes
}

fn public_pem(head: &[u8], parts: &[&Value]) -> String {
    let mut der = head.to_vec();
    for part in parts {
        der.extend(BASE64_URL_SAFE_NO_PAD.decode(part.as_str().unwrap()).unwrap());
    }
    let der = BASE64_STANDARD.encode(der);
    format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
}

impl Issuer {
    /// Shares a secret with the server.
    pub fn hs256() -> Self {
        let secret = BASE64_STANDARD.encode(random());
        let signing = EncodingKey::from_secret(secret.as_bytes());
        Self { algorithm: Algorithm::HS256, signing, key_file: secret }
    }

    /// Signs with an RSA key.
    pub fn rs256() -> Self {
        use rsa::pkcs8::{EncodePublicKey, LineEnding};
        let signing = EncodingKey::from_rsa_der(RSA.to_pkcs1_der().unwrap().as_bytes());
        let key_file = RSA.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
        Self { algorithm: Algorithm::RS256, signing, key_file }
    }

    /// Signs with a key on the curve P-256.
    pub fn es256() -> Self {
        let signing = EncodingKey::from_ec_der(&[&P256_HEAD[..], &random()].concat());
        let mut issuer = Self { algorithm: Algorithm::ES256, signing, key_file: String::new() };
        let jwk = issuer.jwk();
        issuer.key_file = public_pem(&P256_PUBLIC_HEAD, &[&jwk["x"], &jwk["y"]]);
        issuer
    }

    /// Signs with a key for Ed25519.
    pub fn eddsa() -> Self {
        let signing = EncodingKey::from_ed_der(&[&ED25519_HEAD[..], &random()].concat());
        let mut issuer = Self { algorithm: Algorithm::EdDSA, signing, key_file: String::new() };
        issuer.key_file = public_pem(&ED25519_PUBLIC_HEAD, &[&issuer.jwk()["x"]]);
        issuer
    }

    /// The public key as a JSON Web Key.
    pub fn jwk(&self) -> Value {
        serde_json::to_value(Jwk::from_encoding_key(&self.signing, self.algorithm).unwrap())
            .unwrap()
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&Header::new(self.algorithm), claims)
    }

    /// A token with this header, whose algorithm must be the issuer's, and these claims.
    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.signing).unwrap()
    }

    /// A token with the ID of its key in its header.
    pub fn sign_as(&self, key_id: &str, claims: &Value) -> String {
        let header = Header { kid: Some(key_id.to_owned()), ..Header::new(self.algorithm) };
        self.sign_with(&header, claims)
    }
}

/// The claims of an editor, good for so many seconds from now on.
pub fn claims(seconds: i64) -> Value {
    json!({ "sub": "lucy", "role": "editor", "exp": now() + seconds })
}

/// Seconds since 1970 began.
pub fn now() -> i64 {
    use reelgraph::domain::{Clock, SystemClock};
    SystemClock.now().as_micros() / 1_000_000
}
