"""Secrets of this working copy: made once, kept in one file that only its owner may read.

Each contains the letters ``hush``, so that one search finds any that got into a log.
"""

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_MADE: dict[str, int] = {
    "SECRET_KEY": 48,
    "POSTGRES_PASSWORD": 18,
    "VALKEY_PASSWORD": 18,
    "ADMIN_PASSWORD": 9,
    "CONSUMER_SECRET": 24,
    "CLIENT_SECRET": 24,
}


def load(file: Path) -> dict[str, str]:
    """Return the secrets kept in ``file``; make those that are missing and keep them there."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    wanted = dict(known)
    for name, length_bytes in _MADE.items():
        wanted.setdefault(name, "hush-" + secrets.token_urlsafe(length_bytes).replace("_", "-"))
    wanted.setdefault("FIELD_KEYS", fernet_key())
    if "JWT_KEY" not in wanted:
        wanted["JWT_KEY"] = _private_key()
    if wanted != known:
        _write_private(file, json.dumps(wanted, indent=1) + "\n")
    return wanted


def fernet_key() -> str:
    """Return a new Fernet key that begins with ``hush``."""
    return base64.urlsafe_b64encode(
        base64.urlsafe_b64decode("hush") + secrets.token_bytes(29)
    ).decode()


def public_key(private_pem: str) -> str:
    """Return the PEM of the public half."""
    key = serialization.load_pem_private_key(private_pem.encode(), password=None)
    encoding = serialization.Encoding.PEM
    return (
        key.public_key()
        .public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _write_private(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(content)
    new.rename(file)
