r"""Regular expressions in time proportional to text times pattern, whatever a person types.

Python's own matcher tries alternatives one after the other; ``(a+)+$`` keeps it busy for years, and nothing can
interrupt it inside a worker.  Here all alternatives advance together, character by character (Thompson's
construction), so there is nothing to go back to.  Python's ``re`` still decides what one atom means (``\d``,
``[a-z]``, ``.``), on one character at a time.  What needs going back is refused: back references, looking around.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

LONGEST_PATTERN_CHARS = 200
MOST_STEPS = 2_000
_ANCHORS = ("^", "$", "\\b", "\\B", "\\A", "\\Z")
_SOON_SPECIAL = (
    "[",
    "--",
    "&&",
    "~~",
    "||",
)  # Python's matcher may give them a meaning inside a class
_BOUNDS = re.compile(r"\{(?!\})([0-9]*)(?:(,)([0-9]*))?\}")


class BadPattern(ValueError):
    """A regular expression that is not understood; the message says why, in a few words."""


@dataclass(slots=True)
class _State:
    """A place in the pattern; ``atom`` leads to the one successor, no atom to all of them at once."""

    atom: re.Pattern[str] | None = None
    anchor: str = ""
    after: list[int] = field(default_factory=list)


class _Builder:
    """Reads a pattern from left to right and lays out its states."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.states: list[_State] = []

    def build(self) -> tuple[list[_State], int, int]:
        """Return the states, the first and the last.

        Raises:
            BadPattern: It cannot be read, or would need too many states.
        """
        first, last = self._alternatives(0)
        if self.at < len(self.text):
            raise BadPattern("a closing bracket has no opening one")
        return self.states, first, last

    def _new(self, state: _State) -> int:
        if len(self.states) >= MOST_STEPS:
            raise BadPattern("it repeats too much")
        self.states.append(state)
        return len(self.states) - 1

    def _join(self, start: int, to: int) -> None:
        self.states[start].after.append(to)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _alternatives(self, depth: int) -> tuple[int, int]:
        if depth > 20:
            raise BadPattern("its brackets lie too deep")
        first, last = self._new(_State()), self._new(_State())
        while True:
            start, end = self._sequence(depth)
            self._join(first, start)
            self._join(end, last)
            if self._peek() != "|":
                return first, last
            self.at += 1

    def _sequence(self, depth: int) -> tuple[int, int]:
        first = last = self._new(_State())
        while self._peek() and self._peek() not in "|)":
            begin = self.at
            start, end = self._piece(depth)
            start, end = self._repeated(begin, depth, (start, end))
            self._join(last, start)
            last = end
        return first, last

    def _piece(self, depth: int) -> tuple[int, int]:
        if self._peek() == "(":
            return self._group(depth)
        if self._repeats_here():
            raise BadPattern("there is nothing to repeat")
        state = _State()
        text = self._atom_text()
        if text in _ANCHORS:
            state.anchor = text
        else:
            state.atom = _one_character(text)
        start, end = self._new(state), self._new(_State())
        self._join(start, end)
        return start, end

    def _group(self, depth: int) -> tuple[int, int]:
        self.at += 1
        if self._peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                raise BadPattern("looking around and named groups are not known here")
            self.at += 2
        start, end = self._alternatives(depth + 1)
        if self._peek() != ")":
            raise BadPattern("a bracket is not closed")
        self.at += 1
        return start, end

    def _atom_text(self) -> str:
        start = self.at
        if self._peek() == "[":
            closing = _end_of_class(self.text, start)
            self.at = closing
        else:
            self.at += 2 if self._peek() == "\\" else 1
        return self.text[start : self.at]

    def _repeated(self, begin: int, depth: int, piece: tuple[int, int]) -> tuple[int, int]:
        """Repeat the piece that was read from ``begin`` as the marks behind it say."""
        least, most = self._bounds()
        after = self.at
        if (least, most) == (1, 1):
            return piece
        if self.states[piece[0]].anchor:
            raise BadPattern("there is nothing to repeat")
        copies = [piece]
        for _ in range(max(least, most or 0, 1) - 1):
            self.at = begin
            copies.append(self._piece(depth))
        self.at = after
        first, last = self._new(_State()), self._new(_State())
        at = first
        for number, (start, end) in enumerate(copies):
            if number >= least:
                self._join(at, last)
            self._join(at, start)
            at = end
        if most is None:
            self._join(at, copies[-1][0])
        if most == 0:
            self.states[first].after = [last]
        self._join(at, last)
        return first, last

    def _bounds(self) -> tuple[int, int | None]:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        bounds: tuple[int, int | None] = (1, 1)
        found = _BOUNDS.match(self.text, self.at)
        if self._peek() in simple:
            bounds = simple[self._peek()]
            self.at += 1
        elif found:
            least, most = int(found[1] or 0), int(found[3]) if found[3] else None
            bounds = (least, most if found[2] else least)
            self.at = found.end()
        else:
            return bounds
        if bounds[1] is not None and bounds[1] < bounds[0]:
            raise BadPattern("a repetition ends before it begins")
        if self._peek() == "?":  # as few as possible: the same answer to whether it fits
            self.at += 1
        if self._repeats_here():
            raise BadPattern("a repetition is repeated")
        return bounds

    def _repeats_here(self) -> bool:
        return self._peek() in ("*", "+", "?") or bool(_BOUNDS.match(self.text, self.at))


def _end_of_class(text: str, start: int) -> int:
    """Return where the class that opens at ``start`` ends; a bracket right behind the opening one is a member."""
    at = start + 1
    at += text[at : at + 1] == "^"
    at += text[at : at + 1] == "]"
    while at < len(text) and text[at] != "]":
        at += 2 if text[at] == "\\" else 1
    if at >= len(text):
        raise BadPattern("a square bracket is not closed")
    return at + 1


def _one_character(text: str) -> re.Pattern[str]:
    if text[:1] == "\\" and text[1:2].isdigit():
        raise BadPattern("back references are not known here")
    if text[:1] == "[" and any(marks in text[1:] for marks in _SOON_SPECIAL):
        raise BadPattern("put a backslash before [ - & ~ and | between square brackets")
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error:
        raise BadPattern(f"{text} is not understood") from None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[list[_State], int, int]:
    if len(pattern) > LONGEST_PATTERN_CHARS:
        raise BadPattern(f"it is longer than {LONGEST_PATTERN_CHARS} characters")
    return _Builder(pattern).build()


def check(pattern: str) -> None:
    """Raise if the pattern cannot be used.

    Raises:
        BadPattern: with the reason.
    """
    _compiled(pattern)


@lru_cache(maxsize=8192)
def found_in(pattern: str, text: str) -> bool:
    """Tell whether the pattern fits anywhere in one line of text; letters match in either case.

    Raises:
        BadPattern: if the pattern cannot be used.
    """
    states, first, last = _compiled(pattern)
    active: list[int] = []
    for position in range(len(text) + 1):
        reached = _reach(states, [first, *active], text, position)
        if last in reached:
            return True
        active = [
            target
            for number in reached
            if (atom := states[number].atom)
            and position < len(text)
            and atom.fullmatch(text[position])
            for target in states[number].after
        ]
    return False


def _reach(states: list[_State], starts: list[int], text: str, position: int) -> dict[int, None]:
    """Return the states that can be reached without reading a character, in order of discovery."""
    reached: dict[int, None] = {}
    waiting = list(starts)
    while waiting:
        number = waiting.pop()
        if number in reached:
            continue
        reached[number] = None
        state = states[number]
        if state.atom is None and (not state.anchor or _holds(state.anchor, text, position)):
            waiting.extend(state.after)
    return reached


def _holds(anchor: str, text: str, position: int) -> bool:
    return re.compile(anchor).match(text, position) is not None
