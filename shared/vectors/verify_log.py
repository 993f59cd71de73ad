"""The audit log: RFC 6962 by its recursive definitions, signed notes of C2SP, and the one encoding of an entry."""

import base64
import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from verify_common import Refused, b64, b64_encode, need, public_key

MEMBERS = ["v", "id", "at", "actor", "subject", "action", "outcome", "object", "request", "details", "evidence"]


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(left, right):
    return sha256(b"\1", left, right)


def split(size):
    return 1 << ((size - 1).bit_length() - 1)


def inclusion(leaf, index, size, proof):
    """The root that the proof leads to; `proof` is used up from its end."""
    if size == 1:
        return leaf
    need(proof, "BadProof")
    sibling, middle = proof.pop(), split(size)
    if index < middle:
        return node(inclusion(leaf, index, middle, proof), sibling)
    return node(sibling, inclusion(leaf, index - middle, size - middle, proof))


def consistency(old, new, whole, old_root, proof):
    """The roots of the old and of the new tree that the proof leads to."""
    if old == new:
        if whole:
            return old_root, old_root
        need(proof, "BadProof")
        own = proof.pop()
        return own, own
    need(proof, "BadProof")
    sibling, middle = proof.pop(), split(new)
    if old <= middle:
        before, after = consistency(old, middle, whole, old_root, proof)
        return before, node(after, sibling)
    before, after = consistency(old - middle, new - middle, False, old_root, proof)
    return node(sibling, before), node(sibling, after)


def read_inclusion(case, _file):
    need(case["index"] < case["size"], "BadProof")
    proof = [b64(text) for text in case["proof"]]
    root = inclusion(b64(case["leaf"]), case["index"], case["size"], proof)
    need(root == b64(case["root"]) and not proof, "BadProof")


def read_consistency(case, _file):
    old, new = case["old"], case["new"]
    need(old <= new, "BadProof")
    proof = [b64(text) for text in case["proof"]]
    old_root, new_root = b64(case["old_root"]), b64(case["new_root"])
    if old == 0:
        need(not proof and old_root == sha256(), "BadProof")
        return
    need(consistency(old, new, True, old_root, proof) == (old_root, new_root) and not proof, "BadProof")


def standard(text):
    """Standard base64 with padding, in its one form."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("Malformed") from None
    need(base64.b64encode(data).decode() == text, "Malformed")
    return data


def log_key(text):
    name, key_id, key = text.split("+", 2)
    key = standard(key)
    assert key[0] == 1 and sha256(name.encode(), b"\n", key)[:4].hex() == key_id
    public_key(key[1:])
    return name, bytes.fromhex(key_id), key[1:]


def read_note(note, vkey):
    """The three lines of a checkpoint, verified."""
    name, key_id, key = log_key(vkey)
    text, found, rest = note.rpartition("\n\n")
    need(found and rest.endswith("\n"), "Malformed")
    text += "\n"
    ours = []
    for line in rest[:-1].split("\n"):
        match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line)
        need(match, "Malformed")
        signature = standard(match[2])
        need(len(signature) > 4, "Malformed")
        if match[1] == name and signature[:4] == key_id:
            ours.append(signature[4:])
    need(ours, "UnknownKey")
    for signature in ours:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, text.encode())
        except InvalidSignature:
            raise Refused("BadSignature") from None
    lines = text.split("\n")
    need(len(lines) == 4 and lines[0] == name and re.fullmatch("0|[1-9][0-9]*", lines[1]), "Text")
    root = standard(lines[2])
    need(len(root) == 32, "Text")
    return int(lines[1]), root


def read_entry(text):
    """An entry is JSON in exactly one form."""
    try:
        entry = json.loads(text)
    except ValueError:
        raise Refused("BadEntry") from None
    need(isinstance(entry, dict) and list(entry) == MEMBERS, "BadEntry")
    need(entry["v"] == 1 and type(entry["at"]) is int, "BadEntry")
    need(all(isinstance(entry[name], str) for name in MEMBERS if name not in {"v", "at"}), "BadEntry")
    need(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) == text, "BadEntry")
    return entry


def read(case, file):
    match case["kind"]:
        case "inclusion":
            read_inclusion(case, file)
        case "consistency":
            read_consistency(case, file)
        case "checkpoint":
            read_note(case["note"], file["log"])
        case "entry":
            assert b64_encode(sha256(b"\0", case["entry"].encode())) == case["hash"], case["name"]
            read_entry(case["entry"])
