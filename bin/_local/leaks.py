"""Looks through logs for what must never stand in one: planted secrets and private texts, signed payloads, tokens.

Every secret of demo and tests contains ``hush`` and every private text of a test ``whisper``; both are also looked
for inside base64, as in a signed request or a basic authorization.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SECRET_MARK = "hush"  # noqa: S105 -- the mark, not a secret
PRIVATE_MARK = "whisper"


@dataclass(frozen=True, slots=True)
class Leak:
    """One line that holds what it must not; the text itself is not repeated.

    Attributes:
        line: Counted from 1.
        kind: What was found, in words.
        before: A few characters that stand before it, to find the place in the code.
    """

    file: Path
    line: int
    kind: str
    before: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.kind}, after {self.before!r}"


def _inside_base64(word: str) -> str:
    """Return a pattern for ``word`` inside base64 text: its bytes may begin at any of three places."""
    cores = []
    for skipped, cut in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(b"\0" * skipped + word.encode()).decode().rstrip("=")
        whole = len(encoded) if (skipped + len(word)) % 3 == 0 else len(encoded) - 1
        cores.append(encoded[cut:whole])
    return "|".join(cores)


# A random id may hold the four letters by chance, so a secret's mark counts only where a word begins; in an address
# that may be behind a percent-encoded character.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a planted secret", re.compile(rf"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-F]{{2}})){SECRET_MARK}")),
    ("a private text", re.compile(PRIVATE_MARK, re.IGNORECASE)),
    ("a planted secret in base64", re.compile(_inside_base64(SECRET_MARK + "-"))),
    ("a private text in base64", re.compile(_inside_base64(PRIVATE_MARK))),
    ("a token of Microsoft", re.compile(r"sandbox-(access|refresh|code)-")),
    (
        "a token of Salesforce",
        re.compile(r"00D[A-Za-z0-9]{12}(?:!|%21)|\b5Aep[A-Za-z0-9]|\baPrx[A-Za-z0-9]"),
    ),
    ("a signed or encoded payload", re.compile(r"eyJ[A-Za-z0-9_-]{24}")),
    (
        "a field of a form that carries credentials",
        re.compile(
            r"\b(?:signed_request|assertion|client_secret|client_assertion|refresh_token|code_verifier)(?:=|%3D)[^\s&\"'*]",
            re.IGNORECASE,
        ),
    ),
    ("an encrypted credential", re.compile(r"gAAAAA[A-Za-z0-9_-]{24}")),
    ("a private key", re.compile(r"PRIVATE KEY-----")),
)


def search(files: Iterable[Path]) -> Iterator[Leak]:
    """Yield every leak in ``files``, one for each kind and line."""
    for file in files:
        with file.open(errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                for kind, pattern in _KINDS:
                    if found := pattern.search(line):
                        before = line[max(0, found.start() - 40) : found.start()]
                        yield Leak(file, number, kind, before)
