//! Where a campaign starts: inputs made from the vectors of `shared/vectors`, and honest inputs of every other reader.

use std::path::PathBuf;

use serde_json::Value;
use warifu_shared::jws::TokenType;
use warifu_shared::log::export::Line;
use warifu_shared::log::leaf_hash;
use warifu_shared::push_payload::{self, Hinted};

/// Every seed with its target.
#[must_use]
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = tokens();
    all.extend(requests());
    all.extend(keys());
    all.extend(log());
    all.extend(
        SEEDS
            .iter()
            .map(|(target, seed)| (*target, seed.as_bytes().to_vec())),
    );
    if let (Ok(id), Ok(notice)) = ("ch_8Yk".parse(), "nt_8Yk".parse()) {
        for hinted in [Hinted::Challenge(id), Hinted::Notice(notice)] {
            all.push(("push_payload", push_payload::write(&hinted).to_vec()));
        }
    }
    let body = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
    let body = warifu_shared::b64::decode(body).unwrap_or_default();
    all.push(("push_body", [&[0][..], &body].concat()));
    all
}

fn load(name: &str) -> Value {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../shared/vectors", name]
        .iter()
        .collect();
    let text = std::fs::read_to_string(path).expect("the vectors are there");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn cases(file: &Value) -> Vec<&Value> {
    let list = |name: &str| file[name].as_array().into_iter().flatten();
    list("accept").chain(list("refuse")).collect()
}

/// Tokens as they are; and their payloads, to be signed anew after a change.
fn tokens() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    for (target, file, typ) in [
        ("jws_challenge", "challenge.json", Some(TokenType::Challenge)),
        ("jws_approval", "approval.json", Some(TokenType::Approval)),
        ("jws_recall", "recall.json", Some(TokenType::Recall)),
        ("jws_notice", "notice.json", Some(TokenType::Notice)),
        ("jws_veto", "veto.json", Some(TokenType::Veto)),
        ("jws_reset", "reset.json", Some(TokenType::Reset)),
        ("jws_enrolment", "enrol.json", None),
    ] {
        let file = load(file);
        for case in cases(&file) {
            let token = case["token"].as_str().unwrap_or_default();
            all.push((target, [b"\0", token.as_bytes()].concat()));
            all.push(("jws_compact", [b"\0", token.as_bytes()].concat()));
            let general: Value = serde_json::from_str(token).unwrap_or_default();
            let payload = general["payload"].as_str().or_else(|| token.split('.').nth(1));
            let Some(payload) = payload.and_then(|text| warifu_shared::b64::decode(text).ok()) else {
                continue;
            };
            // The second way signs a payload; of two keys, with the first and with the second.
            let ways: &[u8] = if typ.is_some() { b"\x04\x05" } else { b"\x01" };
            all.extend(ways.iter().map(|way| (target, [&[*way][..], &payload].concat())));
            all.push(("jws_compact", [b"\x03", &payload[..]].concat()));
        }
    }
    all
}

/// Checkpoints, entries, lines, receipts and keys of the vectors; texts of checkpoints also to be signed anew.
fn log() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    let file = load("log.json");
    for case in cases(&file) {
        if let Some(note) = case["note"].as_str() {
            all.push(("log_checkpoint", [b"\0", note.as_bytes()].concat()));
            let text = note.split("\n\n").next().unwrap_or_default();
            all.push(("log_checkpoint", [b"\x01", text.as_bytes(), b"\n"].concat()));
        }
        if let Some(entry) = case["entry"].as_str() {
            all.push(("log_lines", entry.as_bytes().to_vec()));
            all.push(("log_part", entry.as_bytes().to_vec()));
            let line = Line {
                position: 7,
                hash: leaf_hash(entry.as_bytes()),
                entry: Some(entry.as_bytes().to_vec()),
            };
            all.push(("log_lines", line.write()));
            all.push(("log_lines", Line { entry: None, ..line }.write()));
        }
    }
    let file = load("receipt.json");
    all.push(("published_keys", file["keys"].to_string().into_bytes()));
    let receipts = cases(&file)
        .into_iter()
        .filter_map(|case| case["receipt"].as_str());
    all.extend(receipts.map(|text| ("receipt", text.as_bytes().to_vec())));
    all
}

fn requests() -> Vec<(&'static str, Vec<u8>)> {
    let file = load("http-signature.json");
    let as_sent = |case: &&Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let header = |name: &str| {
            let headers = case["headers"].as_array().into_iter().flatten();
            let lines: Vec<String> = headers.filter(|h| h[0] == name).map(|h| text(&h[1])).collect();
            lines.join("\r")
        };
        let lines = [
            text(&case["method"]),
            text(&case["target_uri"]),
            header("content-type"),
            header("content-digest"),
            header("signature-input"),
            header("signature"),
            text(&case["body"]),
        ];
        ("http_signature", [b"\0", lines.join("\n").as_bytes()].concat())
    };
    cases(&file).iter().map(as_sent).collect()
}

fn keys() -> Vec<(&'static str, Vec<u8>)> {
    let file = load("keys.json");
    let hex = |text: &str| -> Vec<u8> {
        let pairs = text
            .as_bytes()
            .chunks(2)
            .filter_map(|pair| std::str::from_utf8(pair).ok());
        pairs
            .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
            .collect()
    };
    let refuse = file["refuse"].as_array().into_iter().flatten();
    let mut all: Vec<_> = refuse
        .filter_map(|case| case["key"].as_str())
        .map(|key| ("keys", hex(key)))
        .collect();
    for case in file["keys"].as_array().into_iter().flatten() {
        let x = case["x"].as_str().unwrap_or_default();
        all.push(("keys", warifu_shared::b64::decode(x).unwrap_or_default()));
        all.push(("keys", case["thumbprint"].as_str().unwrap_or_default().into()));
        all.push((
            "keys",
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#).into_bytes(),
        ));
    }
    all
}

/// Written by hand: one honest input or a few for each reader that has no vectors.
const SEEDS: &[(&str, &str)] = &[
    (
        "accept_language",
        "ja;q=0.5, en-US;q=0.9\nlang=en; a=b\n/login?x=1",
    ),
    ("accept_language", "fr\nlang=ja\n//evil.example"),
    (
        "api_bodies",
        "\0{\"how\":\"link\",\"code\":\"CQkJCQkJCQkJCQkJCQkJCQ\",\"commitment\":\"q1V4\"}",
    ),
    (
        "api_bodies",
        "\r{\"how\":\"typed\",\"account_number\":\"100-2001\",\"code\":\"7KQ2M-X9A4T\",\"commitment\":\"q1V4\"}",
    ),
    (
        "api_bodies",
        "\u{1}{\"enrolment\":\"en_5T\",\"token\":\"{}\",\"device_name\":\"Pixel 10\",\"protection\":\"keystore\"}",
    ),
    ("api_bodies", "\u{2}{\"name\":\"Pixel 10\"}"),
    (
        "api_bodies",
        "\u{3}{\"endpoint\":\"https://push.example/x\",\"p256dh\":\"BA\",\"auth\":\"AA\"}",
    ),
    ("api_bodies", "\u{4}{\"token\":\"e30\"}"),
    (
        "api_bodies",
        "\u{5}{\"origin\":\"https://auth.example\",\"name\":{\"ja\":\"あ\",\"en\":\"a\"},\"challenge_key\":\"PU\",\"relay_url\":\"wss://push.example/\",\"vapid_key\":\"B\",\"now\":1767225600000}",
    ),
    (
        "api_bodies",
        "\u{6}{\"enrolment\":\"en_5T\",\"nonce\":\"AA\",\"code_hash\":\"Bw\",\"customer\":\"山田\",\"account_hint\":\"001\",\"expires_at\":1}",
    ),
    ("api_bodies", "\u{7}{\"device\":\"dv_7Q\",\"account\":\"ac_42\"}"),
    ("api_bodies", "\u{9}{\"id\":\"ch_8Yk\",\"jws\":\"a.b.c\"}"),
    (
        "api_bodies",
        "\n{\"challenges\":[{\"id\":\"ch_8Yk\",\"jws\":\"a.b.c\"}],\"now\":1}",
    ),
    ("api_bodies", "\u{b}{\"outcome\":\"approved\"}"),
    (
        "api_bodies",
        "\u{c}{\"code\":1305,\"name\":\"NumberWrong\",\"message\":{\"ja\":\"あ\",\"en\":\"a\"},\"request_id\":\"rq_1\",\"tries_left\":2}",
    ),
    (
        "client_frames",
        "{\"messageType\":\"hello\",\"uaid\":\"deadbeef00000000decafbad00000000\",\"status\":200,\"use_webpush\":true,\"broadcasts\":{}}",
    ),
    (
        "client_frames",
        "{\"messageType\":\"notification\",\"channelID\":\"c\",\"version\":\"v\",\"data\":\"AA\",\"headers\":{\"encoding\":\"aes128gcm\"}}",
    ),
    (
        "client_frames",
        "{\"messageType\":\"register\",\"channelID\":\"0f8fad5b-d9cb-469f-a165-70867728950e\",\"status\":200,\"pushEndpoint\":\"https://p.example\"}",
    ),
    (
        "client_frames",
        "name\n0f8fad5b-d9cb-469f-a165-70867728950e\nBM3b",
    ),
    (
        "core_answer",
        "\0{\"account\":\"1002001\",\"available\":3250000,\"as_of\":\"2026-01-05T15:00:00Z\"}",
    ),
    ("core_answer", "\u{1}{\"key\":\"wd_9f3K\",\"state\":\"unknown\"}"),
    ("core_answer", "\u{1}{\"key\":\"wd_9f3K\",\"state\":\"accepted\"}"),
    (
        "core_answer",
        "\u{1}{\"key\":\"wd_9f3K\",\"state\":\"paid\",\"paid_at\":\"2026-01-05T15:00:20+09:00\"}",
    ),
    (
        "core_answer",
        "\u{1}{\"key\":\"wd_9f3K\",\"state\":\"refused\",\"reason\":\"insufficient_funds\"}",
    ),
    ("core_answer", "\u{2}￥１，５００，０００"),
    ("core_answer", "\u{2} 10,000 円"),
    ("core_answer", "\u{3}ｶ)ﾔﾏﾀﾞ ﾀﾛｳ-2"),
    ("core_answer", "\u{3}ヴァン　パーク．（ｋ"),
    (
        "config",
        "\u{1}[challenge]\nlifetime = 120\n[[places]]\nprefix = '10.0.0.0/8'\nplace = 'JP-13'\nnetwork = 'Example'",
    ),
    (
        "config",
        "\u{1}[proxy]\ntrusted=['10.0.0.0/8']\n[listen]\nweb='0.0.0.0:80'",
    ),
    (
        "config",
        "\0[service]\nname_ja='あ'\nname_en='a'\nphone='1'\ndevice_origin='https://a.example'\n[[origins]]\nurl='https://a.example'\nsite='browser'\nmain=true\n",
    ),
    (
        "cookies",
        "cookie: a=b; __Host-warifu-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\norigin: https://login.example.jp\nsec-fetch-site: same-origin",
    ),
    (
        "cookies",
        "cookie: __Host-warifu-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; __Host-warifu-session=x\norigin: null\nsec-fetch-site: same-origin",
    ),
    (
        "customer_file",
        "\u{feff}口座番号,氏名,言語,メールアドレス\n1234567,山田,,a@b.jp\r\"a",
    ),
    ("device_input", "804926"),
    ("device_input", "８０４９２６"),
    ("device_input", "auth.example:8443"),
    ("device_input", "Thu, 01 Jan 2026 00:10:00 GMT"),
    (
        "display",
        "ひので証券\nHinode\nJP-13\nExample Net\nFirefox 145 / Windows\nあおば銀行\n渋谷支店\nヤマダ タロウ\n1500000\n0\nJPY\nW-2026-1\nac_42\n1234567",
    ),
    (
        "display",
        "ひので証券\nHinode\nUS-CA\n\nSafari\nあおば銀行\n渋谷支店\nヤマダ\n5\n120\nUSD\nW\nac_42\n1234567",
    ),
    ("address_forms", "csrf=abc&address=taro.new%40mail.example"),
    (
        "address_forms",
        "csrf=abc&code=7k2m+9qxd-4TVB%208rha&address=a%40b.example%0d%0aBcc:x%40y.jp",
    ),
    (
        "address_forms",
        "csrf=abc&identity=name&identity=callback&address=taro%40xn--r8jz45g.example&reason=%E3%81%8A%E5%AE%A2",
    ),
    ("forms", "csrf=abc&account_number=100-2001&password=p%40ss+word"),
    ("forms", "csrf=abc&code=1234%205678"),
    (
        "forwarded",
        "10.0.0.1\n10.0.0.0/8\nx-forwarded-for: 203.0.113.9, 10.1.1.1",
    ),
    (
        "forwarded",
        "2001:db8::1\n2001:db8::/32\nx-forwarded-for: ::ffff:198.51.100.7",
    ),
    (
        "http_signature",
        "\u{2}POST\nhttps://auth.example/v1/device/challenges/ch_8Yk/decision\napplication/json\n{\"token\":\"e30\"}",
    ),
    ("http_signature", "\u{2}GET\nhttps://auth.example/v1/device\n\n"),
    (
        "http_signature",
        "\u{3};created=1767225600;expires=1767225660;nonce=\"AAECAwQFBgcICQoLDA0ODw\";alg=\"ed25519\";keyid=\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\";tag=\"warifu-http-v1\"",
    ),
    (
        "journal",
        "v1\n{\"seen\":[\"AAAAAAAAAAAAAAAAAAAA\"],\"waiting\":[{\"service\":\"sv_1\",\"challenge\":\"ch_8Yk\"}]}",
    ),
    (
        "link",
        "warifu://enrol?o=https%3A%2F%2Fauth.example&k=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc&c=CQkJCQkJCQkJCQkJCQkJCQ",
    ),
    (
        "link",
        "warifu://challenge?o=http%3A%2F%2F127.0.0.1%3A8480&i=ch_8Yk&n=493817",
    ),
    ("link", "http://[::1]:1"),
    ("mail_address", "taro.yamada+broker@mail.example.jp"),
    ("mail_address", "o'neil_1@xn--eckwd4c7c.EXAMPLE"),
    ("mail_message", "\0Pixel 10\r\nBcc: x@y.jp"),
    ("mail_message", "\u{5}電話 <b>\n.\n"),
    ("mail_message", "\u{6}JP-13"),
    (
        "breached_list",
        "0000000000000000000000000000000000000001:3\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\nda39a3ee5e6b4b0d3255bfef95601890afd80709\r\n",
    ),
    ("breached_list", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("breached_list", "password\n\n5BAA"),
    ("number", "493 817"),
    ("number", "４９３　８１７"),
    ("push_body", "\u{1}hint"),
    (
        "push_endpoint",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    ),
    ("push_endpoint", "http://127.0.0.1:8481/wpush/v1/x"),
    ("push_payload", "ch_8Yk"),
    (
        "relay_frames",
        "{\"messageType\":\"hello\",\"broadcasts\":{\"a/b\":\"1\"},\"use_webpush\":true,\"uaid\":\"x\",\"channelIDs\":[]}",
    ),
    (
        "relay_frames",
        "{\"messageType\":\"register\",\"channelID\":\"0f8fad5b-d9cb-469f-a165-70867728950e\",\"key\":\"BM3b\"}",
    ),
    (
        "relay_frames",
        "{\"messageType\":\"ack\",\"updates\":[{\"channelID\":\"0f8fad5b-d9cb-469f-a165-70867728950e\",\"version\":\"v\",\"code\":100}]}",
    ),
    (
        "relay_frames",
        "{\"messageType\":\"nack\",\"version\":\"gA\",\"code\":301}",
    ),
    (
        "relay_frames",
        "{\"messageType\":\"broadcast_subscribe\",\"broadcasts\":{\"id\":\"v\"}}",
    ),
    ("relay_frames", " { } "),
    ("relay_frames", "DEADBEEF-0000-0000-decafbad00000000"),
    (
        "relay_push_headers",
        "ttl: 60\ntopic: abc_-\ncontent-encoding: aes128gcm",
    ),
    (
        "relay_push_headers",
        "ttl: 999999999999999999999\ncontent-encoding: aesgcm\nencryption: salt=AA\ncrypto-key: dh=BB",
    ),
    ("relay_token", "\u{1}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    (
        "relay_vapid",
        "\u{1}\n{\"aud\":\"https://push.example\",\"exp\":1767229255,\"sub\":\"mailto:a@b.jp\"}",
    ),
    (
        "relay_vapid",
        "\u{3}{\"alg\":\"ES256\"}\n{\"aud\":\"https://push.example\",\"exp\":1767312055}",
    ),
    (
        "relay_vapid",
        "\0authorization: vapid t=a.b.c, k=BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    ),
    (
        "relay_vapid",
        "\0authorization: WebPush a.b.c\ncrypto-key: dh=x;p256ecdsa=BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    ),
    ("sealed_column", "\u{7}endpoint:dv_a\nhttps://push.example/x"),
    ("typed_codes", "7kq2m-x9a4t"),
    ("typed_codes", "１２３４ ５６７８"),
    ("typed_codes", "100-2001"),
    (
        "user_agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    ),
    (
        "user_agent",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    ),
    ("user_agent", "DoCoMo/2.0 P07A3(c500;TB;W24H15)"),
    ("vault_file", VAULT_FILE),
];

/// A service's file without a keystore, secrets left out.
const VAULT_FILE: &str = r#"{"version":1,"id":"sv_1","name":{"ja":"あ","en":"a"},"origin":"https://a.example","created_at":1,"protection":"pin_only","failed_pins":0,"body":{"plain":{"id":"sv_1","created_at":1,"origin":"https://a.example","name":{"ja":"あ","en":"a"},"server_key":"PU","relay_url":"","vapid_key":"","typed":false,"fingerprint":"685319","device":"dv_7Q","customer":"","account_hint":"","device_name":"x","state":"active","protection":"pin_only","request_public":"","approval_public":"","kdf":{"m_kib":19456,"t":2,"salt":"AAAAAAAAAAAAAAAAAAAAAA"},"approval":{"nonce":"AAAAAAAAAAAAAAAA","data":"AA"},"unlock":null,"push":{"private":"AA","auth":"AA"},"channel":"c","uploaded_for":null}}}"#;
