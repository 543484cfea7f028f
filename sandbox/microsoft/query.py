"""OData options of lists and single events: what is emulated of $select, $filter, $expand, $orderby, $top, $skip."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sandbox.microsoft.call import Answer, Call
from sandbox.microsoft.errors import GraphError, invalid
from sandbox.microsoft.ids import ItemRef, encode
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.record import Event

_ALWAYS = ("@odata.etag", "id")
_ON_DEMAND = frozenset({"cancelledOccurrences", "exceptionOccurrences"})
_PROPERTY_ID = re.compile(r"id eq '((?:[^']|'')*)'")
_ANY_PROPERTY = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id eq '((?:[^']|'')*)'"
    r" and \1/value eq '((?:[^']|'')*)'\s*\)",
    re.IGNORECASE,
)
_ANY_CATEGORY = re.compile(
    r"categories/any\(\s*(\w+)\s*:\s*\1 eq '((?:[^']|'')*)'\s*\)", re.IGNORECASE
)
_STARTS = re.compile(r"startswith\(\s*([\w/]+)\s*,\s*'((?:[^']|'')*)'\s*\)", re.IGNORECASE)
_COMPARISON = re.compile(r"([\w/]+) (eq|ne|ge|gt|le|lt) (?:'((?:[^']|'')*)'|(\S+))", re.IGNORECASE)
_EXPAND = re.compile(r"(\w+)(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?")
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
}

Test = Callable[[Event, dict[str, Any]], bool]


def list_answer(call: Call, mailbox: Mailbox, events: Sequence[Event]) -> Answer:
    """Return one page of events; the next is told by ``$skip`` (section 2).

    Raises:
        GraphError: An option that is not emulated.
    """
    if "$search" in call.query:
        raise invalid("$search is not emulated.")
    renderer = call.renderer(mailbox)
    where, order = call.query.get("$filter", ""), call.query.get("$orderby", "")
    if where or order:
        test = _filter(where)
        rows = [(event, renderer.event(event)) for event in events]
        rows = [row for row in rows if test(*row)]
        _sort(rows, order)
        events = [event for event, _ in rows]
    skip = call.number("$skip", 0)
    size = call.number("$top", 0) or _preferred_size(call)
    page = events[skip : skip + size]
    body: dict[str, Any] = {"@odata.context": context(call)}
    if call.query.get("$count", "").casefold() == "true":
        body["@odata.count"] = len(events)
    body["value"] = [_shaped(call, mailbox, event, renderer.event(event)) for event in page]
    if skip + size < len(events):
        body["@odata.nextLink"] = call.link({**call.query, "$skip": str(skip + size)})
    return Answer(200, body, call.applied())


def event_answer(call: Call, mailbox: Mailbox, event: Event, status: int = 200) -> Answer:
    """Return one event, shaped by $select and $expand."""
    item = _shaped(call, mailbox, event, call.renderer(mailbox).event(event), alone=True)
    return Answer(status, {"@odata.context": context(call, entity=True), **item}, call.applied())


def context(call: Call, *, entity: bool = False) -> str:
    """Return the annotation that names what an answer holds."""
    owner = call.segments[1] if len(call.segments) > 1 else ""
    what = "calendarView" if "calendarView" in call.segments else "events"
    return f"{call.base}/$metadata#users('{owner}')/{what}" + ("/$entity" if entity else "")


def _preferred_size(call: Call) -> int:
    wish = call.preferences.get("odata.maxpagesize", "")
    size = call.office.switches.number("page_size")
    return min(int(wish), 1000) if wish.isdecimal() and int(wish) else size


def _shaped(
    call: Call, mailbox: Mailbox, event: Event, item: dict[str, Any], *, alone: bool = False
) -> dict[str, Any]:
    wanted = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
    unknown = [name for name in wanted if name not in item and name not in _ON_DEMAND | _OPTIONAL]
    if unknown:
        raise GraphError(400, "BadRequest", f"SANDBOX: $select: {unknown[0]} is no property.")
    item.pop("@odata.type", None)
    shaped = {k: v for k, v in item.items() if not wanted or k in wanted or k in _ALWAYS}
    if "cancelledOccurrences" in wanted and alone and event.recurrence is not None:
        shaped["cancelledOccurrences"] = _cancelled(call, mailbox, event)
    for name, options in _expansions(call.query.get("$expand", "")):
        if name != "exceptionOccurrences" or (alone and name in wanted and event.recurrence):
            shaped[name] = _expanded(call, mailbox, event, name, options)
    return shaped


_OPTIONAL = frozenset({"seriesMasterId", "originalStart", "calendar"})


def _cancelled(call: Call, mailbox: Mailbox, event: Event) -> list[str]:
    form = call.wishes().form
    master = encode(ItemRef(mailbox.guid, "e", event.number, event.moves, form=form))
    return [f"OID.{master}.{day.isoformat()}" for day in sorted(event.cancelled)]


def _expansions(text: str) -> list[tuple[str, str]]:
    return [(match[1], match[2] or "") for match in _EXPAND.finditer(text)] if text else []


def _expanded(call: Call, mailbox: Mailbox, event: Event, name: str, options: str) -> Any:
    if name == "singleValueExtendedProperties":
        wanted = {key.replace("''", "'") for key in _PROPERTY_ID.findall(options)}
        if not wanted:
            raise invalid("$expand: name the extended properties in $filter.")
        return [{"id": k, "value": v} for k, v in event.properties.items() if k in wanted]
    if name == "extensions":
        wanted = set(_PROPERTY_ID.findall(options))
        found = event.extensions.items()
        return [extension_json(k, v) for k, v in found if not wanted or k in wanted]
    if name == "exceptionOccurrences":
        renderer = call.renderer(mailbox)
        days: list[date] = sorted(event.exceptions)
        return [renderer.event(event.exceptions[day]) for day in days]
    if name == "attachments":
        return []
    raise invalid(f"$expand: {name} is not emulated.")


def extension_json(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return an open extension as Graph shows it."""
    kind = "#microsoft.graph.openTypeExtension"
    return {"@odata.type": kind, "id": name, "extensionName": name, **data}


def _sort(rows: list[tuple[Event, dict[str, Any]]], order: str) -> None:
    for part in reversed([part.strip() for part in order.split(",") if part.strip()]):
        path, _, direction = part.partition(" ")
        rows.sort(key=lambda row: _at(row[1], path), reverse=direction.strip().casefold() == "desc")


def _filter(text: str) -> Test:
    """Return the test that a $filter makes: comparisons joined by ``and``."""
    tests: list[Test] = []
    rest = text.strip()
    while rest:
        test, rest = _one_test(rest)
        tests.append(test)
        if rest and not rest.casefold().startswith("and "):
            raise invalid("$filter: only comparisons joined by 'and' are emulated.")
        rest = rest[4:].strip()
    return lambda event, item: all(test(event, item) for test in tests)


def _one_test(text: str) -> tuple[Test, str]:
    for pattern, make in _TESTS:
        match = pattern.match(text)
        if match:
            return make(match), text[match.end() :].strip()
    raise invalid("$filter: this expression is not emulated.")


def _property_test(match: re.Match[str]) -> Test:
    key, value = _plain(match[2]), _plain(match[3])
    # The name is compared exactly, the value without regard to case (section 7).
    return lambda event, _: event.properties.get(key, "\0").casefold() == value.casefold()


def _category_test(match: re.Match[str]) -> Test:
    return lambda _, item: _plain(match[2]) in item["categories"]


def _starts_test(match: re.Match[str]) -> Test:
    beginning = _plain(match[2]).casefold()
    return lambda _, item: _at(item, match[1]).casefold().startswith(beginning)


def _comparison_test(match: re.Match[str]) -> Test:
    compare = _OPERATORS[match[2].casefold()]
    wanted = _plain(match[3]) if match[3] is not None else match[4]
    path = match[1]
    if path.endswith("ateTime"):
        # Times are compared as text; bring both to one length.
        return lambda _, item: compare(_at(item, path)[:19], wanted[:19])
    return lambda _, item: compare(_at(item, path).casefold(), wanted.casefold())


_TESTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Test]], ...] = (
    (_ANY_PROPERTY, _property_test),
    (_ANY_CATEGORY, _category_test),
    (_STARTS, _starts_test),
    (_COMPARISON, _comparison_test),
)


def _at(item: dict[str, Any], path: str) -> str:
    value: Any = item
    for part in path.split("/"):
        if not isinstance(value, dict):
            break
        if part not in value and part not in _OPTIONAL:
            raise invalid(f"{path} is no property that can be compared.")
        value = value.get(part)
    return str(value)


def _plain(text: str) -> str:
    return text.replace("''", "'")
