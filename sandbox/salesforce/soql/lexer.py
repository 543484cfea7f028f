"""SOQL text to tokens, and the error that points at a place in the text."""

import re
from dataclasses import dataclass

from sandbox.salesforce.errors import ApiError

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<datetime>\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:?\d{2})?)
    |(?P<date>\d{4}-\d{2}-\d{2})
    |(?P<number>[+-]?\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_][A-Za-z0-9_.]*(?::\d+)?)
    |(?P<mark><=|>=|!=|<>|[=<>(),:])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {
    "\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f",
}  # fmt: skip
_UNICODE_DIGITS = 4


@dataclass(frozen=True)
class Token:
    """A piece of the query.

    Attributes:
        kind: string, datetime, date, number, word, mark or end.
        place: Index in the query.
    """

    kind: str
    text: str
    place: int

    def says(self, *words: str) -> bool:
        """Tell whether it is one of the words or marks, in any case."""
        return self.kind in {"word", "mark"} and self.text.upper() in words


def error_at(query: str, place: int, code: str, what: str) -> ApiError:
    """Return the refusal with the line, the caret and the position, as observed."""
    before = query[:place]
    row = before.count("\n") + 1
    column = place - (before.rfind("\n") + 1)
    line = query.splitlines()[row - 1] if query else ""
    caret = " " * column + "^"
    message = f"\n{line}\n{caret}\nERROR at Row:{row}:Column:{column + 1}\n{what}"
    return ApiError(code, message)


def tokens_of(query: str) -> list[Token]:
    """Return the tokens, the last one of kind ``end``.

    Raises:
        ApiError: MALFORMED_QUERY at a character that starts no token.
    """
    tokens: list[Token] = []
    place = 0
    while place < len(query):
        found = _TOKEN.match(query, place)
        if found is None:
            what = f"line 1:{place} no viable alternative at character '{query[place]}'"
            raise ApiError("MALFORMED_QUERY", what)
        kind = str(found.lastgroup)
        if kind != "space":
            tokens.append(Token(kind, found[0], place))
        place = found.end()
    tokens.append(Token("end", "<EOF>", len(query)))
    return tokens


def unescape(token: Token, query: str, *, like: bool = False) -> str:
    r"""Return the text of a quoted string; in LIKE ``\_`` and ``\%`` stay for the matcher.

    Raises:
        ApiError: MALFORMED_QUERY for a backslash before anything else.
    """
    text, out, place = token.text[1:-1], "", 0
    while place < len(text):
        letter = text[place]
        if letter != "\\":
            out += letter
            place += 1
            continue
        following = text[place + 1]
        if like and following in "_%":
            out += "\\" + following
        elif following == "u":
            digits = text[place + 2 : place + 2 + _UNICODE_DIGITS]
            out += _unicode(digits, token, query)
            place += _UNICODE_DIGITS
        elif following in _ESCAPES:
            out += "\\\\" if like and following == "\\" else _ESCAPES[following]
        else:
            raise _bad_escape(token, query)
        place += 2
    return out


def _unicode(digits: str, token: Token, query: str) -> str:
    try:
        if len(digits) == _UNICODE_DIGITS:
            return chr(int(digits, 16))
    except ValueError as wrong:
        raise _bad_escape(token, query) from wrong
    raise _bad_escape(token, query)


def _bad_escape(token: Token, query: str) -> ApiError:
    return error_at(query, token.place, "MALFORMED_QUERY", "SANDBOX: illegal escape in a string")
