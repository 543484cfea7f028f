"""Runs a parsed query over the rows the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sandbox.salesforce.access import Caller
from sandbox.salesforce.derive import address
from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.records import Records
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql.columns import Column, Columns
from sandbox.salesforce.soql.conditions import Conditions, rank
from sandbox.salesforce.soql.lexer import error_at
from sandbox.salesforce.soql.parser import parse
from sandbox.salesforce.soql.tree import Aggregate, Order, Path, Query
from sandbox.salesforce.values import Row, Value, render

_UNSUPPORTED = (
    "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c'"
    " after the entity name. Please reference your WSDL or the describe call for the appropriate names."
)


@dataclass(frozen=True)
class Asker:
    """Who asks, when, in which zone, and by which version of the API (``v66.0``)."""

    caller: Caller
    now: datetime
    zone: str
    version: str


@dataclass(frozen=True)
class Answer:
    """What a query found.

    Attributes:
        total: Rows in all.
        records: As JSON; empty for ``COUNT()``.
        long_texts: How many long text fields were asked for; such pages are smaller.
    """

    total: int
    records: list[dict[str, object]]
    long_texts: int = 0


def run(records: Records, text: str, asker: Asker, *, everything: bool = False) -> Answer:
    """Return what the SOQL text finds; with ``everything`` deleted and archived rows too.

    Raises:
        ApiError: MALFORMED_QUERY, INVALID_TYPE or INVALID_FIELD.
    """
    query = parse(text)
    return _Run(records, asker, everything=everything or query.all_rows).answer(query)


class _Run:
    def __init__(self, records: Records, asker: Asker, *, everything: bool) -> None:
        self.records = records
        self.asker = asker
        self.everything = everything

    def answer(self, query: Query) -> Answer:
        sobject = self._object(query)
        columns = Columns(self.records, self.asker.caller, query)
        rows = self._found(query, sobject, columns)
        if query.counts_only:
            return Answer(len(rows), [])
        if query.aggregates or query.group:
            results = _Aggregation(columns, sobject, query).results(rows)
            return Answer(len(results), results)
        paths = self._expanded(query, sobject, columns)
        found = [(path, columns.resolve(sobject, path)) for path in paths]
        texts = sum(column.field.long_text for _, column in found)
        shown = [self._record(sobject, query, columns, found, row) for row in rows]
        return Answer(len(shown), shown, texts)

    def _object(self, query: Query) -> SObject:
        for one in self.records.objects.values():
            if one.name.casefold() == query.target.casefold():
                return one
        what = _UNSUPPORTED.format(query.target)
        raise error_at(query.text, query.target_place, "INVALID_TYPE", what)

    def _expanded(self, query: Query, sobject: SObject, columns: Columns) -> list[Path]:
        seen: dict[str, Path] = {}
        for path in query.paths:
            for one in columns.expand(sobject, path):
                key = ".".join(one.parts).casefold()
                if key in seen:
                    what = f"duplicate field selected: {'.'.join(one.parts)}"
                    raise error_at(query.text, path.place, "INVALID_FIELD", unknown(what))
                seen[key] = one
        return list(seen.values())

    def _found(self, query: Query, sobject: SObject, columns: Columns) -> list[Row]:
        caller = self.asker.caller
        conditions = Conditions(columns, self.asker.now, self.asker.zone, self._inner)
        test = conditions.test(sobject, query.where)
        rows = [
            row
            for row in self.records.seen(caller, sobject, everything=self.everything)
            if test(row) and (query.scope != "mine" or row.get("OwnerId") == caller.user_id)
        ]
        return self._sliced(query, self._sorted(query.order, sobject, columns, rows))

    def _sorted(
        self, order: tuple[Order, ...], sobject: SObject, columns: Columns, rows: list[Row]
    ) -> list[Row]:
        for by in reversed(order):
            column = columns.resolve(sobject, by.path)
            if not column.field.allows("S"):
                what = unknown(f"field '{column.name}' can not be sorted")
                raise error_at(columns.query.text, by.path.place, "INVALID_FIELD", what)
            rows = _ordered(rows, by, column, columns)
        return rows

    def _sliced(self, query: Query, rows: list[Row]) -> list[Row]:
        rows = rows[query.offset :]
        if query.limit is not None and not query.aggregates:
            rows = rows[: query.limit]
        return rows

    def _inner(self, query: Query) -> list[Value]:
        sobject = self._object(query)
        columns = Columns(self.records, self.asker.caller, query)
        if len(query.paths) != 1:
            raise ApiError("MALFORMED_QUERY", unknown("a query inside IN selects one field"))
        column = columns.resolve(sobject, query.paths[0])
        return [columns.value(row, column) for row in self._found(query, sobject, columns)]

    # ---- rows as JSON ------------------------------------------------------------------------

    def _record(
        self,
        sobject: SObject,
        query: Query,
        columns: Columns,
        found: list[tuple[Path, Column]],
        row: Row,
    ) -> dict[str, object]:
        record: dict[str, object] = {"attributes": self._attributes(sobject.name, row)}
        for _, column in found:
            self._put(record, sobject, columns, column, row)
        for child in query.children:
            relation, kind = self._child_relation(sobject, child)
            record[relation] = self._children(kind, child, row)
        return record

    def _attributes(self, kind: str, row: Row) -> dict[str, object]:
        owner = self.records.object_of(str(row["Id"]))
        name = owner.name if owner else kind
        url = f"/services/data/{self.asker.version}/sobjects/{name}/{row['Id']}"
        return {"type": kind, "url": url}

    def _put(
        self,
        record: dict[str, object],
        sobject: SObject,
        columns: Columns,
        column: Column,
        row: Row,
    ) -> None:
        here: dict[str, object] = record
        for depth, link in enumerate(column.through, start=1):
            target = columns.follow(row, column.through[:depth])
            if target is None:
                here[link.relation] = None
                return
            kind = "Name" if link.polymorphic else link.targets[0]
            nested = here.setdefault(link.relation, {"attributes": self._attributes(kind, target)})
            if not isinstance(nested, dict):
                return
            here = nested
        if column.field.type == "address":
            here[column.name] = address(sobject, row, column.name)
        else:
            here[column.name] = render(columns.value(row, column))

    def _child_relation(self, sobject: SObject, child: Query) -> tuple[str, tuple[str, str]]:
        for name, target in sobject.children.items():
            if name.casefold() == child.target.casefold():
                return name, target
        what = _UNSUPPORTED.format(child.target)
        raise error_at(child.text, child.target_place, "INVALID_TYPE", what)

    def _children(
        self, target: tuple[str, str], child: Query, row: Row
    ) -> dict[str, object] | None:
        kind, pointer = target
        inner = self.records.objects[kind]
        columns = Columns(self.records, self.asker.caller, child)
        rows = [
            one for one in self._found(_all(child), inner, columns) if one[pointer] == row["Id"]
        ]
        rows = self._sliced(child, rows)
        if not rows:
            return None
        paths = self._expanded(child, inner, columns)
        found = [(path, columns.resolve(inner, path)) for path in paths]
        records = [self._record(inner, child, columns, found, one) for one in rows]
        return {"totalSize": len(records), "done": True, "records": records}


def _all(child: Query) -> Query:
    """Return the query without its bounds, which count per parent."""
    return Query(
        text=child.text,
        target=child.target,
        target_place=child.target_place,
        paths=child.paths,
        where=child.where,
        order=child.order,
    )


def _ordered(rows: list[Row], by: Order, column: Column, columns: Columns) -> list[Row]:
    empty = [row for row in rows if columns.value(row, column) is None]
    full = [row for row in rows if columns.value(row, column) is not None]
    full.sort(key=lambda row: rank(columns.value(row, column)), reverse=by.descending)
    first = not by.descending if by.nulls_first is None else by.nulls_first
    return empty + full if first else full + empty


class _Aggregation:
    """COUNT, MIN and the like, with or without GROUP BY."""

    def __init__(self, columns: Columns, sobject: SObject, query: Query) -> None:
        self.columns = columns
        self.query = query
        self.sobject = sobject
        self.groups = [columns.resolve(sobject, path) for path in query.group]

    def results(self, rows: list[Row]) -> list[dict[str, object]]:
        if not self.groups:
            return [self._result(rows)]
        ordered = sorted(rows, key=lambda row: [str(value) for value in self._key(row)])
        grouped = groupby(ordered, key=self._key)
        results = [self._result(list(members)) for _, members in grouped]
        return results[: self.query.limit] if self.query.limit is not None else results

    def _key(self, row: Row) -> list[Value]:
        return [self.columns.value(row, column) for column in self.groups]

    def _result(self, rows: list[Row]) -> dict[str, object]:
        result: dict[str, object] = {"attributes": {"type": "AggregateResult"}}
        for one in self.query.select_order:
            if isinstance(one, Aggregate):
                result[one.alias] = self._aggregate(one, rows)
            elif isinstance(one, Path):
                column = self.columns.resolve(self.sobject, one)
                result[column.name] = render(self.columns.value(rows[0], column))
        return result

    def _aggregate(self, one: Aggregate, rows: list[Row]) -> object:
        if one.path is None:
            return len(rows)
        column = self.columns.resolve(self.sobject, one.path)
        found = [self.columns.value(row, column) for row in rows]
        values = [value for value in found if value is not None]
        if one.function == "COUNT":
            return len(values)
        if one.function == "COUNT_DISTINCT":
            return len(set(values))
        return render(_extreme(one.function, values))


def _extreme(function: str, values: Sequence[Value]) -> Value:
    if not values:
        return None
    if function in {"MIN", "MAX"}:
        pick = min if function == "MIN" else max
        return pick(values, key=rank)
    numbers = [value for value in values if isinstance(value, int | float)]
    total = float(sum(numbers))
    return total if function == "SUM" else total / max(1, len(numbers))
