"""Field names of a query: what they mean, what they hold in a row."""

from dataclasses import dataclass

from sandbox.salesforce.access import Caller, visible_field, visible_fields
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.records import Records
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql.lexer import error_at
from sandbox.salesforce.soql.tree import Path, Query
from sandbox.salesforce.values import Row, Value

_NAME_FIELDS = (
    "Id", "Name", "Type", "FirstName", "LastName", "Email", "Phone", "Title", "Alias", "Username",
    "IsActive", "ProfileId", "UserRoleId",
)  # fmt: skip
_STAND_IN = Field("Name", "string", 255, 0, (0, 0), frozenset("n"), "Name")
_DEEPEST = 5


@dataclass(frozen=True)
class Column:
    """Where a value comes from.

    Attributes:
        through: Reference fields to follow, from the queried row on.
        name: Field of the row at the end.
        field: Its description; of a polymorphic relation only what all targets share.
    """

    through: tuple[Field, ...]
    name: str
    field: Field


class Columns:
    """Resolves paths for one query."""

    def __init__(self, records: Records, caller: Caller, query: Query) -> None:
        self.records = records
        self.caller = caller
        self.query = query

    def resolve(self, sobject: SObject, path: Path) -> Column:
        """Return the column of a path.

        Raises:
            ApiError: INVALID_FIELD, pointing at the path.
        """
        parts = list(path.parts)
        if len(parts) > 1 and parts[0].casefold() == sobject.name.casefold():
            parts = parts[1:]
        through: list[Field] = []
        here: SObject | None = sobject
        for part in parts[:-1][:_DEEPEST]:
            link = self._relation(here, part)
            if link is None:
                what = f"Didn't understand relationship '{part}' in field path."
                raise error_at(self.query.text, path.place, "INVALID_FIELD", f"SANDBOX: {what}")
            through.append(link)
            here = None if link.polymorphic else self.records.objects.get(link.targets[0])
        one = self._last(here, parts[-1])
        if one is None:
            where = here.name if here else "Name"
            what = (
                f"No such column '{parts[-1]}' on entity '{where}'. SANDBOX: not recorded further"
            )
            raise error_at(self.query.text, path.place, "INVALID_FIELD", what)
        return Column(tuple(through), one[0], one[1])

    def _relation(self, here: SObject | None, part: str) -> Field | None:
        if here is None:
            return None
        for one in visible_fields(self.caller, here, self.records.switches):
            if one.relation and one.relation.casefold() == part.casefold():
                return one
        return None

    def _last(self, here: SObject | None, part: str) -> tuple[str, Field] | None:
        if here is None:
            found = next((one for one in _NAME_FIELDS if one.casefold() == part.casefold()), None)
            return (found, _STAND_IN) if found else None
        one = visible_field(self.caller, here, part, self.records.switches)
        return (one.name, one) if one else None

    def expand(self, sobject: SObject, path: Path) -> list[Path]:
        """Return the paths that ``FIELDS(...)`` stands for, or the path itself."""
        if not path.parts[0].startswith("FIELDS("):
            return [path]
        which = path.parts[0][len("FIELDS(") : -1]
        if which != "STANDARD" and not (self.query.limit and self.query.limit <= 200):
            what = "SANDBOX: FIELDS(ALL) and FIELDS(CUSTOM) need a LIMIT of at most 200"
            raise ApiError("MALFORMED_QUERY", what)
        fields = visible_fields(self.caller, sobject, self.records.switches)
        wanted = {"ALL": (True, False), "STANDARD": (False,), "CUSTOM": (True,)}.get(which, ())
        return [Path((one.name,), path.place) for one in fields if one.custom in wanted]

    def value(self, row: Row, column: Column) -> Value:
        """Return what the column holds for a row; None where a relation is empty."""
        target = self.follow(row, column.through)
        if target is None:
            return None
        if column.through and column.through[-1].polymorphic and column.name == "Type":
            sobject = self.records.object_of(str(target["Id"]))
            return sobject.name if sobject else None
        return target.get(column.name)

    def follow(self, row: Row, through: tuple[Field, ...]) -> Row | None:
        """Return the row at the end of the relations."""
        here: Row | None = row
        for link in through:
            pointer = here.get(link.name) if here else None
            here = self.records.find(str(pointer)) if pointer else None
        return here
