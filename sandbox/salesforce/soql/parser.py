"""A parser for the part of SOQL that clients of calendars and contacts use.

SELECT with related fields, child queries, FIELDS(), aggregates; FROM with an alias; USING SCOPE; WHERE with AND, OR,
NOT and brackets; GROUP BY; ORDER BY; LIMIT; OFFSET; ALL ROWS; FOR VIEW and FOR REFERENCE are passed over.
"""

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.soql.lexer import Token, error_at, tokens_of, unescape
from sandbox.salesforce.soql.tree import (
    Aggregate,
    Both,
    Condition,
    DateWord,
    Either,
    Literal,
    Not,
    Order,
    Path,
    Query,
    Where,
)
from sandbox.salesforce.values import parse_date, parse_datetime

LONGEST_QUERY = 100_000
LONGEST_WHERE = 4000
LARGEST_OFFSET = 2000
_AGGREGATES = ("COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG")
_COMPARISONS = ("=", "!=", "<>", "<", "<=", ">", ">=")
_CLAUSES = {
    "FROM", "WHERE", "ORDER", "GROUP", "LIMIT", "OFFSET", "USING", "ALL", "FOR", "AND", "OR", "WITH",
}  # fmt: skip


def parse(text: str) -> Query:
    """Return the query.

    Raises:
        ApiError: MALFORMED_QUERY, with the place where the text can be read.
    """
    if len(text) > LONGEST_QUERY:
        raise ApiError("QUERY_TOO_LONG", "SANDBOX: a query has at most 100,000 characters")
    reader = _Reader(text)
    query = reader.query()
    if reader.token.kind != "end":
        raise reader.unexpected()
    return query


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.at = 0

    # ---- moving ------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.token
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def skip(self, *words: str) -> bool:
        """Pass over these words in this order if all of them follow."""
        for ahead, word in enumerate(words):
            place = self.at + ahead
            if place >= len(self.tokens) or not self.tokens[place].says(word):
                return False
        self.at += len(words)
        return True

    def need(self, word: str) -> Token:
        if not self.token.says(word):
            raise self.unexpected()
        return self.take()

    def unexpected(self) -> ApiError:
        if self.token.kind == "end":
            return ApiError("MALFORMED_QUERY", f"unexpected token: {self.token.text}")
        what = f"unexpected token: '{self.token.text}'"
        return error_at(self.text, self.token.place, "MALFORMED_QUERY", what)

    def word(self) -> Token:
        if self.token.kind != "word":
            raise self.unexpected()
        return self.take()

    def number(self) -> int:
        token = self.take()
        if token.kind != "number" or not token.text.isdigit():
            raise error_at(
                self.text, token.place, "MALFORMED_QUERY", f"unexpected token: '{token.text}'"
            )
        return int(token.text)

    # ---- the clauses -------------------------------------------------------------------------

    def query(self) -> Query:
        self.need("SELECT")
        selected = self.select_list()
        self.need("FROM")
        target = self.word()
        self.alias(target)
        scope = self.word().text.lower() if self.skip("USING", "SCOPE") else "everything"
        where = self.where() if self.skip("WHERE") else None
        group = self.paths() if self.skip("GROUP", "BY") else ()
        order = self.order() if self.skip("ORDER", "BY") else ()
        limit = self.number() if self.skip("LIMIT") else None
        offset = self.offset()
        all_rows = self.skip("ALL", "ROWS")
        while self.skip("FOR"):
            self.word()
        return Query(
            text=self.text,
            target=target.text,
            target_place=target.place,
            paths=tuple(one for one in selected if isinstance(one, Path)),
            aggregates=tuple(one for one in selected if isinstance(one, Aggregate)),
            children=tuple(one for one in selected if isinstance(one, Query)),
            where=where,
            order=order,
            group=group,
            limit=limit,
            offset=offset,
            scope=scope,
            all_rows=all_rows,
            select_order=tuple(selected),
        )

    def alias(self, target: Token) -> None:
        """Pass over an alias of the object; its use in field names is not known here."""
        if self.token.kind == "word" and self.token.text.upper() not in _CLAUSES:
            alias = self.take().text
            what = f"SANDBOX: aliases are not emulated: {target.text} {alias}"
            raise error_at(self.text, target.place, "MALFORMED_QUERY", what)

    def offset(self) -> int:
        if not self.skip("OFFSET"):
            return 0
        place = self.token.place
        number = self.number()
        if number > LARGEST_OFFSET:
            what = f"maximum SOQL offset allowed is {LARGEST_OFFSET}"
            raise error_at(self.text, place, "NUMBER_OUTSIDE_VALID_RANGE", what)
        return number

    def select_list(self) -> list[Path | Aggregate | Query]:
        selected: list[Path | Aggregate | Query] = [self.selected(0)]
        while self.skip(","):
            selected.append(self.selected(len(selected)))
        return selected

    def selected(self, number: int) -> Path | Aggregate | Query:
        if self.skip("("):
            inner = self.query()
            self.need(")")
            return inner
        token = self.word()
        if not self.skip("("):
            return _path(token)
        if token.says("FIELDS"):
            what = self.word()
            self.need(")")
            return Path((f"FIELDS({what.text.upper()})",), token.place)
        if not token.says(*_AGGREGATES):
            raise self.unexpected()
        path = None if self.token.says(")") else _path(self.word())
        self.need(")")
        named = self.token.kind == "word" and self.token.text.upper() not in _CLAUSES
        alias = self.take().text if named else f"expr{number}"
        return Aggregate(token.text.upper(), path, alias, token.place)

    def paths(self) -> tuple[Path, ...]:
        paths = [_path(self.word())]
        while self.skip(","):
            paths.append(_path(self.word()))
        return tuple(paths)

    def order(self) -> tuple[Order, ...]:
        columns = [self.order_column()]
        while self.skip(","):
            columns.append(self.order_column())
        return tuple(columns)

    def order_column(self) -> Order:
        path = _path(self.word())
        descending = self.skip("DESC")
        if not descending:
            self.skip("ASC")
        nulls: bool | None = None
        if self.skip("NULLS"):
            nulls = self.skip("FIRST")
            if not nulls:
                self.need("LAST")
        return Order(path, descending, nulls)

    # ---- conditions --------------------------------------------------------------------------

    def where(self) -> Where:
        start = self.token.place
        where = self.either()
        if self.token.place - start > LONGEST_WHERE:
            what = f"SANDBOX: a WHERE clause has at most {LONGEST_WHERE:,} characters"
            raise error_at(self.text, start, "MALFORMED_QUERY", what)
        return where

    def either(self) -> Where:
        parts = [self.both()]
        while self.skip("OR"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Where:
        parts = [self.negated()]
        while self.skip("AND"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def negated(self) -> Where:
        if self.skip("NOT"):
            return Not(self.negated())
        if self.skip("("):
            inside = self.either()
            self.need(")")
            return inside
        return self.condition()

    def condition(self) -> Where:
        path = _path(self.word())
        place = self.token.place
        if self.token.says(*_COMPARISONS):
            operator = self.take().text.replace("<>", "!=")
            return Condition(path, operator, (self.literal(),), place)
        if self.skip("LIKE"):
            return Condition(path, "LIKE", (self.literal(like=True),), place)
        operator = "NOT IN" if self.skip("NOT", "IN") else "IN" if self.skip("IN") else ""
        if not operator:
            raise self.unexpected()
        self.need("(")
        if self.token.says("SELECT"):
            inner = self.query()
            self.need(")")
            return Condition(path, operator, (), place, inner)
        values = [self.literal()]
        while self.skip(","):
            values.append(self.literal())
        self.need(")")
        return Condition(path, operator, tuple(values), place)

    def literal(self, *, like: bool = False) -> Literal:
        token = self.take()
        try:
            return _literal(token, self.text, like=like)
        except ValueError as wrong:
            what = f"unexpected token: '{token.text}'"
            raise error_at(self.text, token.place, "MALFORMED_QUERY", what) from wrong


def _path(token: Token) -> Path:
    return Path(tuple(token.text.split(".")), token.place)


def _literal(token: Token, query: str, *, like: bool) -> Literal:
    if token.kind == "string":
        return unescape(token, query, like=like)
    if token.kind == "datetime":
        if (
            not token.text.endswith("Z")
            and token.text[-6] not in "+-"
            and token.text[-5] not in "+-"
        ):
            raise ValueError(token.text)
        return parse_datetime(token.text)
    if token.kind == "date":
        return parse_date(token.text)
    if token.kind == "number":
        return float(token.text) if "." in token.text else int(token.text)
    if token.kind == "word":
        return _word(token)
    raise ValueError(token.text)


def _word(token: Token) -> Literal:
    name, _, number = token.text.upper().partition(":")
    constants: dict[str, bool | None] = {"TRUE": True, "FALSE": False, "NULL": None}
    if name in constants and not number:
        return constants[name]
    return DateWord(name, int(number or 0), token.place)
