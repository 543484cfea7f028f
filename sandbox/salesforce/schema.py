"""Which objects there are and which fields they have.

The tables hold one field a line: ``name | type size | flags | label | further``; an indented line continues the
one before.  Flags: ``c`` createable, ``u`` updateable, ``n`` nillable, ``d`` defaulted on create, ``p`` field-level
security possible, ``i`` lookup by it in an upsert, ``r`` restricted picklist, ``N`` the object's name, ``U`` unique,
``V`` case-sensitive, ``E`` external id, ``a`` numbered by itself; ``-G`` or ``+S`` correct what the type says about filter (F), sort (S),
group (G) and aggregate (A).  Further: ``to A;B as Relation``, ``named`` (a relation to several objects), ``in
Compound``, ``values a;b=Label``, ``default x``, ``info extraTypeInfo``, ``bytes n``.
"""

import re
from dataclasses import dataclass, field

from sandbox.salesforce.tables import activities, people, sales, system, zones

_FLAG = re.compile(r"[+-][FSGA]|[a-zA-Z]")
_NAMED_VALUES = {"@zones": zones.EVENT_ZONES, "@user_zones": zones.USER_ZONES}
_LONG_TEXT = 255

_DELETED = "IsDeleted | boolean | d | Deleted"
_AUDIT = """
CreatedDate | datetime | d | Created Date
CreatedById | reference | d | Created By ID | to User as CreatedBy
LastModifiedDate | datetime | d | Last Modified Date
LastModifiedById | reference | d | Last Modified By ID | to User as LastModifiedBy
SystemModstamp | datetime | d | System Modstamp
"""


@dataclass(frozen=True)
class Field:
    """One field as a describe shows it, without what is the same everywhere.

    Attributes:
        size: Longest text in characters; 0 where the type has no length.
        digits: Most digits of a whole number.
        precision: Digits of a decimal number, ``scale`` of them behind the point.
        flags: The letters of the table.
        values: Picklist values with their labels.
    """

    name: str
    type: str
    size: int
    digits: int
    precision: tuple[int, int]
    flags: frozenset[str]
    label: str
    targets: tuple[str, ...] = ()
    relation: str = ""
    polymorphic: bool = False
    compound: str = ""
    values: tuple[tuple[str, str], ...] = ()
    default: str = ""
    info: str = ""
    bytes: int = 0

    def __contains__(self, flag: str) -> bool:
        return flag in self.flags

    @property
    def custom(self) -> bool:
        """Whether somebody added this field to the org."""
        return self.name.endswith("__c")

    @property
    def long_text(self) -> bool:
        """Whether the text is too long for filters."""
        return self.type == "textarea" and self.size > _LONG_TEXT

    def allows(self, use: str) -> bool:
        """Tell whether SOQL may filter (F), sort (S), group (G) or aggregate (A) by it."""
        if f"-{use}" in self.flags or f"+{use}" in self.flags:
            return f"+{use}" in self.flags
        if self.long_text:
            return False
        if self.type == "address":
            return use == "F"
        if use == "G":
            return self.type not in {"datetime", "double", "currency", "percent", "combobox"}
        return use != "A" or self.type != "boolean"


@dataclass
class SObject:
    """One kind of record.

    Attributes:
        prefix: First three characters of its ids.
        children: relationship name -> (object, field that points here).
    """

    name: str
    plural: str
    prefix: str
    fields: dict[str, Field]
    label: str = ""
    writable: bool = True
    searchable: bool = True
    children: dict[str, tuple[str, str]] = field(default_factory=dict)

    def field(self, name: str) -> Field | None:
        """Return the field of that name in any case, or None."""
        found = self.fields.get(name)
        if found is not None:
            return found
        folded = name.casefold()
        return next((one for one in self.fields.values() if one.name.casefold() == folded), None)

    @property
    def name_field(self) -> str:
        """The field that names a record."""
        return next((one.name for one in self.fields.values() if "N" in one), "Id")


def parse_field(line: str) -> Field:
    """Return the field that a line of a table describes."""
    parts = [part.strip() for part in line.split(" | ")]
    kind, _, size = parts[1].partition(" ")
    whole, _, scale = size.partition(",")
    number = int(whole or 0)
    decimal = kind in {"double", "currency", "percent"}
    further = _further(parts[4]) if len(parts) > 4 else {}
    targets, _, relation = further.get("to", "").partition(" as ")
    return Field(
        name=parts[0],
        type=kind,
        size=18 if kind in {"id", "reference"} else 0 if decimal or kind == "int" else number,
        digits=number if kind == "int" else 0,
        precision=(number, int(scale or 0)) if decimal else (0, 0),
        flags=frozenset(_FLAG.findall(parts[2])),
        label=parts[3],
        targets=tuple(name for name in targets.split(";") if name),
        relation=relation,
        polymorphic="named" in further,
        compound=further.get("in", ""),
        values=_values(further.get("values", "")),
        default=further.get("default", ""),
        info=further.get("info", ""),
        bytes=int(further.get("bytes", "0")),
    )


def _further(text: str) -> dict[str, str]:
    pairs = (entry.strip().partition(" ") for entry in text.split(", "))
    return {word: rest for word, _, rest in pairs}


def _values(text: str) -> tuple[tuple[str, str], ...]:
    if text in _NAMED_VALUES:
        return tuple((zone, zone) for zone in _NAMED_VALUES[text])
    pairs = (entry.strip().partition("=") for entry in text.split(";") if entry.strip())
    return tuple((value, label or value) for value, _, label in pairs)


_NEVER_DELETED = {"User", "Profile", "Organization"}
_ID_LABELS = {"Event": "Activity", "EventRelation": "Event Relation"}


def _parse_table(name: str, table: str) -> dict[str, Field]:
    first = f"Id | id | di | {_ID_LABELS.get(name, name)} ID\n"
    audit = _AUDIT.rstrip() if name in _NEVER_DELETED else f"\n{_DELETED}{_AUDIT.rstrip()}"
    lines = (first + table.strip() + audit).replace("\n    ", " ").splitlines()
    fields = [parse_field(line) for line in lines]
    return {one.name: one for one in fields}


_OBJECTS = (
    ("Account", "Accounts", "001", sales.ACCOUNT),
    ("Contact", "Contacts", "003", people.CONTACT),
    ("Opportunity", "Opportunities", "006", sales.OPPORTUNITY),
    ("Lead", "Leads", "00Q", people.LEAD),
    ("Case", "Cases", "500", sales.CASE),
    ("Event", "Events", "00U", activities.EVENT),
    ("EventRelation", "Event Relations", "0RE", activities.EVENTRELATION),
    ("User", "Users", "005", system.USER),
    ("Profile", "Profiles", "00e", system.PROFILE),
    ("Organization", "Organizations", "00D", system.ORGANIZATION),
)
_READ_ONLY = {"Profile", "Organization"}
_UNSEARCHABLE = {"EventRelation", "Profile", "Organization"}
_CHILDREN = {
    "Account": {
        "Contacts": ("Contact", "AccountId"),
        "Opportunities": ("Opportunity", "AccountId"),
        "Cases": ("Case", "AccountId"),
        "Events": ("Event", "WhatId"),
    },
    "Contact": {
        "Opportunities": ("Opportunity", "ContactId"),
        "Cases": ("Case", "ContactId"),
        "Events": ("Event", "WhoId"),
        "EventRelations": ("EventRelation", "RelationId"),
    },
    "Lead": {"Events": ("Event", "WhoId"), "EventRelations": ("EventRelation", "RelationId")},
    "Opportunity": {"Events": ("Event", "WhatId")},
    "Case": {"Cases": ("Case", "ParentId"), "Events": ("Event", "WhatId")},
    "Event": {"EventRelations": ("EventRelation", "EventId")},
}


def standard_objects() -> dict[str, SObject]:
    """Return a new org's objects; the org may add fields to its own copy."""
    return {
        name: SObject(
            name=name,
            plural=plural,
            prefix=prefix,
            fields=_parse_table(name, table),
            label="Event Relation" if name == "EventRelation" else name,
            writable=name not in _READ_ONLY,
            searchable=name not in _UNSEARCHABLE,
            children=dict(_CHILDREN.get(name, {})),
        )
        for name, plural, prefix, table in _OBJECTS
    }
