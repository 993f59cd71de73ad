//! The vectors read by another implementation in another language: `shared/vectors/verify.py`, where Python is at hand.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn vectors() -> PathBuf {
    super::path("")
}

/// Runs the script over the vectors of a folder.
fn verify(folder: &Path) -> Output {
    Command::new("python3")
        .arg("-B")
        .arg(vectors().join("verify.py"))
        .env("WARIFU_VECTORS", folder)
        .output()
        .expect("python3 starts")
}

/// `make test` installs both; elsewhere this test has nothing to say.
fn python_can() -> bool {
    let asked = Command::new("python3")
        .args(["-c", "import cryptography"])
        .output();
    let can = asked.is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("skipped: python3 with the package cryptography is not installed");
    }
    can
}

#[test]
fn key_11_push_01_05_audit_04_05_txn_08_another_implementation_agrees_with_every_vector() {
    if !python_can() {
        return;
    }
    let output = verify(&vectors());
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
    for file in std::fs::read_dir(vectors()).unwrap() {
        let name = file.unwrap().file_name().to_string_lossy().into_owned();
        let counted = name.ends_with(".json") && !["keys.json", "rfc9421-b26.json"].contains(&&*name);
        assert_eq!(out.contains(&format!("{name}: ")), counted, "{name} in {out}");
    }
}

#[test]
fn the_other_implementation_sees_a_vector_that_is_wrong() {
    if !python_can() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bent-vectors");
    std::fs::create_dir_all(&folder).unwrap();
    for (bent, from, to) in [
        ("challenge.json", "\"hash\": \"o68N", "\"hash\": \"p68N"),
        ("approval.json", "\"match\": \"493817\"", "\"match\": \"493818\""),
        (
            "recall.json",
            "\"ref\": \"W-2026-000091\"",
            "\"ref\": \"W-2026-000092\"",
        ),
        ("notice.json", "\"name\": \"Pixel 10\"", "\"name\": \"Pixel 11\""),
        ("veto.json", "\"to\": \"removal\"", "\"to\": \"registration\""),
        ("reset.json", "\"jti\": \"rs_01\"", "\"jti\": \"rs_02\""),
        ("enrol.json", "\"fingerprint\": \"", "\"fingerprint\": \"1"),
        (
            "http-signature.json",
            "\"error\": \"DigestMismatch\"",
            "\"error\": \"Expired\"",
        ),
        (
            "push.json",
            "\"challenge\": \"ch_8Yk\"",
            "\"challenge\": \"ch_8Yl\"",
        ),
        ("keys.json", "\"thumbprint\": \"k", "\"thumbprint\": \"l"),
        ("receipt.json", "\"error\": \"Device\"", "\"error\": \"Form\""),
        ("log.json", "\"index\": 4", "\"index\": 3"),
        (
            "log.json",
            "\"error\": \"UnknownKey\"",
            "\"error\": \"Malformed\"",
        ),
    ] {
        for file in std::fs::read_dir(vectors()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        let text = std::fs::read_to_string(folder.join(bent)).unwrap();
        assert!(text.contains(from), "{bent}");
        std::fs::write(folder.join(bent), text.replacen(from, to, 1)).unwrap();
        assert!(!verify(&folder).status.success(), "{bent}");
    }
}
