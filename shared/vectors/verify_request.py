"""Signed requests: RFC 9421 in the profile of docs/protocol.md, with the digest of RFC 9530."""

import base64
import hashlib
import re

from verify_common import Refused, b64, need

NAME = r"[a-z*][a-z0-9_.*-]*"
INPUT = re.compile(rf'({NAME})=(\(([^()]*)\)((?:;[a-z]+=(?:-?[0-9]{{1,15}}|"[^"\\]*"))*))')
SIGNATURE = re.compile(rf"({NAME})=:([A-Za-z0-9+/]*={{0,2}}):")


def base(components, params):
    lines = [f'"{name}": {value}' for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {params}'])


def one(case, name):
    """The only line of a header."""
    lines = [value for header, value in case["headers"] if header == name]
    need(len(lines) == 1 and re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", lines[0]) and len(lines[0]) <= 1024, "Invalid")
    return lines[0]


def read(case):
    """Checks all but the signature; gives the signature base, the key's name and the signature."""
    names = [header for header, _ in case["headers"]]
    need("signature-input" in names and "signature" in names, "Missing")
    given = INPUT.fullmatch(one(case, "signature-input"))
    signature = SIGNATURE.fullmatch(one(case, "signature"))
    need(given and signature and given[1] == signature[1], "Invalid")
    raw = base64.b64decode(signature[2], validate=True)
    need(len(raw) == 64, "Invalid")

    components = [("@method", case["method"]), ("@target-uri", case["target_uri"])]
    if case["body"]:
        components += [(name, one(case, name)) for name in ["content-type", "content-digest"]]
    else:
        need("content-type" not in names and "content-digest" not in names, "Invalid")
    need(given[3] == " ".join(f'"{name}"' for name, _ in components), "Invalid")

    keyid = parameters(given[4], case["now"])
    if case["body"]:
        digest(components[3][1], case["body"].encode())
    return base(components, given[2]), keyid, raw


def parameters(text, now):
    pairs = re.findall(r';([a-z]+)=(-?[0-9]+|"[^"]*")', text)
    values = dict(pairs)
    need(len(pairs) == 6 and set(values) == {"created", "expires", "nonce", "alg", "keyid", "tag"}, "Invalid")
    need(values["alg"] == '"ed25519"' and values["tag"] == '"warifu-http-v1"', "Invalid")
    try:
        need(16 <= len(b64(values["nonce"].strip('"'))) <= 48, "Invalid")
        created, expires = int(values["created"]), int(values["expires"])
    except (Refused, ValueError):
        raise Refused("Invalid") from None
    need(1 <= expires - created <= 60, "Invalid")
    need(abs(now - created) <= 60 and now < expires, "Expired")
    return values["keyid"].strip('"')


def digest(header, body):
    entries = [re.fullmatch(r"(sha-256|sha-512)=:([A-Za-z0-9+/]+={0,2}):", entry) for entry in header.split(", ")]
    need(all(entries), "Invalid")
    for entry in entries:
        computed = hashlib.new(entry[1].replace("-", ""), body).digest()
        need(base64.b64encode(computed).decode() == entry[2], "DigestMismatch")
