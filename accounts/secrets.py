"""How secrets are made: enough random bits that a plain SHA-256 at rest suffices, and a checksum so that scanners need no look-up."""

import hashlib
import re
import secrets
import zlib

PREFIX = "swd_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 43  # base62 digits of 256 bits
_SHAPE = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_LENGTH}}})([0-9A-Za-z]{{6}})")


def _base62(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _ALPHABET[digit] + digits
    return digits.rjust(width, "0")


def new_token() -> str:
    """Return a fresh token: `swd_`, 256 random bits, and a CRC-32 of them in the last six characters."""
    body = _base62(secrets.randbits(256), _LENGTH)
    return f"{PREFIX}{body}{_base62(zlib.crc32(body.encode()), 6)}"


def is_token(text: str) -> bool:
    """Tell, without any look-up, whether a text has the shape and the checksum of a token."""
    match = _SHAPE.fullmatch(text)
    return match is not None and match[2] == _base62(zlib.crc32(match[1].encode()), 6)


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
