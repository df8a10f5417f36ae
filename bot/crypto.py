"""Keys, and what they close: AES-GCM bound to its place, HMAC to find a value again without storing it.

A sealed value opens only at the place (table, column, row) it was sealed for, so one copied to another row is
refused. The key that seals rotates; the keys of the two indexes do not.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import date

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
_FORMAT = "v1"
_SEALED = re.compile(r"v\d+\.(k\d{1,7})\.", re.ASCII)


class KeysError(Exception):
    """A key is missing or wrong; the text names the file or the key, never its value."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """The keys of an installation. `current` names the one that seals; the others still open what they sealed."""

    current: str
    sealing: dict[str, bytes]
    index_key: bytes
    ledger_key: bytes
    backup_identity: str  # an age identity: backups are encrypted to it
    retired: dict[str, date] = field(default_factory=dict)  # since when a key opens nothing but old backups

    def seal(self, value: str, place: str) -> str:
        """Return `value` closed for `place`: « v1.<key>.<base64> »."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = AESGCM(self.sealing[self.current]).encrypt(nonce, value.encode(), place.encode())
        return f"{_FORMAT}.{self.current}.{base64.urlsafe_b64encode(nonce + closed).decode()}"

    def unseal(self, sealed: str, place: str) -> str:
        """Return what `seal` was given. Raises KeysError if the key is not here or the place is another."""
        try:
            form, name, body = sealed.split(".")
            raw = base64.b64decode(body, altchars=b"-_", validate=True)
            key = self.sealing[name]
        except (ValueError, binascii.Error, KeyError):
            raise KeysError(f"a value is sealed with a key that is not here: {key_of(sealed)}") from None
        if form != _FORMAT:
            raise KeysError("a value is sealed in a format this version does not know")
        try:
            return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeysError(f"a value does not open with key {name}: wrong key, damaged, or moved here") from None

    def index(self, value: str) -> str:
        """Return the same 64 hexadecimal digits for the same value, that tell nothing without the key."""
        return hmac.new(self.index_key, value.encode(), hashlib.sha256).hexdigest()

    def ledger_index(self, value: str) -> str:
        """Like `index`, under the key of the erasure ledger, which outlives the data."""
        return hmac.new(self.ledger_key, value.encode(), hashlib.sha256).hexdigest()


def key_of(sealed: str) -> str:
    """Return the name of the key that sealed a value, « ? » for what was never sealed: it must not be shown."""
    found = _SEALED.match(sealed)
    return found[1] if found else "?"


def prefix_of(key: str) -> str:
    """Return how every value sealed with `key` begins, to count them."""
    return f"{_FORMAT}.{key}."
