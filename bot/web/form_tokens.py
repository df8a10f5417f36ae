"""What tells a form of ours from one that another site made up: a cookie, and a seal over it in each form.

Nothing is kept here: the seal says for which browser, for which link and when it was made.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

VALID = timedelta(hours=2)
_VISITOR = re.compile(r"[\w-]{22}", re.ASCII)


def visitor(cookie: str | None) -> str:
    """Return the browser's own number as its cookie has it, or a new one: 128 bits that mean nothing."""
    return cookie if cookie and _VISITOR.fullmatch(cookie) else secrets.token_urlsafe(16)


def seal(key: bytes, cookie: str, link: str, now: datetime) -> str:
    """Return what a form of this browser about this link carries."""
    made_at = str(int(now.timestamp()))
    return f"{made_at}.{_mac(key, made_at, cookie, link)}"


def is_valid(sealed: str, key: bytes, cookie: str | None, link: str, now: datetime) -> bool:
    """Return whether we made this form for this browser and this link less than VALID ago."""
    made_at, _, mac = sealed.partition(".")
    if not cookie or not re.fullmatch(r"[0-9]{1,12}", made_at):
        return False
    age = now.timestamp() - int(made_at)
    right = hmac.compare_digest(mac.encode(), _mac(key, made_at, cookie, link).encode())
    return right and -1 < age <= VALID.total_seconds()


def _mac(key: bytes, *parts: str) -> str:
    return hmac.new(key, "\n".join(("receipt form", *parts)).encode(), hashlib.sha256).hexdigest()
