"""What the checks of the vectors share: refusals, strict base64url, files, and which Ed25519 points are keys."""

import base64
import json
import os
import pathlib
import re

HERE = pathlib.Path(os.environ.get("WARIFU_VECTORS", pathlib.Path(__file__).parent))


class Refused(Exception):
    """An input that must not be accepted, with the reason as the vectors name it."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def need(holds, reason):
    if not holds:
        raise Refused(reason)


def load(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def b64_encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64(text):
    """Base64url without padding, in its one form."""
    need(re.fullmatch(r"[A-Za-z0-9_-]*", text) and len(text) % 4 != 1, "Malformed")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(b64_encode(data) == text, "Malformed")
    return data


P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    """Addition of points in affine coordinates (RFC 8032 section 5.1.4, without its shortcuts)."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, P - 2, P) % P
    return x, y


def public_key(raw):
    """Refuses what is no point, not canonical, or of small order (KEY-08)."""
    need(len(raw) == 32, "Key")
    sign, y = raw[31] >> 7, int.from_bytes(raw, "little") & (2**255 - 1)
    need(y < P, "Key")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(x * x % P == square, "Key")
    need(x != 0 or sign == 0, "Key")
    point = (P - x if x % 2 != sign else x, y)
    for _ in range(3):
        point = add(point, point)
    need(point != (0, 1), "Key")
