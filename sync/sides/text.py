"""Text of both services in canonical form (sync.md 13.3).  Pure.

Whatever a side does to a text when it stores it must not look like an edit: the texts of both pass through here.
"""

import re
from html.parser import HTMLParser

import nh3

from sync.core.item import tidy

_RULE = re.compile(r"[ \t]*(?:_{20,}|[\u2500\u2501]{8,})[ \t]*")
"""A line that Teams or Zoom draws above and below its join block."""

_JOIN_LINK = re.compile(
    r"https://(?:[a-z0-9-]+\.)*(?:teams\.(?:microsoft\.(?:com|us)|live\.com|cloud\.microsoft)/(?:l/)?meet"
    r"|zoom(?:gov)?\.(?:us|com(?:\.cn)?)/(?:j|my|s|w)/)",
    re.IGNORECASE,
)
_LONGEST_BLOCK_LINES = 60
_LONGEST_HTML_CHARS = 100_000
"""Tags that are never closed take time by the square of their number."""

_ZOOM_HEAD = re.compile(
    r"(?:.{1,200} is inviting you to a scheduled Zoom meeting\.?|Join Zoom Meeting)", re.IGNORECASE
)
_ZOOM_LINE = re.compile(
    r"(?:https://(?:[a-z0-9-]+\.)*zoom(?:gov)?\.(?:us|com)/\S*|Join Zoom Meeting|(?:Topic|Time): .{1,300}"
    r"|Meeting ID: .{1,40}|(?:Passcode|Password): .{1,60}|One tap mobile|Dial by your location"
    r"|Find your local number: .{1,200}|Join (?:by|from) .{1,120}"
    r"|(?:[\u2022*-][ \t]*)?\+\d[\d ,#*+-]{5,60}(?: .{1,60})?|\d+(?:\.\d+){3} \(.{1,60}\)|\d+@zoomcrc\.com|-{3})",
    re.IGNORECASE,
)
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}
_CONTROLS |= {0x0B: "\n", 0x0C: "\n"}  # type: ignore[dict-item]  # a table of str.translate holds both
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_SILENT = frozenset({"head", "script", "style", "title"})


def text(value: object) -> str:
    """Return a text of several lines in canonical form; anything but text is empty.

    What no database or service takes (controls, half surrogates) is left out.
    """
    if not isinstance(value, str):
        return ""
    return tidy(_whole(value).translate(_CONTROLS)).strip()


def _whole(value: str) -> str:
    """Return a text in which half surrogates are replaced."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def line(value: object) -> str:
    """Return a text of one line in canonical form; anything but text is empty."""
    parts = (part.strip() for part in text(value).split("\n"))
    return " ".join(part for part in parts if part)


def without_join_block(body: str) -> str:
    """Return a canonical text without the block by which Teams or Zoom tell how to join."""
    if not _JOIN_LINK.search(body):
        return body
    lines = _without_zoom(_without_ruled(body.split("\n")))
    return text("\n".join(lines))


def _without_ruled(lines: list[str]) -> list[str]:
    """Leave out what stands between two drawn lines and holds a join link; the last block may lack its end."""
    ends = _ends_of_blocks(lines)
    kept: list[str] = []
    at = 0
    while at < len(lines):
        end = ends.get(at, at)
        short = 0 < end - at <= _LONGEST_BLOCK_LINES
        if short and _JOIN_LINK.search("\n".join(lines[at:end])):
            at = end + 1
        else:
            kept.append(lines[at])
            at += 1
    return kept


def _ends_of_blocks(lines: list[str]) -> dict[int, int]:
    """Return for each drawn line the one that ends its block: the next one drawn like it, else the next one.

    Teams draws a shorter one within.  Looked for from behind, each line once: anybody may send a body of nothing else.
    """
    ends: dict[int, int] = {}
    alike: dict[str, int] = {}
    following = len(lines)
    for at in range(len(lines) - 1, -1, -1):
        if _RULE.fullmatch(lines[at]):
            drawn = lines[at].strip()
            ends[at] = alike.get(drawn, following)
            alike[drawn] = following = at
    return ends


def _without_zoom(lines: list[str]) -> list[str]:
    """Leave out an invitation of Zoom that nothing frames: its head, and the lines behind that only Zoom writes."""
    end = 0
    for start, each in enumerate(lines):
        if start < end or not _ZOOM_HEAD.fullmatch(each.strip()):
            continue  # a head within what was looked at before has the same end, and no link either
        end = start + 1
        while end < len(lines) and (
            not lines[end].strip() or _ZOOM_LINE.fullmatch(lines[end].strip())
        ):
            end += 1
        if _JOIN_LINK.search("\n".join(lines[start:end])):
            return lines[:start] + lines[end:]
    return lines


def from_html(html: str) -> str:
    """Return the text of an HTML body, for an answer that ignored the wish for text.

    What is broken is mended before: over broken tags Python's parser takes hours, or fails.
    """
    mended = nh3.clean(
        _whole(html[:_LONGEST_HTML_CHARS]),
        tags=set(_BLOCKS),
        clean_content_tags=set(_SILENT),
        attributes={},
    )
    reader = _Reader()
    reader.feed(mended)
    reader.close()
    return "".join(reader.parts)


class _Reader(HTMLParser):
    """Collects what people see; never fails, whatever the markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 -- the parser's signature
        """Begin a line at a block."""
        self._silent += tag in _SILENT
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a line after a block."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BLOCKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep text; line breaks of the source are no more than spaces."""
        if not self._silent:
            self.parts.append(re.sub(r"[ \t\r\n]+", " ", data))
