"""How values are written for Salesforce: in SOQL, in paths and in headers.  Pure."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from linkpoint.errors import Gone
from linkpoint.salesforce.translate import SALESFORCE

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
    }
)


def literal(text: str) -> str:
    """Return a SOQL string literal; these are the only escapes a query needs (salesforce.md 2)."""
    return "'" + text.translate(_ESCAPES) + "'"


def instant(moment: datetime) -> str:
    """Return a SOQL datetime literal in UTC, to the millisecond.

    Raises:
        ValueError: The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("An instant needs its time zone.")
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def http_date(moment: datetime) -> str:
    """Return a moment as HTTP headers have it, whole seconds.

    Raises:
        ValueError: The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("An instant needs its time zone.")
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def api_name(text: str) -> str:
    """Return an API name; names are never quoted, so nothing else may get into a path or a query.

    Raises:
        ValueError: It is none.
    """
    if not _NAME.fullmatch(text):
        raise ValueError("An API name of Salesforce has letters, digits and underscores.")
    return text


def checked_id(text: str) -> str:
    """Return an id that is one, as it is.

    Raises:
        Gone: Nothing can have it.
    """
    if not _ID.fullmatch(text):
        raise Gone(SALESFORCE, "Salesforce has nothing by this id.", "no-id")
    return text
