//! Signed requests that are refused, each for one defect (APPR-05, APPR-06, APPR-09).

use warifu_shared::http_signature::HttpSignatureError::{self, Expired, Invalid, Missing};

use crate::http_signature::{Sent, URI, damaged};
use crate::support::IAT;

const ALL: [(&str, &str); 4] = [
    ("@method", "POST"),
    ("@target-uri", URI),
    ("content-type", "application/json"),
    ("content-digest", ""),
];

/// The components of an honest POST, with the digest that it sent.
fn components(sent: &Sent) -> [(&'static str, String); 4] {
    let digest = sent.content_digest[0].as_str();
    ALL.map(|(name, value)| {
        (
            name,
            if name == "content-digest" { digest } else { value }.to_owned(),
        )
    })
}

/// An honest POST that covers only the chosen components, in the chosen order, correctly signed.
fn covering(chosen: &[usize]) -> Sent {
    let sent = Sent::post();
    let all = components(&sent);
    let chosen: Vec<(&str, &str)> = chosen.iter().map(|&i| (all[i].0, all[i].1.as_str())).collect();
    let list = chosen
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(" ");
    let params = sent.params();
    let rest = params.split_once(')').unwrap().1;
    sent.clone().resigned(&chosen, &format!("({list}){rest}"))
}

/// An honest POST with changed parameters, correctly signed.
fn with_params(change: impl FnOnce(String) -> String) -> Sent {
    let sent = Sent::post();
    let all = components(&sent);
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let params = change(sent.params());
    assert_ne!(params, sent.params(), "the test changes something");
    sent.resigned(&all, &params)
}

#[test]
fn appr_05_a_missing_repeated_or_moved_component_is_refused() {
    assert_eq!(covering(&[0, 1, 2, 3]).check(), Ok(()));
    for chosen in [
        &[][..],
        &[0],
        &[0, 1],
        &[1, 2, 3],
        &[0, 2, 3],
        &[0, 1, 3],
        &[0, 1, 2],
        &[1, 0, 2, 3],
        &[0, 1, 3, 2],
        &[0, 0, 1, 2, 3],
        &[0, 1, 2, 3, 3],
    ] {
        assert!(matches!(covering(chosen).check(), Err(Invalid(_))), "{chosen:?}");
    }
}

#[test]
fn appr_05_components_with_parameters_of_their_own_or_unknown_ones_are_refused() {
    for (from, to) in [
        ("\"@method\"", "\"@method\";req"),
        ("\"content-type\"", "\"content-type\";sf"),
        ("\"content-digest\"", "\"content-digest\";bs"),
        ("\"content-digest\"", "\"content-digest\" \"@authority\""),
        ("\"content-type\"", "\"Content-Type\""),
        ("\"@method\"", "@method"),
    ] {
        let sent = with_params(|p| p.replacen(from, to, 1));
        assert!(matches!(sent.check(), Err(Invalid(_))), "{to}");
    }
}

/// Where `;name=value` stands in the parameters.
fn find(params: &str, name: &str) -> std::ops::Range<usize> {
    let start = params.find(&format!(";{name}=")).unwrap();
    let end = params[start + 1..]
        .find(';')
        .map_or(params.len(), |at| start + 1 + at);
    start..end
}

/// An honest POST whose parameter `name` is replaced, correctly signed.
fn replaced(name: &str, by: &str) -> Sent {
    with_params(|mut params| {
        let at = find(&params, name);
        params.replace_range(at, by);
        params
    })
}

#[test]
fn appr_05_every_parameter_is_required_in_its_type_and_value() {
    for (name, values) in [
        ("created", r#""1767225600" 1767225600.0 ?1 @1767225600"#),
        (
            "expires",
            r#""1767225660" 1767225661 1767225600 1767225599 9999999999 -1"#,
        ),
        (
            "nonce",
            r#""" "AAECAwQFBgcICQoLDA0O" "AAECAwQFBgcICQoLDA0ODw==" :AAECAwQFBgcICQoLDA0ODw==: aaec"#,
        ),
        ("alg", r#""ed25519ph" "Ed25519" "hmac-sha256" "" ed25519"#),
        ("keyid", r#""test-key-ed25519" "" kPrK 1"#),
        ("tag", r#""warifu-http-v2" "" warifu-http-v1"#),
    ] {
        let missing = replaced(name, "").check();
        assert!(matches!(missing, Err(Invalid(_))), "without {name}: {missing:?}");
        for value in values.split(' ') {
            let wrong = replaced(name, &format!(";{name}={value}")).check();
            assert!(matches!(wrong, Err(Invalid(_))), "{name}={value}: {wrong:?}");
        }
    }
}

#[test]
fn appr_07_created_outside_the_minute_is_refused_though_signed() {
    for created in [IAT - 61, IAT - 3600, IAT + 61, IAT + 3600] {
        let sent = with_params(|p| {
            p.replace(&format!("created={IAT}"), &format!("created={created}"))
                .replace(
                    &format!("expires={}", IAT + 60),
                    &format!("expires={}", created + 60),
                )
        });
        assert_eq!(sent.check(), Err(Expired), "{created}");
    }
    // A short life ends early.
    let short = with_params(|p| p.replace(&format!("expires={}", IAT + 60), &format!("expires={}", IAT + 5)));
    assert_eq!(
        (short.check_at(IAT + 4), short.check_at(IAT + 5)),
        (Ok(()), Err(Expired))
    );
}

#[test]
fn appr_09_unknown_and_repeated_parameters_are_refused() {
    for extra in [
        ";context=\"x\"",
        ";x",
        ";created=1767225600",
        ";tag=\"warifu-http-v1\"",
        ";nonce=\"AAECAwQFBgcICQoLDA0ODw\"",
    ] {
        let sent = with_params(|p| p + extra);
        assert!(matches!(sent.check(), Err(Invalid(_))), "{extra}");
    }
    // The first of two is the wrong one, as a lenient dictionary would drop it.
    let doubled = with_params(|p| p.replacen(";created=", ";created=1;created=", 1));
    assert!(matches!(doubled.check(), Err(Invalid(_))));
}

#[test]
fn appr_09_exactly_one_label_and_one_line_of_each_header() {
    let other = Sent::post();
    let refused = |sent: Result<(), HttpSignatureError>, what: &str| {
        assert!(matches!(sent, Err(Invalid(_))), "{what}: {sent:?}");
    };
    let second = |line: &str| format!("{line}, {}", line.replacen("sig1", "sig2", 1));
    let again = |line: &str| format!("{line}, {line}");
    refused(
        damaged(|s| s.signature_input[0] = second(&s.signature_input[0])),
        "second label in the input",
    );
    refused(
        damaged(|s| s.signature[0] = second(&s.signature[0])),
        "second label in the signature",
    );
    refused(
        damaged(|s| s.signature_input[0] = again(&s.signature_input[0])),
        "label twice in the input",
    );
    refused(
        damaged(|s| s.signature[0] = again(&s.signature[0])),
        "label twice in the signature",
    );
    refused(
        damaged(|s| s.signature[0] = s.signature[0].replacen("sig1", "sig2", 1)),
        "another label",
    );
    refused(
        damaged(|s| s.signature_input.push(other.signature_input[0].clone())),
        "two input lines",
    );
    refused(
        damaged(|s| s.signature.push(other.signature[0].clone())),
        "two signature lines",
    );
    refused(
        damaged(|s| s.content_type.push("application/json".to_owned())),
        "two content types",
    );
    refused(
        damaged(|s| s.content_digest.push(other.content_digest[0].clone())),
        "two digests",
    );
}

#[test]
fn appr_09_unusual_writing_is_refused() {
    for (from, to) in [
        ("(\"@method\"", "( \"@method\""),
        (" \"@target-uri\"", "  \"@target-uri\""),
        (";created", "; created"),
        ("=(", "= ("),
    ] {
        let sent = damaged(|s| s.signature_input[0] = s.signature_input[0].replacen(from, to, 1));
        assert!(matches!(sent, Err(Invalid(_))), "{to}");
    }
    for line in [
        "",
        " ",
        "sig1",
        "sig1=()",
        "sig1=?0",
        "sig1=\"x\"",
        "sig1=:AAAA:",
        "\u{e9}",
        "sig1=(\n)",
    ] {
        assert!(
            matches!(
                damaged(|s| s.signature_input[0] = line.to_owned()),
                Err(Invalid(_))
            ),
            "{line:?}"
        );
        assert!(
            matches!(damaged(|s| s.signature[0] = line.to_owned()), Err(Invalid(_))),
            "{line:?}"
        );
    }
    let with_parameter = damaged(|s| s.signature[0].push_str(";a=1"));
    assert_eq!(with_parameter, Err(Invalid("signature")));
    let long = damaged(|s| s.signature_input[0].push_str(&";x".repeat(600)));
    assert_eq!(long, Err(Invalid("signature-input")));
}

#[test]
fn appr_05_unsigned_requests_are_told_so() {
    assert_eq!(damaged(|s| s.signature.clear()), Err(Missing));
    assert_eq!(damaged(|s| s.signature_input.clear()), Err(Missing));
    assert!(matches!(
        damaged(|s| s.content_type.clear()),
        Err(Invalid("content-type"))
    ));
    assert!(matches!(
        damaged(|s| s.content_digest.clear()),
        Err(Invalid("content-digest"))
    ));
}
