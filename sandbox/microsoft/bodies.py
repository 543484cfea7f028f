"""Bodies: stored as HTML, given as text on demand (contract, sections 1 and 2)."""

import html
import re
from functools import lru_cache
from html.parser import HTMLParser

PREVIEW_CHARS = 255
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article blockquote div dl dt dd fieldset footer form h1 h2 h3 h4 h5 h6 header hr li "
        "main ol p pre section table tr ul",
    )
)
_SILENT = frozenset({"head", "script", "style", "title"})
_SPACES = re.compile(r"[ \t\r\n\f]+")


def from_text(text: str) -> str:
    """Return the HTML that a text body is wrapped in."""
    lines = html.escape(text, quote=False).replace("\r\n", "\n").split("\n")
    return from_fragment("<br>\r\n".join(lines))


def from_fragment(fragment: str) -> str:
    """Return a whole HTML document; one that is whole already stays as it is."""
    if re.search(r"<html[\s>]", fragment, re.IGNORECASE):
        return fragment
    return (
        '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
        f"\r\n</head>\r\n<body>\r\n{fragment}\r\n</body>\r\n</html>\r\n"
    )


@lru_cache(maxsize=4096)
def to_text(document: str) -> str:
    """Return what a person would read, lines apart by CRLF."""
    reader = _Reader()
    reader.feed(document)
    reader.close()
    lines = [line.strip(" ") for line in "".join(reader.parts).split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return text.replace("\n", "\r\n")


def preview(document: str) -> str:
    """Return the beginning of the text."""
    return to_text(document)[:PREVIEW_CHARS]


class _Reader(HTMLParser):
    """Collects the text of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._as_is = 0

    def handle_starttag(
        self,
        tag: str,
        attrs: list[tuple[str, str | None]],  # noqa: ARG002 -- as the parser calls it
    ) -> None:
        """Begin a line where a block begins."""
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self._break()
        self._as_is += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        """End the line where a block ends."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self._break()
        self._as_is -= tag == "pre" and self._as_is > 0

    def handle_data(self, data: str) -> None:
        """Take text, white space folded as a browser does."""
        if self._silent:
            return
        text = data.replace("\r\n", "\n") if self._as_is else _SPACES.sub(" ", data)
        at_line_start = not self.parts or self.parts[-1].endswith("\n")
        text = text.lstrip(" ") if at_line_start and not self._as_is else text
        if text:
            self.parts.append(text.replace("\xa0", " "))

    def _break(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")
