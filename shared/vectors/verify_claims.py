"""The claims of tokens: which members they have, and which values may be signed and shown."""

import json
import re
import unicodedata

from verify_common import Refused, b64, need, public_key


def strict_json(data, reason):
    """One JSON object without a member twice at any depth, and nothing behind it."""

    def members(pairs):
        need(len(dict(pairs)) == len(pairs), "DuplicateMember")
        return dict(pairs)

    def no_number(_):
        raise ValueError

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=members, parse_constant=no_number)
    except ValueError:
        raise Refused(reason) from None
    need(isinstance(value, dict), reason)
    return value


def shape(value, **members):
    """Exactly these members, each of its type; `int` is no `bool`."""
    need(isinstance(value, dict) and set(value) == set(members), "BadClaims")
    for name, kind in members.items():
        need(type(value[name]) is kind, "BadClaims")


def times(claims, slack):
    iat, nbf, exp = claims["iat"], claims["nbf"], claims["exp"]
    need(0 <= iat <= nbf < exp and exp - iat <= 600 + slack, "BadClaims")


def check_now(claims, now):
    need(now < claims["exp"], "Expired")
    need(claims["nbf"] <= now + 60, "NotYetValid")


ODD = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFD}


def shown(text, most, least=1):
    """Text that a person reads: NFC, nothing unseen, nothing directional, no half-width kana."""
    need(least <= len(text) <= most and text.strip() == text, "BadClaims")
    need(unicodedata.normalize("NFC", text) == text, "BadClaims")
    for c in text:
        space = unicodedata.category(c) in {"Zs", "Zl", "Zp"} and c not in " \u3000"
        unseen = unicodedata.category(c) in {"Cc", "Cf"} or ord(c) in ODD
        selector = 0xFE00 <= ord(c) <= 0xFE0F or 0x180B <= ord(c) <= 0x180F or 0xE0100 <= ord(c) <= 0xE01EF
        need(not (space or unseen or selector or 0xFF61 <= ord(c) <= 0xFF9F), "BadClaims")


def match(pattern, text):
    need(re.fullmatch(pattern, text, re.ASCII), "BadClaims")


def b64_of(length, text):
    try:
        need(len(b64(text)) == length, "BadClaims")
    except Refused:
        raise Refused("BadClaims") from None


# What an action about money is about.
MONEY = {"withdrawal": "withdrawal", "payout_account": "payout_account", "mail_address": "mail_address"}


def challenge(payload, service, device, now):
    claims = strict_json(payload, "Malformed")
    common = dict(iss=str, aud=str, jti=str, sub=str, svc=dict, act=str, iat=int, nbf=int, exp=int, nonce=str)
    common.update(match=dict, ctx=dict)
    if "txn" in claims:
        common.update(txn=dict)
    shape(claims, **common)
    match(r"ch_[A-Za-z0-9_-]{1,31}", claims["jti"])
    match(r"login|test|withdrawal|payout_account|mail_address|confirm|staff_login", claims["act"])
    shape(claims["svc"], ja=str, en=str)
    shape(claims["match"], mode=str, digits=int)
    shape(claims["ctx"], place=str, network=str, browser=str, new_browser=bool)
    match(r"enter", claims["match"]["mode"])
    need(claims["iss"] == service, "WrongIssuer")
    need(claims["aud"] == f"urn:warifu:device:{device}", "WrongAudience")
    times(claims, 0)
    b64_of(16, claims["nonce"])
    need(claims["match"]["digits"] == 6, "BadClaims")
    shown(claims["iss"], 256)
    shown(claims["sub"], 64)
    shown(claims["svc"]["ja"], 60)
    shown(claims["svc"]["en"], 60)
    match(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", claims["ctx"]["place"])
    shown(claims["ctx"]["network"], 80, least=0)
    shown(claims["ctx"]["browser"], 80)
    need(claims.get("txn", {}).get("type") == MONEY.get(claims["act"]), "BadClaims")
    if claims["act"] == "withdrawal":
        withdrawal(claims["txn"])
    elif claims["act"] == "payout_account":
        shape(claims["txn"], type=str, payee=dict)
        payee(claims["txn"]["payee"])
    elif claims["act"] == "mail_address":
        shape(claims["txn"], type=str, old=str, new=str)
        need(claims["txn"]["old"] != claims["txn"]["new"], "BadClaims")
        for address in filter(None, [claims["txn"]["old"], claims["txn"]["new"] or "-"]):
            need(len(address) <= 254, "BadClaims")
            match(r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+@[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+", address)
    check_now(claims, now)
    return claims


def withdrawal(txn):
    shape(txn, type=str, amount=str, fee=str, currency=str, payee=dict, ref=str)
    match(r"JPY|KRW|AUD|CAD|CHF|CNY|EUR|GBP|HKD|NZD|SGD|USD", txn["currency"])
    match(r"[1-9][0-9]{0,14}", txn["amount"])
    match(r"0|[1-9][0-9]{0,14}", txn["fee"])
    match(r"[A-Za-z0-9_-]{1,40}", txn["ref"])
    payee(txn["payee"])


def payee(account):
    shape(account, bank=str, bank_name=str, branch=str, branch_name=str, type=str, acct=str, name=str)
    match(r"[0-9]{4}", account["bank"])
    match(r"[0-9]{3}", account["branch"])
    match(r"[0-9]{7}", account["acct"])
    match(r"ordinary|current|savings", account["type"])
    shown(account["bank_name"], 40)
    shown(account["branch_name"], 40)
    shown(account["name"], 48)


def approval(payload, service, device, now):
    claims = strict_json(payload, "Malformed")
    common = dict(iss=str, aud=str, jti=str, iat=int, nbf=int, exp=int, chal=str, chal_hash=str, decision=str)
    yes, no = dict(match=str, match_via=str, uv=str), dict(reason=str)
    named = {**common, **yes, **no}
    need(set(common) <= set(claims) <= set(named), "BadClaims")
    shape(claims, **{name: named[name] for name in claims})
    match(r"approve|deny", claims["decision"])
    match(r"ap_[A-Za-z0-9_-]{1,31}", claims["jti"])
    match(r"ch_[A-Za-z0-9_-]{1,31}", claims["chal"])
    b64_of(32, claims["chal_hash"])
    for name, pattern in [
        ("match", r"[0-9]{6}"),
        ("match_via", r"typed|scanned|link"),
        ("uv", r"pin|biometric"),
        ("reason", r"cancelled|not_me|phone|wrong_details"),
    ]:
        if name in claims:
            match(pattern, claims[name])
    need(claims["iss"] == f"urn:warifu:device:{device}", "WrongIssuer")
    need(claims["aud"] == service, "WrongAudience")
    times(claims, 60)
    check_now(claims, now)
    need(claims["nbf"] == claims["iat"], "BadClaims")
    shape(claims, **common, **(yes if claims["decision"] == "approve" else no))
    return claims


def recall(payload, service, device, now):
    claims = strict_json(payload, "Malformed")
    shape(claims, iss=str, aud=str, jti=str, iat=int, nbf=int, exp=int, wd=str, ref=str)
    match(r"rc_[A-Za-z0-9_-]{1,31}", claims["jti"])
    match(r"wd_[A-Za-z0-9_-]{1,31}", claims["wd"])
    need(claims["iss"] == f"urn:warifu:device:{device}", "WrongIssuer")
    need(claims["aud"] == service, "WrongAudience")
    times(claims, 60)
    need(claims["nbf"] == claims["iat"], "BadClaims")
    match(r"[A-Za-z0-9_-]{1,40}", claims["ref"])
    check_now(claims, now)
    return claims


def reset(payload, service, device, now):
    claims = strict_json(payload, "Malformed")
    shape(claims, iss=str, aud=str, jti=str, iat=int, nbf=int, exp=int)
    match(r"rs_[A-Za-z0-9_-]{1,31}", claims["jti"])
    need(claims["iss"] == f"urn:warifu:device:{device}", "WrongIssuer")
    need(claims["aud"] == service, "WrongAudience")
    times(claims, 60)
    need(claims["nbf"] == claims["iat"], "BadClaims")
    check_now(claims, now)
    return claims


def enrolment(payload):
    claims = strict_json(payload, "Malformed")
    texts = "iss aud jti nonce opening code_hash srv model os app".split()
    shape(claims, **dict.fromkeys(texts, str), request_jwk=dict, approval_jwk=dict, iat=int, nbf=int, exp=int)
    match(r"en_[A-Za-z0-9_-]{1,31}", claims["jti"])
    times(claims, 60)
    b64_of(16, claims["nonce"])
    b64_of(16, claims["opening"])
    b64_of(32, claims["code_hash"])
    b64_of(32, claims["srv"])
    shown(claims["model"], 80, least=0)
    shown(claims["os"], 80, least=0)
    shown(claims["app"], 80)
    for name in ["request_jwk", "approval_jwk"]:
        jwk = claims[name]
        shape(jwk, kty=str, crv=str, x=str)
        need(jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519", "BadClaims")
        b64_of(32, jwk["x"])
        try:
            public_key(b64(jwk["x"]))
        except Refused:
            raise Refused("BadClaims") from None
    need(claims["request_jwk"] != claims["approval_jwk"], "BadClaims")
    return claims
