"""What a sign-in needs to remember for some minutes: in Redis, encrypted, under a key that only the browser has.

Only for people who are known; a stranger could fill Redis, so the browser keeps what a stranger's sign-in needs.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping

from cryptography.fernet import InvalidToken
from django.core.cache import caches
from redis.exceptions import RedisError

from linkpoint.accounts.fields import cipher
from linkpoint.accounts.refusal import NotDone


def keep(kind: str, content: Mapping[str, str], seconds: int) -> str:
    """Put something away and return the key to it.

    Raises:
        NotDone: Redis does not answer.
    """
    key = secrets.token_urlsafe(32)
    sealed = cipher().encrypt(json.dumps(dict(content)).encode()).decode()
    try:
        caches["default"].set(_name(kind, key), sealed, timeout=seconds)
    except RedisError:
        raise _unavailable() from None
    return key


def take(kind: str, key: str) -> dict[str, str] | None:
    """Return what lies under the key, once; None if nothing does, or not any more.

    Raises:
        NotDone: Redis does not answer.
    """
    name = _name(kind, key)
    try:
        sealed = caches["default"].get(name)
        # Of two who come at once, the one whose delete finds it has it.
        if sealed is None or not caches["default"].delete(name):
            return None
    except RedisError:
        raise _unavailable() from None
    return _opened(str(sealed))


def mark(key: str) -> str:
    """Return by what a page names something that was put away; it opens nothing."""
    return hashlib.sha256(f"mark:{key}".encode()).hexdigest()[:32]


def seal(kind: str, content: Mapping[str, str]) -> str:
    """Return content as a text that only we can read and make, for a browser to keep."""
    return cipher().encrypt(json.dumps({**content, "kind": kind}).encode()).decode()


def unseal(kind: str, text: str, seconds: int) -> dict[str, str] | None:
    """Return what :func:`seal` was given; None if it is something else, or older than ``seconds``."""
    content = _opened(text, seconds)
    return content if content is not None and content.pop("kind", "") == kind else None


def _opened(sealed: str, seconds: int | None = None) -> dict[str, str] | None:
    try:
        content: dict[str, str] = json.loads(cipher().decrypt(sealed.encode(), seconds))
    except (InvalidToken, ValueError):
        return None
    return content


def _name(kind: str, key: str) -> str:
    return f"connect-{kind}:{hashlib.sha256(key.encode()).hexdigest()}"


def _unavailable() -> NotDone:
    message = "A part of LinkPoint did not answer. Nothing was connected."
    return NotDone(message, way="Try again in a minute.", kind="try_later")
