"""Items as rows and rows as items.  Of a hidden private item only its time, kind and version are kept (promise 11)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sync.core.item import (
    Fields,
    Kind,
    OutlookId,
    OutlookItem,
    Person,
    SalesforceItem,
    Value,
    end_of,
    start_of,
)
from sync.core.mapping import CREATE_ONLY, redacted
from sync.core.settings import Policy
from sync.models import OutlookSeen, SalesforceSeen

_LONGEST_ID_CHARS = 512
_LONGEST_ETAG_CHARS = 255
_LONGEST_PROBLEM_CHARS = 300


@dataclass(frozen=True, slots=True)
class Discretion:
    """What may be remembered of private items."""

    keeps_private: bool
    record_category: str

    @classmethod
    def of(cls, policy: Policy) -> "Discretion":
        """Return what a policy allows."""
        keeps = policy.text("private") == "full_and_private"
        return cls(keeps, policy.text("record_category").casefold())

    def hides(self, item: OutlookItem) -> bool:
        """Tell whether the text and people of this item are none of our business."""
        return item.is_private and not self.keeps_private

    def discreet(self, item: OutlookItem) -> OutlookItem:
        """Return what may be kept of an item."""
        if not self.hides(item):
            return item
        return replace(
            item,
            fields=redacted(item.fields),
            organizer=None,
            attendees=(),
            categories=tuple(
                name for name in item.categories if name.casefold() == self.record_category
            ),
        )


def outlook_row(item: OutlookItem, mailbox_id: int, seen_at: datetime) -> OutlookSeen:
    """Return an item (already discreet) as a row."""
    first_day, last_day, starts_at, ends_at = _span(item)
    fields = clean(dict(item.fields))
    return OutlookSeen(
        mailbox_id=mailbox_id,
        outlook_id=item.id,
        kind=item.kind.value,
        ical_uid=_clean(item.ical_uid)[:_LONGEST_ID_CHARS],  # whoever invites may have made it
        series_master_id=_clean(item.series_master_id),
        original_start=item.original_start,
        etag=_clean(item.etag)[:_LONGEST_ETAG_CHARS],
        transaction_id=_clean(item.transaction_id)[:128],
        fields=fields,
        facts=clean(_facts(item)),
        digest=digest(item, fields),
        is_private=item.is_private,
        problem=item.problem[:_LONGEST_PROBLEM_CHARS],
        first_day=first_day,
        last_day=last_day,
        starts_at=starts_at,
        ends_at=ends_at,
        seen_at=seen_at,
    )


def digest(item: OutlookItem, fields: Fields) -> str:
    """Return a digest of what a plan looks at; version, categories, answers and reminders are not part of it (E02-E04)."""
    looked_at = {name: value for name, value in fields.items() if name not in CREATE_ONLY}
    text = json.dumps([looked_at, item.is_cancelled, item.problem], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def outlook_item(row: OutlookSeen) -> OutlookItem:
    """Return a stored row as the item it was."""
    facts = row.facts
    return OutlookItem(
        id=OutlookId(row.outlook_id),
        kind=Kind(row.kind),
        etag=row.etag,
        fields=row.fields,
        ical_uid=row.ical_uid,
        series_master_id=row.series_master_id,
        original_start=row.original_start,
        transaction_id=row.transaction_id,
        zone=facts.get("zone", "UTC"),
        organizer=_person(facts["organizer"]) if facts.get("organizer") else None,
        attendees=tuple(_person(person) for person in facts.get("attendees", ())),
        categories=tuple(facts.get("categories", ())),
        my_response=facts.get("my_response", "organizer"),
        is_cancelled=facts.get("is_cancelled", False),
        is_online_meeting=facts.get("is_online_meeting", False),
        web_link=facts.get("web_link", ""),
        problem=row.problem,
    )


def salesforce_row(item: SalesforceItem, organization_pk: int) -> SalesforceSeen:
    """Return a row of Salesforce as a row of ours."""
    return SalesforceSeen(
        organization_id=organization_pk,
        salesforce_id=item.id,
        owner_id=item.owner_id,
        modstamp=item.modstamp,
        modified_by=item.modified_by,
        key=item.key[:255],
        is_deleted=item.is_deleted,
        is_series_row=item.is_series_row,
        fields=clean(dict(item.fields)),
        read_at=item.read_at,
    )


def clean(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return JSON values without what PostgreSQL cannot hold: NUL characters and halves of surrogate pairs."""
    text = json.dumps(values)
    if "\\u0000" not in text and "\\ud" not in text:
        return dict(values)
    return {name: _clean(value) for name, value in values.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {name: _clean(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(entry) for entry in value]
    return value


def _facts(item: OutlookItem) -> dict[str, Any]:
    return {
        "zone": item.zone,
        "organizer": _person_json(item.organizer) if item.organizer else None,
        "attendees": [_person_json(person) for person in item.attendees],
        "categories": list(item.categories),
        "category_keys": [name.casefold() for name in item.categories],
        "my_response": item.my_response,
        "is_cancelled": item.is_cancelled,
        "is_online_meeting": item.is_online_meeting,
        "web_link": item.web_link,
    }


def _person_json(person: Person) -> dict[str, Value]:
    return {
        "address": person.address,
        "name": person.name,
        "response": person.response,
        "kind": person.kind,
    }


def _person(facts: Mapping[str, str]) -> Person:
    return Person(facts["address"], facts["name"], facts["response"], facts["kind"])


def _span(
    item: OutlookItem,
) -> tuple[date | None, date | None, datetime | None, datetime | None]:
    """Return first and last day of an all-day event, or start and end of a timed one; nothing where it has no time."""
    if item.problem or not item.fields.get("start") or not item.fields.get("end"):
        return None, None, None, None
    start, end = start_of(item.fields), end_of(item.fields)
    if item.fields.get("all_day"):
        last = (end.astimezone(UTC) - timedelta(days=1)).date()
        return start.date(), max(start.date(), last), None, None
    return None, None, start, end
