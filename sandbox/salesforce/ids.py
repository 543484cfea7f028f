"""Record ids as Salesforce makes them: 15 case-sensitive characters, and 3 more that make 18 case-safe ones."""

import re
import string

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SUFFIX = string.ascii_uppercase + string.digits[:6]
_SHAPE = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")


def to_18(record_id: str) -> str:
    """Return the 18-character form of a 15- or 18-character id."""
    first = record_id[:15]
    tail = ""
    for block in (first[0:5], first[5:10], first[10:15]):
        bits = sum(1 << place for place, letter in enumerate(block) if letter.isupper())
        tail += _SUFFIX[bits]
    return first + tail


def looks_like_id(text: str) -> bool:
    """Tell whether the text has the shape of an id; an 18-character one needs its right check characters."""
    if not _SHAPE.fullmatch(text):
        return False
    return len(text) == 15 or to_18(text).casefold() == text.casefold()


class IdMint:
    """Gives out ids in order: the same calls in the same order give the same ids."""

    def __init__(self, pod: str) -> None:
        self._pod = pod
        self._next: dict[str, int] = {}

    def make(self, prefix: str) -> str:
        """Return a new 18-character id that starts with the key prefix."""
        number = self._next.get(prefix, 0) + 1
        self._next[prefix] = number
        tail = ""
        while number:
            number, digit = divmod(number, len(_DIGITS))
            tail = _DIGITS[digit] + tail
        return to_18(prefix + self._pod + tail.rjust(15 - len(prefix) - len(self._pod), "0"))
