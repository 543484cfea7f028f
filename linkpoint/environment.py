"""Values of the environment, checked before anything starts; each refusal names the variable and what fits.

No refusal repeats a value: some of them are secrets.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

_REDIS = ("redis://", "rediss://", "unix://")


def secret_key(text: str) -> str:
    """Return Django's key.

    Raises:
        ImproperlyConfigured: It is empty.
    """
    if not text.strip():
        raise ImproperlyConfigured("Set SECRET_KEY to a long random text.")
    return text


def field_keys(texts: Iterable[str]) -> list[str]:
    """Return Fernet keys.

    Raises:
        ImproperlyConfigured: There is none, or one is no key.
    """
    keys = _words(texts)
    if not keys:
        raise ImproperlyConfigured(
            "Set FIELD_KEYS to one or more Fernet keys, newest first, separated by commas."
        )
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            message = f"FIELD_KEYS: key {number} is no Fernet key (32 bytes as URL-safe base64)."
            raise ImproperlyConfigured(message) from None
    return keys


def allowed_hosts(texts: Iterable[str]) -> list[str]:
    """Return host names as Django takes them.

    Raises:
        ImproperlyConfigured: There is none, so that every request would be refused; or one is an address.
    """
    hosts = _words(texts)
    if not hosts or any("/" in host for host in hosts):
        raise ImproperlyConfigured(
            "Set ALLOWED_HOSTS to the host names that this app answers to, separated by commas, without scheme and path."
        )
    return hosts


def public_url(text: str) -> str:
    """Return scheme and host of our address without a slash behind it; empty if there is none.

    Raises:
        ImproperlyConfigured: It is something else.
    """
    address = text.rstrip("/")
    if address and not _is_origin(address):
        raise ImproperlyConfigured(
            "Set PUBLIC_URL to scheme and host, such as https://calendar.example.com, or leave it empty."
        )
    return address


def redis_url(text: str) -> str:
    """Return the address of Redis or Valkey.

    Raises:
        ImproperlyConfigured: It is none.
    """
    if not text.startswith(_REDIS):
        raise ImproperlyConfigured(
            "Set REDIS_URL to the address of Redis or Valkey, such as redis://127.0.0.1:6379/0."
        )
    return text


def api_version(text: str) -> str:
    """Return a version of Salesforce's API.

    Raises:
        ImproperlyConfigured: It is none.
    """
    if not re.fullmatch(r"[0-9]{2,3}\.0", text):
        raise ImproperlyConfigured("Set SALESFORCE_API_VERSION to a version such as 67.0.")
    return text


def _is_origin(address: str) -> bool:
    try:
        parts = urlsplit(address)
        is_named = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and is_named
        and address == f"{parts.scheme}://{parts.netloc}"
    )


def _words(texts: Iterable[str]) -> list[str]:
    return [text.strip() for text in texts if text.strip()]
