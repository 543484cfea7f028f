"""Reading and checking an RS256 assertion of the JWT bearer flow (contract section 3)."""

import base64
import binascii
import json
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


@dataclass(frozen=True)
class Assertion:
    """Claims and what was signed; ``expires`` in seconds since 1970."""

    issuer: str
    subject: str
    audience: str
    expires: int
    signed: bytes
    signature: bytes


def _decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def read(text: str) -> Assertion:
    """Return the parts of an assertion, unchecked.

    Raises:
        ValueError: It is none, or its algorithm is not RS256.
    """
    try:
        head, claims, signature = text.split(".")
        header = json.loads(_decode(head))
        payload = json.loads(_decode(claims))
        if header["alg"] != "RS256":
            raise ValueError("alg")
        return Assertion(
            issuer=str(payload["iss"]),
            subject=str(payload["sub"]),
            audience=str(payload["aud"]),
            expires=int(payload["exp"]),  # clients exist that send it as a text
            signed=f"{head}.{claims}".encode(),
            signature=_decode(signature),
        )
    except (KeyError, TypeError, binascii.Error, UnicodeDecodeError) as wrong:
        raise ValueError("assertion") from wrong


def signature_holds(assertion: Assertion, pem: str) -> bool:
    """Tell whether the key or certificate made the signature."""
    key = _public_key(pem)
    if key is None:
        return False
    try:
        key.verify(assertion.signature, assertion.signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _public_key(pem: str) -> rsa.RSAPublicKey | None:
    """Return the key of a PEM text; None where it holds none of the right kind."""
    data = pem.encode()
    try:
        if "CERTIFICATE" in pem:
            key = x509.load_pem_x509_certificate(data).public_key()
            return key if isinstance(key, rsa.RSAPublicKey) else None
        loaded = serialization.load_pem_public_key(data)
    except ValueError:
        return None
    return loaded if isinstance(loaded, rsa.RSAPublicKey) else None
