#!/usr/bin/env python3
"""Checks the vectors of this folder with an implementation that shares no code with the product.

It was written from docs/protocol.md and the RFCs alone, on the package `cryptography`. Every case of `accept` must verify, every
case of `refuse` must be refused for the reason it names. Usage: python3 verify.py
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.path.insert(0, str(pathlib.Path(__file__).parent))
# No cache of compiled modules between the vectors.
sys.dont_write_bytecode = True

import verify_claims  # noqa: E402
import verify_log  # noqa: E402
import verify_notice  # noqa: E402
import verify_push  # noqa: E402
import verify_receipt  # noqa: E402
import verify_request  # noqa: E402
from verify_common import Refused, b64, b64_encode, load, need, public_key  # noqa: E402

KEYS = {key["name"]: key for key in load("keys.json")["keys"]}
TYPES = {name: f"warifu-{name}+jwt" for name in ["challenge", "approval", "enrol", "recall", "notice", "veto", "reset"]}


def thumbprint(x):
    """RFC 7638 and RFC 8037 section 2."""
    jwk = '{"crv":"Ed25519","kty":"OKP","x":"%s"}' % x
    return b64_encode(hashlib.sha256(jwk.encode()).digest())


def raw(key):
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def check_keys():
    for key in KEYS.values():
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["seed"]))
        assert b64_encode(raw(private.public_key())) == key["x"], key["name"]
        assert thumbprint(key["x"]) == key["thumbprint"], key["name"]
        public_key(b64(key["x"]))
    for case in load("keys.json")["refuse"]:
        refused(case, "Key", lambda: public_key(bytes.fromhex(case["key"])))


def signed(key, message, signature):
    """RFC 8032 section 5.1.7 without its leniency: the library checks S, this the commitment R."""
    try:
        public_key(signature[:32])
        Ed25519PublicKey.from_public_bytes(b64(key["x"])).verify(signature, message)
    except (InvalidSignature, Refused):
        raise Refused("BadSignature") from None


def protected(text, slot):
    """The header of a token, which has exactly three members; gives the thumbprint."""
    header = verify_claims.strict_json(b64(text), "Header")
    need(set(header) == {"alg", "typ", "kid"} and all(isinstance(v, str) for v in header.values()), "Header")
    need(header["typ"] == TYPES[slot], "WrongType")
    need(header["alg"] == "Ed25519", "WrongAlgorithm")
    try:
        need(len(b64(header["kid"])) == 32, "Header")
    except Refused:
        raise Refused("Header") from None
    return header["kid"]


def compact(token, slot, names):
    """A compact JWS signed by one of the named keys; gives the name and the payload."""
    need(len(token) <= 8192, "TooLong")
    parts = token.split(".")
    need(len(parts) == 3, "Malformed")
    signature = b64(parts[2])
    need(len(signature) == 64, "Malformed")
    kid = protected(parts[0], slot)
    name = next((name for name in names if KEYS[name]["thumbprint"] == kid), None)
    need(name, "UnknownKey")
    signed(KEYS[name], token.rpartition(".")[0].encode(), signature)
    return name, b64(parts[1])


def read_challenge(case, file):
    _, payload = compact(case["token"], "challenge", ["server challenge key"])
    claims = verify_claims.challenge(payload, file["service"], file["device"], case["now"])
    digest = b64_encode(hashlib.sha256(case["token"].encode()).digest())
    assert digest == case.get("hash", digest), case["name"]
    return claims


def read_approval(case, file):
    name, payload = compact(case["token"], "approval", ["device approval key", "device request key"])
    claims = verify_claims.approval(payload, file["service"], file["device"], case["now"])
    wanted = "device approval key" if claims["decision"] == "approve" else "device request key"
    need(name == wanted, "WrongKey")
    return claims


def read_recall(case, file):
    _, payload = compact(case["token"], "recall", ["device request key"])
    return verify_claims.recall(payload, file["service"], file["device"], case["now"])


def read_notice(case, file):
    _, payload = compact(case["token"], "notice", ["server challenge key"])
    return verify_notice.notice(payload, file["service"], file["device"], case["now"])


def read_veto(case, file):
    _, payload = compact(case["token"], "veto", ["device request key"])
    return verify_notice.veto(payload, file["service"], file["device"], case["now"])


def read_reset(case, file):
    _, payload = compact(case["token"], "reset", ["device approval key"])
    return verify_claims.reset(payload, file["service"], file["device"], case["now"])


def read_enrol(case, file):
    need(len(case["token"]) <= 8192, "TooLong")
    general = verify_claims.strict_json(case["token"].encode(), "Malformed")
    need(set(general) == {"payload", "signatures"} and len(general["signatures"]) == 2, "Malformed")
    need(all(set(one) == {"protected", "signature"} for one in general["signatures"]), "Malformed")
    kids = [protected(one["protected"], "enrol") for one in general["signatures"]]
    claims = verify_claims.enrolment(b64(general["payload"]))
    for one, kid, member in zip(general["signatures"], kids, ["request_jwk", "approval_jwk"]):
        key = {"x": claims[member]["x"]}
        need(thumbprint(key["x"]) == kid, "UnknownKey")
        signed(key, f"{one['protected']}.{general['payload']}".encode(), b64(one["signature"]))
    need(thumbprint(claims["approval_jwk"]["x"]) == claims["iss"], "WrongIssuer")
    server = KEYS["server challenge key"]["thumbprint"]
    need(claims["aud"] == file["service"] and claims["srv"] == server, "WrongAudience")
    verify_claims.check_now(claims, case["now"])
    check_fingerprint(case, claims)
    return claims


def labelled(label, parts):
    """A label, a zero byte, and every part with its length in eight bytes before it."""
    return hashlib.sha256(label + b"\0" + b"".join(len(p).to_bytes(8, "big") + p.encode() for p in parts)).digest()


def check_fingerprint(case, claims):
    if "fingerprint" not in case:
        return
    request, approval = (thumbprint(claims[name]["x"]) for name in ["request_jwk", "approval_jwk"])
    digest = labelled(b"warifu-commitment-v1", [request, approval, claims["opening"]])
    assert b64_encode(digest) == case["commitment"], case["name"]
    parts = [KEYS["server challenge key"]["thumbprint"], request, approval, claims["nonce"], claims["opening"]]
    number = int.from_bytes(labelled(b"warifu-fingerprint-v1", parts)[:8], "big")
    assert "%06d" % (number % 1_000_000) == case["fingerprint"], case["name"]


def read_request(case, _file):
    base, keyid, signature = verify_request.read(case)
    need(keyid == KEYS["device request key"]["thumbprint"], "Invalid")
    if "error" not in case:
        assert (base, b64_encode(signature)) == (case["base"], case["signature_raw"]), case["name"]
    try:
        signed(KEYS["device request key"], base.encode(), signature)
    except Refused:
        raise Refused("Invalid") from None


def check_rfc9421():
    case = load("rfc9421-b26.json")
    base = verify_request.base(case["components"], case["params"])
    assert base == case["base"]
    signed(case, base.encode(), base64.b64decode(case["signature"]))


def refused(case, reason, read):
    try:
        read()
    except Refused as error:
        assert error.reason == reason, f"{case['name']}: {error.reason} instead of {reason}"
        return
    raise AssertionError(f"{case['name']} is accepted")


def check_file(name, read):
    file = load(name)
    for case in file["accept"]:
        claims = read(case, file)
        assert claims == case.get("claims", claims), case["name"]
    for case in file["refuse"]:
        refused(case, case["error"], lambda: read(case, file))
    print(f"{name}: {len(file['accept'])} accepted, {len(file['refuse'])} refused")


def main():
    check_keys()
    check_rfc9421()
    check_file("challenge.json", read_challenge)
    check_file("approval.json", read_approval)
    check_file("recall.json", read_recall)
    check_file("notice.json", read_notice)
    check_file("veto.json", read_veto)
    check_file("reset.json", read_reset)
    check_file("enrol.json", read_enrol)
    check_file("http-signature.json", read_request)
    check_file("log.json", verify_log.read)
    check_file("receipt.json", lambda case, file: verify_receipt.read(case, file, signed))
    check_file("push.json", verify_push.read)
    check_file("vapid.json", verify_push.read_vapid)


if __name__ == "__main__":
    main()
