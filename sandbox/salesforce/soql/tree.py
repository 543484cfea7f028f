"""What a parsed SOQL query consists of."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.salesforce.values import Value


@dataclass(frozen=True)
class Path:
    """A field, perhaps of a related record: ``Owner.Name`` is (``Owner``, ``Name``)."""

    parts: tuple[str, ...]
    place: int


@dataclass(frozen=True)
class Aggregate:
    """``COUNT(Id)`` and its like; ``path`` is None for ``COUNT()``."""

    function: str
    path: Path | None
    alias: str
    place: int


@dataclass(frozen=True)
class DateWord:
    """``TODAY``, ``LAST_N_DAYS:7``: a span of days that depends on the present."""

    name: str
    number: int
    place: int


Literal = Value | DateWord


@dataclass(frozen=True)
class Condition:
    """One comparison.

    Attributes:
        operator: ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``LIKE``, ``IN`` or ``NOT IN``.
        values: One literal, or those of the list.
        inner: A query in place of the list.
    """

    path: Path
    operator: str
    values: tuple[Literal, ...]
    place: int
    inner: Query | None = None


@dataclass(frozen=True)
class Both:
    """All parts hold."""

    parts: tuple[Where, ...]


@dataclass(frozen=True)
class Either:
    """At least one part holds."""

    parts: tuple[Where, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Where


Where = Condition | Both | Either | Not


@dataclass(frozen=True)
class Order:
    """One column of ORDER BY; ``nulls_first`` is None where the query does not say."""

    path: Path
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True)
class Query:
    """A SELECT.

    Attributes:
        children: Queries on child relationships within the select list.
        target: Object, or relationship inside a child query.
        scope: ``mine`` or ``everything`` of USING SCOPE.
    """

    text: str
    target: str
    target_place: int
    paths: tuple[Path, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    children: tuple[Query, ...] = ()
    where: Where | None = None
    order: tuple[Order, ...] = ()
    group: tuple[Path, ...] = ()
    limit: int | None = None
    offset: int = 0
    scope: str = "everything"
    all_rows: bool = False
    select_order: tuple[Path | Aggregate | Query, ...] = field(default=())

    @property
    def counts_only(self) -> bool:
        """Whether it is ``SELECT COUNT() FROM ...``."""
        return len(self.aggregates) == 1 and self.aggregates[0].path is None
