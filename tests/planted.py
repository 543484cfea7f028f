"""What must never reach a log, marked so that a search finds it there; bin/test searches after every run."""

import secrets

from _local.leaks import PRIVATE_MARK, SECRET_MARK


def secret(name: str) -> str:
    """Return a new secret; give every token, password and key of a test such a value."""
    return f"{SECRET_MARK}-{name}-{secrets.token_hex(8)}"


def private_text(text: str) -> str:
    """Return ``text``, marked; use it for subjects, bodies and places of events in tests."""
    return f"{PRIVATE_MARK} {text}"
