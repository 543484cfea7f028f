"""Ids as Exchange makes them: they name the mailbox and the item, in a plain and an immutable form.

The same item always gets the same id; nothing is random.  A move gives a new plain id and keeps the immutable one.
"""

import base64
import binascii
import hashlib
import uuid
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_PLAIN = b"\x00\x03\x24\x00"  # shows as AAMkA...
_IMMUTABLE = b"\x00\x09\x00\x2e"  # shows as AAkAL...
_NAMESPACE = uuid.UUID("5d5c2f0e-0a4b-4a51-8f6a-2f1f6f0b7d11")
_LENGTH = 34  # one more than a multiple of three: ids end in ==


class IdForm(StrEnum):
    """Which of the two forms an id has, in the words of translateExchangeIds."""

    PLAIN = "restId"
    IMMUTABLE = "restImmutableEntryId"


class BadId(ValueError):
    """The text is no id of this emulation."""


@dataclass(frozen=True, slots=True)
class ItemRef:
    """What an id says.

    Attributes:
        mailbox: Id of the mailbox's user.
        kind: ``e`` for an event, ``c`` for a calendar.
        number: Number of the item in its mailbox.
        moves: How often it had moved; 0 in the immutable form.
        day: Original day of an occurrence or exception, in the series' zone; else None.
        form: Form of the id.
    """

    mailbox: uuid.UUID
    kind: str
    number: int
    moves: int = 0
    day: date | None = None
    form: IdForm = IdForm.IMMUTABLE


def user_guid(address: str) -> uuid.UUID:
    """Return the directory id of the person with this address."""
    return uuid.uuid5(_NAMESPACE, address.casefold())


def guid(*parts: object) -> uuid.UUID:
    """Return an id made of the parts, for subscriptions, requests and the like."""
    return uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in parts))


def change_key(mailbox: uuid.UUID, number: int, version: int, day: date | None) -> str:
    """Return the change key of one version of an item; it differs per mailbox (section 8)."""
    name = f"{mailbox}/{number}/{version}/{day or ''}"
    return base64.b64encode(hashlib.sha256(name.encode()).digest()[:20]).decode()


def ical_uid(mailbox: uuid.UUID, number: int) -> str:
    """Return the iCalUId of an item made in the mailbox."""
    tail = hashlib.sha256(f"{mailbox}/{number}".encode()).hexdigest()[:40].upper()
    return f"040000008200E00074C5B7101A82E008{tail}"


def encode(ref: ItemRef) -> str:
    """Return the id as text."""
    immutable = ref.form is IdForm.IMMUTABLE
    raw = (
        (_IMMUTABLE if immutable else _PLAIN)
        + ref.mailbox.bytes
        + ref.kind.encode()
        + ref.number.to_bytes(6, "big")
        + (0 if immutable else ref.moves).to_bytes(2, "big")
        + (ref.day.toordinal() if ref.day else 0).to_bytes(4, "big")
        + b"\x00"
    )
    return base64.urlsafe_b64encode(raw).decode()


def decode(text: str) -> ItemRef:
    """Return what an id says.

    Raises:
        BadId: Not an id of this emulation.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        if len(raw) != _LENGTH or raw[:4] not in {_PLAIN, _IMMUTABLE}:
            raise BadId(text)
        ordinal = int.from_bytes(raw[29:33], "big")
        return ItemRef(
            mailbox=uuid.UUID(bytes=raw[4:20]),
            kind=raw[20:21].decode("ascii"),
            number=int.from_bytes(raw[21:27], "big"),
            moves=int.from_bytes(raw[27:29], "big"),
            day=date.fromordinal(ordinal) if ordinal else None,
            form=IdForm.IMMUTABLE if raw[:4] == _IMMUTABLE else IdForm.PLAIN,
        )
    except (binascii.Error, UnicodeError, ValueError, OverflowError):
        raise BadId(text) from None
