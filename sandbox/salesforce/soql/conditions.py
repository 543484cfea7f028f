"""WHERE: whether a row meets the conditions of a query."""

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.ids import looks_like_id, to_18
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql.columns import Columns
from sandbox.salesforce.soql.days import span
from sandbox.salesforce.soql.lexer import error_at
from sandbox.salesforce.soql.tree import (
    Both,
    Condition,
    DateWord,
    Either,
    Literal,
    Not,
    Path,
    Query,
    Where,
)
from sandbox.salesforce.values import Row, Value

Test = Callable[[Row], bool]
Rank = tuple[float, str]
_ORDER: dict[str, Callable[[Rank, Rank], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS = {"int", "double", "currency", "percent"}


class Conditions:
    """Turns the WHERE of one query into a test.

    Args:
        columns: Resolver of the query.
        now: The present.
        zone: Time zone of the asking user, for date words.
        inner: Runs a query inside IN and returns its values.
    """

    def __init__(
        self,
        columns: Columns,
        now: datetime,
        zone: str,
        inner: Callable[[Query], list[Value]],
    ) -> None:
        self.columns = columns
        self.zone = ZoneInfo(zone)
        self.today = now.astimezone(self.zone).date()
        self.inner = inner

    def test(self, sobject: SObject, where: Where | None) -> Test:
        """Return the test of a row.

        Raises:
            ApiError: A field is unknown or cannot be compared in this way.
        """
        match where:
            case None:
                return lambda _row: True
            case Both(parts):
                tests = [self.test(sobject, part) for part in parts]
                return lambda row: all(one(row) for one in tests)
            case Either(parts):
                tests = [self.test(sobject, part) for part in parts]
                return lambda row: any(one(row) for one in tests)
            case Not(part):
                inside = self.test(sobject, part)
                return lambda row: not inside(row)
            case Condition():
                return self._condition(sobject, where)

    def _condition(self, sobject: SObject, condition: Condition) -> Test:
        column = self.columns.resolve(sobject, condition.path)
        one = column.field
        if not one.allows("F"):
            raise self._refuse(condition.path, f"field '{one.name}' can not be filtered")
        compare = self._comparison(condition, one)
        return lambda row: compare(self._comparable(one, self.columns.value(row, column)))

    def _comparison(self, condition: Condition, one: Field) -> Callable[[Value], bool]:
        if condition.operator in {"IN", "NOT IN"}:
            return self._membership(condition, one)
        literal = condition.values[0]
        if isinstance(literal, DateWord):
            return self._in_span(condition, one, literal)
        if condition.operator == "LIKE":
            return self._like(condition, one, literal)
        wanted = self._typed(condition.path, one, literal)
        if condition.operator == "=":
            return lambda value: value == wanted
        if condition.operator == "!=":
            return lambda value: value != wanted
        order = _ORDER[condition.operator]
        if one.type == "boolean" or wanted is None:
            raise self._refuse(condition.path, f"'{condition.operator}' does not fit {one.name}")
        limit = rank(wanted)
        return lambda value: value is not None and order(rank(value), limit)

    def _membership(self, condition: Condition, one: Field) -> Callable[[Value], bool]:
        found: list[Literal] = list(condition.values)
        if condition.inner is not None:
            found += self.inner(condition.inner)
        wanted = {self._typed(condition.path, one, literal) for literal in found}
        if condition.operator == "IN":
            return lambda value: value in wanted
        return lambda value: value not in wanted

    def _like(self, condition: Condition, one: Field, literal: Literal) -> Callable[[Value], bool]:
        if not isinstance(literal, str) or one.type in _NUMBERS | {"date", "datetime", "boolean"}:
            raise self._refuse(condition.path, f"'LIKE' does not fit {one.name}")
        pattern = re.compile(_like_pattern(literal), re.IGNORECASE | re.DOTALL)
        return lambda value: value is not None and pattern.fullmatch(str(value)) is not None

    def _in_span(self, condition: Condition, one: Field, word: DateWord) -> Callable[[Value], bool]:
        days = span(word.name, word.number, self.today)
        if days is None or one.type not in {"date", "datetime"}:
            raise self._refuse(condition.path, f"unexpected token: '{word.name}'")
        first, last = (self._moment(day) if one.type == "datetime" else day for day in days)
        tests: dict[str, Callable[[Value], bool]] = {
            "=": lambda value: _within(value, first, last),
            "!=": lambda value: not _within(value, first, last),
            "<": lambda value: _before(value, first),
            "<=": lambda value: _before(value, last),
            ">": lambda value: value is not None and not _before(value, last),
            ">=": lambda value: value is not None and not _before(value, first),
        }
        if condition.operator not in tests:
            raise self._refuse(condition.path, f"'{condition.operator}' does not fit a date word")
        return tests[condition.operator]

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def _typed(self, path: Path, one: Field, literal: Literal) -> Value:
        """Return the literal as it compares with the field.

        Raises:
            ApiError: It is of another type; times must not stand in quotes.
        """
        if isinstance(literal, DateWord):
            raise self._refuse(path, f"unexpected token: '{literal.name}'")
        if literal is None:
            return None
        if not _fits(one, literal):
            raise self._refuse(path, f"value for field '{one.name}' must be of type {one.type}")
        return self._comparable(one, literal)

    def _comparable(self, one: Field, value: Value) -> Value:
        if isinstance(value, str):
            if one.type in {"id", "reference"} and looks_like_id(value):
                return to_18(value)
            return value if "V" in one else value.casefold()
        return value

    def _refuse(self, path: Path, what: str) -> ApiError:
        text = self.columns.query.text
        return error_at(text, path.place, "INVALID_FIELD", unknown(what))


def _within(value: Value, first: date, last: date) -> bool:
    return value is not None and not _before(value, first) and _before(value, last)


def _before(value: Value, limit: date) -> bool:
    return isinstance(value, date) and value < limit


def _fits(one: Field, literal: Value) -> bool:
    if one.type == "boolean":
        return isinstance(literal, bool)
    if one.type == "datetime":
        return isinstance(literal, datetime)
    if one.type == "date":
        return isinstance(literal, date) and not isinstance(literal, datetime)
    if one.type in _NUMBERS:
        return isinstance(literal, int | float) and not isinstance(literal, bool)
    return isinstance(literal, str)


def _like_pattern(literal: str) -> str:
    out, place = "", 0
    while place < len(literal):
        letter = literal[place]
        if letter == "\\" and place + 1 < len(literal):
            place += 1
            out += re.escape(literal[place])
        else:
            out += {"%": ".*", "_": "."}.get(letter, re.escape(letter))
        place += 1
    return out


def rank(value: Value) -> Rank:
    """Return what values of one type are ordered by: texts without regard to case."""
    if isinstance(value, bool | int | float):
        return (float(value), "")
    if isinstance(value, date):
        return (0.0, value.isoformat())
    return (0.0, str(value).casefold())
