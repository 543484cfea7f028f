"""Reading both services: pages of the delta feed, hydration of skeletons, and proof for whatever disappeared.

Promise: after a crash anywhere the next cycle goes on from the last stored page; nothing that was seen is forgotten,
and nothing is taken for deleted that a fresh read did not find gone (R1, R2, R12).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from linkpoint.errors import Gone, NeedsPerson, ServiceError, StartOver, TryLater
from sync.core.item import Kind, OutlookId, OutlookItem, as_day, end_of, start_of
from sync.core.scope import window
from sync.core.settings import Policy
from sync.engine.ports import (
    Context,
    OrganizationStore,
    OutlookPage,
    ReadClock,
    Reading,
    ReadOutlook,
    ReadOutlookPage,
    ReadSalesforceChanges,
    ReadSalesforceClock,
    Store,
)
from sync.engine.steps import Steps, api, db, org

MAX_PAGES_PER_ROUND = 400
MAX_PAGES_WITHOUT_NEWS = 20
"""A job may be over before a round that does not end has so many pages; this many without an id are enough to tell."""

READ_SIZE = 100
OVERLAP = timedelta(minutes=5)
_HALO = timedelta(days=1)


class EndlessPaging(ServiceError):
    """The feed goes round in circles; the round is dropped and begun again later (case B13)."""


def observe_outlook(context: Context, *, full: bool = False) -> Steps[int]:
    """Store what Outlook holds; return how many items were seen."""
    reading = yield from db(Store.reading)
    if reading.window is not None and not full:
        seen = yield from _read_round(context, reading)
        wanted = _window(context.policy, (yield from api(ReadClock())))
        if not _rolled(reading.window, wanted):
            return seen
    return (yield from _start_over(context))


def _start_over(context: Context) -> Steps[int]:
    """Read everything in the window as of now; every row is kept (R12)."""
    wanted = _window(context.policy, (yield from api(ReadClock())))
    reading = yield from db(Store.start_round, wanted)
    return (yield from _read_pages(reading))


def _window(policy: Policy, now: datetime) -> tuple[datetime, datetime]:
    first, last = window(policy, now)
    day = timedelta(days=1)
    start = (first - _HALO).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, (last + _HALO + day).replace(hour=0, minute=0, second=0, microsecond=0)


def _rolled(have: tuple[datetime, datetime], wanted: tuple[datetime, datetime]) -> bool:
    """Tell whether the stored window is a day or more away from the wanted one (sync.md 15)."""
    return any(abs(old - new) >= timedelta(days=1) for old, new in zip(have, wanted, strict=True))


def _read_round(context: Context, reading: Reading) -> Steps[int]:
    """Go on from the stored cursor; without one that Outlook still knows, start over."""
    try:
        return (yield from _read_pages(reading))
    except StartOver:
        return (yield from _start_over(context))


def _read_pages(reading: Reading) -> Steps[int]:
    """Read page after page; close a full round by proving what it did not show."""
    if reading.window is None:
        raise StartOver("outlook", "No range of days was chosen yet.")
    link = reading.round_link if reading.in_round else reading.delta_link
    followed: set[str] = set()
    shown: set[OutlookId] = set()
    seen = idle = 0
    while True:
        page = yield from api(ReadOutlookPage(link, reading.window))
        items = yield from _hydrated(page)
        yield from _prove_page(page, items, reading.window)
        yield from db(Store.save_page, items, page.next_link, page.delta_link)
        seen += len(items)
        if page.delta_link:
            break
        link, idle = page.next_link, 0 if _shows_news(page, shown) else idle + 1
        if (
            link in followed
            or len(followed) >= MAX_PAGES_PER_ROUND
            or idle >= MAX_PAGES_WITHOUT_NEWS
        ):
            yield from db(Store.start_round, reading.window)
            raise EndlessPaging(
                "outlook", "Outlook's list of changes does not end. It is read again later."
            )
        followed.add(link)
    if reading.in_round:
        missed = yield from db(Store.missed_in_round)
        yield from prove(missed, reading.window)
        yield from db(Store.finish_round)
    return seen


def _shows_news(page: OutlookPage, shown: set[OutlookId]) -> bool:
    """Tell whether a page names an event that none before it did, and remember those it names."""
    before = len(shown)
    shown.update(page.removed, (item.id for item in page.items))
    return len(shown) > before


def _hydrated(page: OutlookPage) -> Steps[tuple[OutlookItem, ...]]:
    """Give skeleton occurrences the fields of their master; read by id where the master is unknown."""
    skeletons = [item for item in page.items if _is_skeleton(item)]
    if not skeletons:
        return page.items
    masters = {str(item.id): item for item in page.items if item.kind is Kind.MASTER}
    normal = [item for item in skeletons if item.kind is Kind.OCCURRENCE]
    unknown = sorted({item.series_master_id for item in normal} - set(masters))
    if unknown:
        stored = yield from db(Store.masters, unknown)
        masters.update(stored)
    whole = {
        item.id: _from_master(item, masters[item.series_master_id])
        for item in normal
        if item.series_master_id in masters
    }
    # An exception differs from its series: only a reading of its own tells how.
    read = yield from _read_all(tuple(item.id for item in skeletons if item.id not in whole))
    whole |= {item.id: item for item in read if isinstance(item, OutlookItem)}
    shown = (whole.get(item.id) if _is_skeleton(item) else item for item in page.items)
    return tuple(item for item in shown if item is not None)


def _is_skeleton(item: OutlookItem) -> bool:
    return "subject" not in item.fields


def _from_master(item: OutlookItem, master: OutlookItem) -> OutlookItem:
    """Return a whole occurrence; a skeleton's times are instants, also where its series lasts whole days."""
    when = {name: str(value) for name, value in item.fields.items()}
    if master.fields.get("all_day") is True:
        when = {name: as_day(value, master.zone) for name, value in when.items()}
    return replace(
        master,
        id=item.id,
        kind=item.kind,
        etag=item.etag or master.etag,
        fields={**master.fields, **when},
        series_master_id=item.series_master_id,
        original_start=item.original_start or when.get("start", ""),
        problem=item.problem,
        transaction_id="",
    )


def _prove_page(
    page: OutlookPage, items: tuple[OutlookItem, ...], span: tuple[datetime, datetime]
) -> Steps[None]:
    """Read again what the page says or implies to be gone, before the cursor moves past it.

    A deleted occurrence gives no sign of its own: its series is sent again without it (graph.md 6).  What is said to
    be removed may be a whole series, whose occurrences are not named.
    """
    series = sorted({*(str(i.id) for i in items if i.kind is Kind.MASTER), *map(str, page.removed)})
    if series:
        present = tuple(item.id for item in items)
        suspects = yield from db(Store.suspects, page.removed, tuple(series), present)
        yield from prove(suspects, span)


def prove(ids: list[OutlookId], span: tuple[datetime, datetime]) -> Steps[None]:
    """Read each id fresh and store the answer: gone, outside the window, or alive (R2)."""
    for start in range(0, len(ids), READ_SIZE):
        chunk = tuple(ids[start : start + READ_SIZE])
        answers = yield from _read_all(chunk)
        gone = [i for i, answer in zip(chunk, answers, strict=True) if isinstance(answer, Gone)]
        alive = [answer for answer in answers if isinstance(answer, OutlookItem)]
        outside = [item.id for item in alive if not _inside(item, span)]
        yield from db(Store.save_outlook, alive, gone, outside)


def _read_all(ids: tuple[OutlookId, ...]) -> Steps[tuple[OutlookItem | ServiceError, ...]]:
    if not ids:
        return ()
    answers = yield from api(ReadOutlook(ids))
    for answer in answers:
        if isinstance(answer, (TryLater, NeedsPerson)):
            raise answer  # neither proof nor refutation: the cycle ends, the cursor stays
    return answers


def _inside(item: OutlookItem, span: tuple[datetime, datetime]) -> bool:
    if item.problem:
        return True
    return start_of(item.fields) < span[1] and end_of(item.fields) >= span[0]


def observe_salesforce() -> Steps[int]:
    """Store what changed in Salesforce in rows that belong to links, for a whole organization; return how many came.

    One query serves all users, deleted rows included; the overlap catches transactions that commit late (R11).
    """
    cursor = yield from org(OrganizationStore.cursor)
    if cursor is None:
        yield from org(OrganizationStore.begin, (yield from api(ReadSalesforceClock())))
        return 0
    since, after, seen = cursor - OVERLAP, None, 0
    while True:
        page = yield from api(ReadSalesforceChanges(since, after))
        if page.rows:
            last = page.rows[-1]
            since, after, cursor = last.modstamp, last.id, max(cursor, last.modstamp)
            yield from org(OrganizationStore.save_rows, page.rows, cursor)
            seen += len(page.rows)
        if not page.more:
            return seen
