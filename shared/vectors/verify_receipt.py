"""Receipts: everything that docs/protocol.md says must hold, with the published keys alone."""

import hashlib
import json

import verify_claims
import verify_log
from verify_common import Refused, b64, b64_encode, need

SLACK = 60


def sha256_text(text):
    return b64_encode(hashlib.sha256(text.encode()).digest())


def thumbprint(x):
    return sha256_text('{"crv":"Ed25519","kty":"OKP","x":"%s"}' % x)


def part(reason, read):
    """What goes wrong in one part is called by the name of that part."""
    try:
        return read()
    except Refused:
        raise Refused(reason) from None


def token(text, typ, keys, signed):
    """A compact JWS of this type, signed by one of the keys (by thumbprint); gives the thumbprint and the payload."""
    parts = text.split(".")
    need(len(parts) == 3, "Malformed")
    header = verify_claims.strict_json(b64(parts[0]), "Header")
    need(header == {"alg": "Ed25519", "typ": typ, "kid": header.get("kid")} and header["kid"] in keys, "Header")
    signed({"x": keys[header["kid"]]}, f"{parts[0]}.{parts[1]}".encode(), b64(parts[2]))
    return header["kid"], b64(parts[1])


def enrolment(text, service, challenge_keys, signed):
    general = verify_claims.strict_json(text.encode(), "Malformed")
    claims = verify_claims.enrolment(b64(general["payload"]))
    need(claims["aud"] == service and claims["srv"] in challenge_keys, "WrongAudience")
    need(len(general["signatures"]) == 2, "Malformed")
    for one, member in zip(general["signatures"], ["request_jwk", "approval_jwk"]):
        header = verify_claims.strict_json(b64(one["protected"]), "Header")
        x = claims[member]["x"]
        need(header == {"alg": "Ed25519", "typ": "warifu-enrol+jwt", "kid": thumbprint(x)}, "Header")
        signed({"x": x}, f"{one['protected']}.{general['payload']}".encode(), b64(one["signature"]))
    need(claims["iss"] == thumbprint(claims["approval_jwk"]["x"]), "WrongIssuer")
    return claims


def entry(logged, log):
    data = b64(logged["entry"])
    found = verify_log.read_entry(data.decode())
    if logged["log"] != "pending":
        place = logged["log"]
        size, root = verify_log.read_note(place["checkpoint"], log)
        need(place["position"] < size, "BadProof")
        proof = [b64(text) for text in place["inclusion"]]
        leaf = hashlib.sha256(b"\0" + data).digest()
        need(verify_log.inclusion(leaf, place["position"], size, proof) == root and not proof, "BadProof")
    return found


def decision(receipt, keys, first, signed):
    """Challenge, decision and device, at the time of the first entry."""
    service, device, now = keys["service"], receipt["device"], first["at"] // 1000
    server_keys = {key["kid"]: key["x"] for key in keys["challenge_keys"]}
    enrolled = part("Enrolment", lambda: enrolment(device["enrolment"], service, server_keys, signed))
    need(device["model"] == enrolled["model"], "Device")

    def read_challenge():
        _, payload = token(receipt["challenge"], "warifu-challenge+jwt", server_keys, signed)
        return verify_claims.challenge(payload, service, device["id"], now)

    def read_decision():
        own = {thumbprint(enrolled[name]["x"]): enrolled[name]["x"] for name in ["request_jwk", "approval_jwk"]}
        kid, payload = token(receipt["decision"], "warifu-approval+jwt", own, signed)
        claims = verify_claims.approval(payload, service, device["id"], now)
        wanted = "approval_jwk" if claims["decision"] == "approve" else "request_jwk"
        need(kid == thumbprint(enrolled[wanted]["x"]), "WrongKey")
        return claims

    challenge, approval = part("Challenge", read_challenge), part("Decision", read_decision)
    same = approval["chal"] == challenge["jti"] and approval["chal_hash"] == sha256_text(receipt["challenge"])
    need(same, "OtherChallenge")
    need(challenge["iat"] - SLACK <= approval["iat"] and approval["exp"] <= challenge["exp"], "Window")
    need(first["action"] == "challenge." + approval["decision"], "Entry")
    need(first["outcome"] == approval.get("match_via", approval.get("reason")), "Entry")
    need(first["actor"] == "device:" + device["id"] and first["subject"] == challenge["sub"], "Entry")
    need(first["object"] == challenge["jti"] and first["evidence"] == sha256_text(receipt["decision"]), "Entry")
    return challenge.get("txn", {}).get("ref")


def read(case, file, signed):
    text, keys = case["receipt"], file["keys"]
    receipt = verify_claims.strict_json(text.encode(), "Form")
    need(json.dumps(receipt, ensure_ascii=False, separators=(",", ":")) == text, "Form")
    need(receipt["format"] == "warifu-receipt-v1", "Form")
    need(receipt["service"] == keys["service"], "Service")
    entries = [part("Entry", lambda: entry(logged, keys["log"])) for logged in receipt["entries"]]
    first, reference = entries[0], None
    present = [name in receipt for name in ["challenge", "decision", "device"]]
    if all(present):
        need("txn" not in receipt, "Parts")
        reference = decision(receipt, keys, first, signed)
    else:
        need(not any(present), "Parts")
        need("txn" not in receipt or sha256_text(receipt["txn"]) == first["evidence"], "Txn")
    for follower in entries[1:]:
        thing = follower["object"] in {first["object"], reference} - {"-"}
        shown = follower["evidence"] == first["evidence"] != "-"
        need(follower["subject"] == first["subject"] != "-" and (thing or shown), "Entry")
