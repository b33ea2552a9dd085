"""Codes that an app shows and that change every 30 seconds (TOTP, RFC 6238; SHA-1, six digits).

SHA-1 is what every app knows; for a keyed hash its collisions do not matter.
"""

import base64
import hashlib
import hmac
import struct
import unicodedata
from datetime import datetime
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
DRIFT = 1
"""So many steps the clock of a telephone may be early or late."""


def step_of(at: datetime) -> int:
    """Return the number of the time step that a moment lies in."""
    return int(at.timestamp()) // STEP_S


def code_of(secret: bytes, step: int) -> str:
    """Return the code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return str((number & 0x7FFF_FFFF) % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, typed: str, at: datetime) -> int | None:
    """Return the time step whose code was typed, if it is one of those that count now."""
    code = read_code(typed)
    now = step_of(at)
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        # All are compared, so that the time it takes tells nothing.
        if hmac.compare_digest(code_of(secret, step), code):
            found = step
    return found


def read_code(typed: str) -> str:
    """Return the digits of what was typed, in the digits of any script; "" if it is no code."""
    signs = [sign for sign in typed if not sign.isspace() and sign != "-"]
    digits = [unicodedata.digit(sign, None) for sign in signs]
    if len(digits) != DIGITS or None in digits:
        return ""
    return "".join(map(str, digits))


def shown_secret(secret: bytes) -> str:
    """Return a secret as people type it into an app: base32 in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def app_link(secret: bytes, issuer: str) -> str:
    """Return the link that opens an app on the same device; it names no person."""
    plain = shown_secret(secret).replace(" ", "")
    return f"otpauth://totp/{quote(issuer)}?secret={plain}&issuer={quote(issuer)}"


def derive_secret(key: str, *, owner: str, salt: str) -> bytes:
    """Return the secret of an owner, of which the database keeps the salt alone.

    Whoever has the database without the installation's key can compute no code.
    """
    message = f"exchange.totp\0{owner}\0{salt}".encode()
    return hmac.digest(key.encode(), message, hashlib.sha256)[:20]
