"""The claims of notices, and of the vetoes that a device answers to some of them."""

import unicodedata

from verify_claims import ODD, check_now, match, shape, shown, strict_json, times
from verify_common import need

TIME, TEXT, YES = "time", "text", "yes"
UNTIL = {"until": "time or null"}
NAME = {"name": TEXT}
# What each kind has beside its type.
KINDS = {
    "login_completed": {},
    "login_unfinished": {},
    "passwords_wrong": {},
    "password_locked": {"known": YES, "until": TIME},
    "session_limit": {},
    "password_changed": {},
    "withdrawal_password_changed": {"anew": YES},
    "address_changed": UNTIL,
    "address_change_stopped": {},
    "address_list_changed": {},
    "address_unreachable": {},
    "device_registered": {"device": "device", **NAME, **UNTIL},
    "device_removed": NAME,
    "device_suspended": NAME,
    "device_resumed": NAME,
    "device_vetoed": NAME,
    "device_leaving": {"device": "device or null", **NAME, "until": TIME},
    "device_stays": NAME,
    "device_expiring": {**NAME, "until": TIME},
    "recovery_used": {},
    "recovery_codes_made": {},
    "payout_account_changed": UNTIL,
    "withdrawal": {"stage": "stage", "ref": "ref", **UNTIL},
    "withdrawals_locked": UNTIL,
    "cool_off_refused": {"payout": YES, "until": TIME},
    "account_locked": UNTIL,
    "request_denied": {"phone": YES, **UNTIL},
    "pushes_silent": {},
    "see_page": {},
}


def name(text):
    """What an owner may call a device: variation selectors and half-width kana too."""
    need(1 <= len(text) <= 120, "BadClaims")
    for c in text:
        space = unicodedata.category(c) in {"Zs", "Zl", "Zp"} and c not in " \u3000"
        unseen = unicodedata.category(c) in {"Cc", "Cf"} or ord(c) in ODD - {0xFFFD} or 0x180B <= ord(c) <= 0x180F
        need(not (space or unseen), "BadClaims")


def member(form, value):
    if form.endswith(" or null"):
        if value is None:
            return
        form = form.removesuffix(" or null")
    need(type(value) is {TIME: int, YES: bool}.get(form, str), "BadClaims")
    if form == TEXT:
        name(value)
    elif form == "device":
        match(r"dv_[A-Za-z0-9_-]{1,31}", value)
    elif form == "ref":
        match(r"[A-Za-z0-9_-]{1,40}", value)
    elif form == "stage":
        match(r"requested|held|second_needed|approved|paid|refused|recalled", value)


def kind(value):
    need(isinstance(value, dict) and isinstance(value.get("type"), str), "BadClaims")
    need(value["type"] in KINDS, "BadClaims")
    members = KINDS[value["type"]]
    need(set(value) == {"type", *members}, "BadClaims")
    for which, form in members.items():
        member(form, value[which])


def notice(payload, service, device, now):
    claims = strict_json(payload, "Malformed")
    shape(claims, iss=str, aud=str, jti=str, sub=str, iat=int, nbf=int, exp=int, told=int, what=dict)
    match(r"nt_[A-Za-z0-9_-]{1,31}", claims["jti"])
    what = claims["what"]
    shape(what, at=int, place=str, browser=str, kind=dict)
    kind(what["kind"])
    need(claims["iss"] == service, "WrongIssuer")
    need(claims["aud"] == f"urn:warifu:device:{device}", "WrongAudience")
    times(claims, 0)
    need(claims["nbf"] == claims["iat"], "BadClaims")
    need(claims["told"] >= 0 and what["at"] >= 0, "BadClaims")
    shown(what["place"], 16, 0)
    shown(what["browser"], 80, 0)
    check_now(claims, now)
    return claims


def veto(payload, service, device, now):
    claims = strict_json(payload, "Malformed")
    shape(claims, iss=str, aud=str, jti=str, iat=int, nbf=int, exp=int, dev=str, to=str)
    match(r"vt_[A-Za-z0-9_-]{1,31}", claims["jti"])
    match(r"dv_[A-Za-z0-9_-]{1,31}", claims["dev"])
    match(r"registration|removal", claims["to"])
    need(claims["iss"] == f"urn:warifu:device:{device}", "WrongIssuer")
    need(claims["aud"] == service, "WrongAudience")
    times(claims, 60)
    need(claims["nbf"] == claims["iat"], "BadClaims")
    need(claims["to"] == "removal" or claims["dev"] != device, "BadClaims")
    check_now(claims, now)
    return claims
