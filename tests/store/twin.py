"""The store in memory and the one in PostgreSQL side by side: every transaction is done in both, and must answer alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F

from sync.core.item import Fields, OutlookItem, SalesforceItem
from sync.engine.ports import Case
from sync.models import Intent, Link
from sync.store import PostgresOrganizationStore, PostgresStore, linking
from tests.sim.store import MemoryOrganizationStore, MemoryStore, Rows, StoredLink

_SAME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_DONE_IN_BOTH = (
    "reading", "start_round", "save_page", "save_outlook", "suspects", "masters", "missed_in_round",
    "finish_round", "carrying", "cases", "deletions", "linked", "live", "write_ahead", "settle",
)  # fmt: skip


class TwinStore:
    """Answers as the store in memory does, after the one in PostgreSQL answered the same."""

    def __init__(self, memory: MemoryStore, real: PostgresStore, patch: pytest.MonkeyPatch) -> None:
        self.memory, self.real, self._patch = memory, real, patch

    @property
    def rows(self) -> Rows:
        """Return what the store in memory holds."""
        return self.memory.rows

    @property
    def epoch(self) -> int:
        """Return the epoch of the latest worker; the driver fences by it."""
        return self.memory.epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self.memory.epoch = epoch

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a transaction that is done in both."""
        if name not in _DONE_IN_BOTH:
            raise AttributeError(name)

        def both(*args: Any) -> Any:
            ours = getattr(self.memory, name)(*args)
            theirs = getattr(self.real, name)(*args)
            assert comparable(theirs) == comparable(ours), f"{name} {args}"
            return ours

        return both

    def link(self, items: Sequence[OutlookItem], cause: str, extras: Fields) -> list[UUID]:
        """Make links with the same ids in both."""
        ours = self.memory.link(items, cause, extras)
        for item, link_id in zip(items, ours, strict=True):
            self._patch.setattr(linking, "uuid4", lambda made=link_id: made)
            more = {**extras, **self.memory.extras_of(item.id)}
            assert self.real.link([item], cause, more) == [link_id]
        return ours

    def decide(self, link: StoredLink, choice: str) -> None:
        """Answer a question in both, as a screen does."""
        self.memory.decide(link, choice)
        Link.objects.filter(id=link.id).update(decided=choice, touched=F("touched") + 1)

    def compare(self) -> None:
        """Make sure that both hold the same links and open writes."""
        assert {link.id: _link_in_database(link) for link in Link.objects.all()} == {
            link.id: _link_in_memory(link) for link in self.rows.links.values()
        }
        opened = Intent.objects.filter(status="open").values_list("link_id", "op", "payload")
        assert sorted(opened) == sorted(
            (link_id, intent.new.op, dict(intent.new.payload))
            for link_id, intent in self.rows.open.items()
        )


class TwinOrganizationStore(MemoryOrganizationStore):
    """The same for the shared reading."""

    real: PostgresOrganizationStore

    def cursor(self) -> datetime | None:
        """Return the cursor of both."""
        assert self.real.cursor() == super().cursor()
        return super().cursor()

    def begin(self, at: datetime) -> None:
        """Begin in both."""
        super().begin(at)
        self.real.begin(at)

    def save_rows(self, rows: Sequence[SalesforceItem], cursor: datetime) -> None:
        """Store in both."""
        super().save_rows(rows, cursor)
        self.real.save_rows(rows, cursor)


def comparable(answer: Any) -> Any:
    """Return an answer without what may differ: the order of suspects, and the clock of the database."""
    if isinstance(answer, Mapping):
        return {name: comparable(value) for name, value in answer.items()}
    if isinstance(answer, list):
        each = [comparable(entry) for entry in answer]
        return sorted(each) if all(isinstance(entry, str) for entry in each) else each
    if isinstance(answer, OutlookItem):
        return _item(answer)
    if isinstance(answer, Case):
        intent = answer.intent and replace(answer.intent, created_at=_SAME_TIME)
        return replace(answer, intent=intent, outlook=answer.outlook and _item(answer.outlook))
    return answer


def _item(item: OutlookItem) -> OutlookItem:
    return replace(item, fields=dict(item.fields))


def _link_in_database(link: Link) -> tuple[Any, ...]:
    return (
        link.outlook_id, link.salesforce_id, link.generation, link.state, link.touched, link.planned,
        link.base_outlook, link.base_salesforce, link.problem, link.decided, link.extras,
    )  # fmt: skip


def _link_in_memory(link: StoredLink) -> tuple[Any, ...]:
    return (
        link.outlook_id, link.salesforce_id, link.generation, link.state, link.touched, link.planned,
        dict(link.base_outlook), dict(link.base_salesforce), link.problem, link.decided, dict(link.extras),
    )  # fmt: skip
