"""Pushes: the encrypted body (RFC 8291), the payload inside, and the sender's VAPID token (RFC 8292)."""

import re

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from verify_claims import strict_json
from verify_common import Refused, b64, b64_encode, need

CURVE = ec.SECP256R1()


def hkdf(salt, ikm, info, length):
    return HKDF(hashes.SHA256(), length, salt, info).derive(ikm)


def read(case, _file):
    """Decrypts a body of one record and gives its payload in base64url."""
    body = b64(case["body"])
    need(len(body) > 86 + 16 and body[20] == 65, "BadMessage")
    salt, size, sender, sealed = body[:16], int.from_bytes(body[16:20], "big"), body[21:86], body[86:]
    need(len(sealed) <= size, "BadMessage")
    private = ec.derive_private_key(int.from_bytes(b64(case["private"]), "big"), CURVE)
    own = point(private)
    try:
        shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        ikm = hkdf(b64(case["auth"]), shared, b"WebPush: info\0" + own + sender, 32)
        key = hkdf(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
        nonce = hkdf(salt, ikm, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
    except (ValueError, InvalidTag):
        raise Refused("BadMessage") from None
    need(plain.endswith(b"\2"), "BadMessage")
    plain = plain[:-1]
    if "plain" in case:
        assert b64_encode(plain) == case["plain"], case["name"]
    if "challenge" in case or "error" in case:
        payload(plain, case.get("challenge"))


def point(private):
    numbers = private.public_key().public_numbers()
    return b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def payload(plain, challenge):
    """256 bytes: version 1, length, id, zeros."""
    need(len(plain) == 256 and plain[0] == 1, "BadPayload")
    text, padding = plain[2 : 2 + plain[1]], plain[2 + plain[1] :]
    need(re.fullmatch(rb"ch_[A-Za-z0-9_-]{1,22}", text) and not any(padding), "BadPayload")
    assert challenge is None or text.decode() == challenge


def read_vapid(case, file):
    """A token in `Authorization` for the relay at `audience`."""
    header = re.fullmatch(r"vapid t=([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+), k=([A-Za-z0-9_-]+)", case["header"])
    need(header, "Vapid")
    head, claims = (strict_json(b64(part), "Vapid") for part in header[1].split("."))
    need(header[3] == file["key"] and head["alg"] == "ES256", "Vapid")
    need(claims["aud"] == file["audience"] and case["now"] < claims["exp"] <= case["now"] + 86400, "Vapid")
    raw = b64(header[2])
    need(len(raw) == 64, "Vapid")
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, b64(header[3]))
    try:
        key.verify(signature, header[1].encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused("Vapid") from None
