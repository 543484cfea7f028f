"""``/search`` and ``/parameterizedSearch``: words in names, addresses and other texts; no ranking."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.rest.call import Call, Reply, not_allowed
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql.run import run
from sandbox.salesforce.values import Row

DEFAULT_LIMIT = 2000
_SHORTEST = 2
_FIND = re.compile(
    r"\s*FIND\s*\{(?P<text>(?:[^{}\\]|\\.)*)\}(?:\s+IN\s+(?P<group>\w+)\s+FIELDS)?"
    r"(?:\s+RETURNING\s+(?P<returning>.*?))?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_RETURNING = re.compile(r"\s*(\w+)\s*(?:\(((?:[^()']|'(?:[^'\\]|\\.)*'|\([^()]*\))*)\))?\s*(?:,|$)")
_CLAUSE = re.compile(r"\s+(WHERE|ORDER\s+BY|LIMIT|OFFSET)\s", re.IGNORECASE)
_WORD = re.compile(r"[^\s,;()<>]+")
_PARTS = re.compile(r"[\w]+")
_GROUPS = {
    "NAME": {"Name", "FirstName", "LastName", "Company", "Subject"},
    "EMAIL": {"email"},
    "PHONE": {"phone"},
}
_DEFAULT_OBJECTS = ("Account", "Contact", "Lead", "Opportunity")


@dataclass(frozen=True)
class _Target:
    name: str
    fields: str
    clauses: str = ""


def answer(call: Call) -> Reply:
    """Answer a search.

    Raises:
        ApiError: MALFORMED_SEARCH.
    """
    if call.path[0] == "search":
        return _sosl(call, call.args.get("q", ""))
    if call.method == "GET":
        return _by_arguments(call)
    if call.method == "POST":
        return _by_body(call)
    raise not_allowed(call, "GET", "POST")


def _malformed(what: str) -> ApiError:
    return ApiError("MALFORMED_SEARCH", unknown(what))


def _sosl(call: Call, text: str) -> Reply:
    found = _FIND.fullmatch(text)
    if found is None:
        raise _malformed("q: must be FIND {...} RETURNING ...")
    words = re.sub(r"\\(.)", r"\1", found["text"])
    targets = _returning(found["returning"] or ",".join(_DEFAULT_OBJECTS))
    limit = int(found["limit"] or DEFAULT_LIMIT)
    return _search(call, words, (found["group"] or "ALL").upper(), targets, limit)


def _returning(text: str) -> list[_Target]:
    targets = []
    place = 0
    while place < len(text):
        found = _RETURNING.match(text, place)
        if found is None or found.end() == place:
            raise _malformed("RETURNING cannot be read")
        inside = found[2] or "Id"
        clause = _CLAUSE.search(inside)
        fields = inside[: clause.start()] if clause else inside
        targets.append(_Target(found[1], fields, inside[clause.start() :] if clause else ""))
        place = found.end()
    return targets


def _by_arguments(call: Call) -> Reply:
    names = [name for name in call.args.get("sobject", "").split(",") if name]
    targets = [
        _Target(name, call.args.get(f"{name}.fields") or call.args.get("fields", "Id"))
        for name in names or _DEFAULT_OBJECTS
    ]
    limit = call.args.get("overallLimit", "")
    number = int(limit) if limit.isdigit() else DEFAULT_LIMIT
    return _search(
        call, call.args.get("q", ""), call.args.get("in", "ALL").upper(), targets, number
    )


def _by_body(call: Call) -> Reply:
    body = call.mapping()
    given = body.get("sobjects")
    targets = []
    for entry in given if isinstance(given, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise _malformed("sobjects: must be a list of objects with a name")
        asked = entry.get("fields") or body.get("fields")
        fields = [str(name) for name in asked] if isinstance(asked, list) else ["Id"]
        where = f" WHERE {entry['where']}" if entry.get("where") else ""
        bound = f" LIMIT {entry['limit']}" if entry.get("limit") else ""
        targets.append(_Target(entry["name"], ", ".join(fields), where + bound))
    limit = body.get("overallLimit")
    number = limit if isinstance(limit, int) else DEFAULT_LIMIT
    group = str(body.get("in", "ALL")).upper()
    return _search(call, str(body.get("q", "")), group, targets, number)


def _search(call: Call, text: str, group: str, targets: list[_Target], limit: int) -> Reply:
    words = _WORD.findall(text.replace('"', " "))
    if not words or all(len(word.strip("*?")) < _SHORTEST for word in words):
        raise _malformed("search term must be longer than one character")
    records: list[dict[str, object]] = []
    for target in targets:
        records += _matching(call, target, words, group)
    return Reply(200, {"searchRecords": records[:limit]})


def _matching(
    call: Call, target: _Target, words: list[str], group: str
) -> Iterable[dict[str, object]]:
    sobject = call.sobject(target.name)
    query = f"SELECT {target.fields} FROM {sobject.name}{target.clauses}"  # noqa: S608 - SOQL of our own
    hits = {
        str(row["Id"])
        for row in call.org.store.seen(call.caller, sobject)
        if all(_has(sobject, row, word, group) for word in words)
    }
    wanted = "Id" in {name.strip() for name in target.fields.split(",")}
    text = query if wanted else query.replace("SELECT ", "SELECT Id, ", 1)
    for record in run(call.org.store, text, call.asker()).records:
        if record["Id"] in hits:
            yield record if wanted else {k: v for k, v in record.items() if k != "Id"}


def _has(sobject: SObject, row: Row, word: str, group: str) -> bool:
    pattern = re.compile(
        "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in word),
        re.IGNORECASE,
    )
    for one in sobject.fields.values():
        value = row.get(one.name)
        if isinstance(value, str) and _in_group(one, group):
            parts = [value, *_WORD.findall(value), *_PARTS.findall(value)]
            if any(pattern.fullmatch(part) for part in parts):
                return True
    return False


def _in_group(one: Field, group: str) -> bool:
    if one.type in {"id", "reference", "picklist"}:
        return False
    wanted = _GROUPS.get(group)
    return wanted is None or one.name in wanted or one.type in wanted
