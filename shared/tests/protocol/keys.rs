//! Keys: the RFC 8032 vectors, and every point and signature that a lenient library lets through (KEY-08, KEY-09).

use curve25519_dalek::Scalar;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use sha2::{Digest, Sha512};
use warifu_shared::keys::{BadKey, PublicKey, SigningKey, Thumbprint};

use crate::support::{TEST1, TEST2, TEST3, hex, key, request_key};

/// The order of the base point, little-endian (RFC 8032 section 5.1).
const L: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// The eight points of small order in their canonical encodings.
pub const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

#[test]
fn key_08_rfc_8032_vectors_sign_and_verify() {
    for (seed, public, message, signature) in [
        (
            TEST1,
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            &[][..],
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            TEST2,
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            &[0x72][..],
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            TEST3,
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            &[0xaf, 0x82][..],
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let key = key(seed);
        assert_eq!(key.public().as_bytes(), &hex(public));
        assert_eq!(key.sign(message), hex(signature));
        assert_eq!(
            PublicKey::from_bytes(&hex(public))
                .unwrap()
                .verify(message, &hex(signature)),
            Ok(())
        );
    }
}

#[test]
fn key_09_thumbprints_are_rfc_7638() {
    for (seed, thumbprint) in [
        // RFC 8037 appendix A.3 has TEST 1.
        (TEST1, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (TEST2, "FtIu-VbGrfe_KB6CH7GNwODB72MNxj_ml11dEvO-7kk"),
    ] {
        assert_eq!(key(seed).public().thumbprint().as_str(), thumbprint);
        assert_eq!(thumbprint.parse::<Thumbprint>().unwrap().as_str(), thumbprint);
    }
    for bad in [
        "",
        "test-key-ed25519",
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k=",
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4l",
    ] {
        assert!(bad.parse::<Thumbprint>().is_err(), "{bad}");
    }
}

#[test]
fn key_08_the_eight_small_order_points_are_refused() {
    for encoding in SMALL_ORDER {
        let bytes = hex(encoding);
        assert!(
            VerifyingKey::from_bytes(&bytes).unwrap().is_weak(),
            "{encoding} is a point of small order"
        );
        assert_eq!(PublicKey::from_bytes(&bytes), Err(BadKey), "{encoding}");
    }
}

#[test]
fn key_08_every_non_canonical_y_is_refused() {
    let mut accepted_by_the_library = 0;
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, high);
            let strong = VerifyingKey::from_bytes(&bytes).is_ok_and(|point| !point.is_weak());
            accepted_by_the_library += u32::from(strong);
            assert_eq!(
                PublicKey::from_bytes(&bytes),
                Err(BadKey),
                "{low:02x}..{high:02x}"
            );
        }
    }
    assert!(accepted_by_the_library > 0, "the check has something to do");
    // The largest canonical encodings are judged as points: p - 1 is of small order, the sign bit changes nothing.
    let mut minus_one_signed = [0xff; 32];
    minus_one_signed[0] = 0xec;
    assert_eq!(PublicKey::from_bytes(&minus_one_signed), Err(BadKey));
    let mut one_signed = [0; 32];
    (one_signed[0], one_signed[31]) = (1, 0x80);
    assert_eq!(PublicKey::from_bytes(&one_signed), Err(BadKey));
}

#[test]
fn key_08_bytes_that_are_no_point_or_of_another_length_are_refused() {
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert_eq!(PublicKey::from_bytes(&no_point), Err(BadKey));
    let good = request_key().public().to_b64();
    assert_eq!(PublicKey::from_b64(&good).as_ref(), Ok(request_key().public()));
    for bad in [
        &good[..42],
        &format!("{good}="),
        &format!("{good}AA"),
        &good.replace('_', "/"),
        "",
    ] {
        assert_eq!(PublicKey::from_b64(bad), Err(BadKey), "{bad}");
    }
}

#[test]
fn key_08_a_signature_with_unreduced_s_is_refused() {
    let key = request_key();
    let good = key.sign(b"message");
    let order: [u8; 32] = hex(L);
    let mut bad = good;
    let mut carry = 0u16;
    for (s, l) in bad[32..].iter_mut().zip(order) {
        carry += u16::from(*s) + u16::from(l);
        *s = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    assert_eq!(carry, 0, "S + L fits 256 bits");
    assert!(key.public().verify(b"message", &good).is_ok());
    assert!(key.public().verify(b"message", &bad).is_err());
}

#[test]
fn key_08_what_only_a_lenient_verifier_accepts_is_refused() {
    // With R = 0 and S = k a the equation S B = R + k A holds, whatever the message says.
    let secret = ed25519_dalek::SigningKey::from_bytes(&hex(TEST1));
    let mut forged = [0; 64];
    forged[0] = 1;
    let k = Sha512::new()
        .chain_update(&forged[..32])
        .chain_update(secret.verifying_key().as_bytes())
        .chain_update(b"message")
        .finalize();
    let s = Scalar::from_bytes_mod_order_wide(&k.into()) * secret.to_scalar();
    forged[32..].copy_from_slice(&s.to_bytes());
    let lenient = secret
        .verifying_key()
        .verify(b"message", &Signature::from_bytes(&forged));
    assert!(lenient.is_ok(), "the library's lenient verifier accepts it");
    assert!(request_key().public().verify(b"message", &forged).is_err());
}

#[test]
fn key_08_a_small_order_r_is_refused() {
    let key = request_key();
    for encoding in SMALL_ORDER {
        let mut bad = key.sign(b"message");
        bad[..32].copy_from_slice(&hex::<32>(encoding));
        assert!(key.public().verify(b"message", &bad).is_err(), "{encoding}");
    }
    assert!(key.public().verify(b"message", &[0; 64]).is_err());
}

#[test]
fn key_01_debug_shows_no_secret() {
    let key = SigningKey::generate();
    let shown = format!("{key:?}");
    assert_eq!(shown, format!("SigningKey({})", key.public().thumbprint()));
    assert!(!shown.contains(&warifu_shared::b64::encode(*key.seed())));
    assert_eq!(SigningKey::from_seed(&key.seed()).public(), key.public());
    assert_ne!(SigningKey::generate().public(), key.public());
}
