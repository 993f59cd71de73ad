//! Signed requests: what is accepted has exactly the profile's parameters, and verifies over a base built anew here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha512};
use warifu_shared::clock::Timestamp;
use warifu_shared::http_signature::{MAX_AGE_SECS, Received, RequestToSign, parse, sign, signature_base};

use crate::bytes::{choice, parts, text};
use crate::scene::{IAT, REQUEST};

/// Method, target, content type, digest, input, signature, body: one a line, the body last.
pub(crate) fn request(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    match way & 3 {
        0 | 1 => as_received(rest),
        2 => honestly_signed(rest),
        _ => signed_parameters(rest),
    }
}

fn as_received(data: &[u8]) {
    let [method, target, content_type, digest, input, signature, body] = parts(data);
    let (Some(method), Some(target)) = (text(method), text(target)) else {
        return;
    };
    let lines = [content_type, digest, input, signature].map(lines_of);
    let [
        Some(content_type),
        Some(content_digest),
        Some(signature_input),
        Some(signature),
    ] = &lines
    else {
        return;
    };
    let received = Received {
        method,
        target_uri: target,
        content_type,
        content_digest,
        signature_input,
        signature,
        body,
    };
    check(&received);
}

/// Several lines of one header are divided by a carriage return, which no header can hold.
fn lines_of(data: &[u8]) -> Option<Vec<&str>> {
    let text = text(data)?;
    Some(if text.is_empty() {
        Vec::new()
    } else {
        text.split('\r').collect()
    })
}

/// Accepts nothing that is not exactly the profile.
fn check(received: &Received<'_>) -> bool {
    let now = Timestamp::from_secs(IAT + 5);
    let Ok(parsed) = parse(received, now) else {
        return false;
    };
    let input = received.signature_input[0];
    let (label, params) = input.split_once('=').expect("a dictionary");
    let list = if received.body.is_empty() {
        r#"("@method" "@target-uri")"#
    } else {
        r#"("@method" "@target-uri" "content-type" "content-digest")"#
    };
    let rest = params.strip_prefix(list).expect("exactly these components");
    assert_eq!(rest.matches(';').count(), 6, "{rest}");
    let (created, nonce) = (parsed.created().secs(), parsed.nonce());
    assert!((now.secs() - created).abs() <= MAX_AGE_SECS && nonce.len() >= 22);
    for part in [
        format!(";created={created}"),
        format!(";nonce=\"{nonce}\""),
        format!(";keyid=\"{}\"", parsed.keyid()),
        ";alg=\"ed25519\"".to_owned(),
        ";tag=\"warifu-http-v1\"".to_owned(),
    ] {
        assert_eq!(rest.matches(&part).count(), 1, "{part} in {rest}");
    }
    if !received.body.is_empty() {
        check_digest(received.content_digest[0], received.body);
    }
    if parsed.verify(REQUEST.public()).is_err() {
        return false;
    }
    let mut components = vec![("@method", received.method), ("@target-uri", received.target_uri)];
    if !received.body.is_empty() {
        components.push(("content-type", received.content_type[0]));
        components.push(("content-digest", received.content_digest[0]));
    }
    let base = signature_base(&components, params);
    let raw = received.signature[0]
        .strip_prefix(&format!("{label}=:"))
        .and_then(|rest| rest.strip_suffix(':'))
        .expect("the same label");
    let raw = STANDARD
        .decode(raw)
        .expect("base64")
        .try_into()
        .expect("64 bytes");
    assert_eq!(REQUEST.public().verify(base.as_bytes(), &raw), Ok(()));
    true
}

fn check_digest(header: &str, body: &[u8]) {
    let sha256 = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)));
    let sha512 = format!("sha-512=:{}:", STANDARD.encode(Sha512::digest(body)));
    for digest in header.split(", ") {
        assert!(digest == sha256 || digest == sha512, "{header}");
    }
}

/// Method, target, content type and body are signed honestly: accepted whenever they could come over HTTP, and refused
/// after any change.
fn honestly_signed(data: &[u8]) {
    let [method, target, content_type, body] = parts(data);
    let (Some(method), Some(target), Some(content_type)) = (text(method), text(target), text(content_type))
    else {
        return;
    };
    let to_sign = RequestToSign {
        method,
        target_uri: target,
        content_type: (!body.is_empty()).then_some(content_type),
        body: Some(body),
    };
    let headers = sign(&to_sign, &REQUEST, Timestamp::from_secs(IAT));
    let digest = headers.content_digest.as_deref();
    let received = Received {
        method,
        target_uri: target,
        content_type: to_sign.content_type.as_slice(),
        content_digest: digest.as_slice(),
        signature_input: &[&headers.signature_input],
        signature: &[&headers.signature],
        body,
    };
    let graphic = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    let typed = body.is_empty()
        || (1..=1024).contains(&content_type.len())
            && content_type.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
            && content_type.trim() == content_type;
    let possible = graphic(method) && graphic(target) && typed;
    assert_eq!(check(&received), possible);
    if possible {
        let longer = format!("{target}x");
        assert!(!check(&Received {
            target_uri: &longer,
            ..received
        }));
        let other = [body, b"x"].concat();
        assert!(!check(&Received {
            body: &other,
            ..received
        }));
    }
}

/// Any parameters after the right components, honestly signed.
fn signed_parameters(data: &[u8]) {
    let Some(params) = text(data) else { return };
    let target = "https://auth.example/v1/device";
    let params = format!(r#"("@method" "@target-uri"){params}"#);
    let base = signature_base(&[("@method", "GET"), ("@target-uri", target)], &params);
    let signature = format!("sig1=:{}:", STANDARD.encode(REQUEST.sign(base.as_bytes())));
    let input = format!("sig1={params}");
    check(&Received {
        method: "GET",
        target_uri: target,
        content_type: &[],
        content_digest: &[],
        signature_input: &[&input],
        signature: &[&signature],
        body: b"",
    });
}
