"""The two things the engine is asked for: one cycle of a mailbox, and recording events that a person chose."""

from collections.abc import Sequence

from linkpoint.errors import Gone, NeedsPerson, TryLater
from sync.core.item import Fields, OutlookId, OutlookItem
from sync.core.scope import (
    Considered,
    Verdict,
    explain,
    mode_verdict,
    stopped,
    wants_recording,
)
from sync.engine.observe import observe_outlook
from sync.engine.ports import (
    ActionResult,
    Context,
    ReadClock,
    ReadOutlook,
    Report,
    Store,
)
from sync.engine.reconcile import preview, reconcile
from sync.engine.steps import Steps, api, db

_LIVE_SIZE = 500
_GONE = "Outlook no longer has this event. Nothing was recorded."


def cycle(
    context: Context, report: Report, *, full: bool = False, plan_only: bool = False
) -> Steps[None]:
    """Read Outlook and let recorded events follow; record those that carry the category.

    Outside SnapRecord mode nothing is recorded and nothing is written: the links rest until their mode comes back.
    """
    yield from observe_outlook(context, full=full)
    if context.policy.text("mode") != "snaprecord":
        return
    if plan_only:
        yield from preview(context, report)
        return
    yield from _adopt_category(context)
    yield from reconcile(context, report)


def _adopt_category(context: Context) -> Steps[None]:
    """Link events that were given the record category in Outlook and may be recorded."""
    category = context.policy.text("record_category")
    if not category or stopped([mode_verdict(context.policy)]):
        return
    marked = yield from db(Store.carrying, category)
    if not marked:
        return
    now = yield from api(ReadClock())
    wanted = [
        item
        for item in marked
        if wants_recording(item, context.policy)
        and not stopped(explain(Considered(item, context.policy, now, requested=True)))
    ]
    if wanted:
        yield from db(Store.link, wanted, "category", {})


def tally(context: Context, report: Report) -> Steps[None]:
    """Count what the rules say about every event that is known."""
    now = yield from api(ReadClock())
    after: OutlookId | None = None
    while items := (yield from db(Store.live, _LIVE_SIZE, after)):
        after = items[-1].id
        for item in items:
            stop = stopped(explain(Considered(item, context.policy, now)))
            code = stop.code if stop else "in_scope"
            report.considered += 1
            report.verdicts[code] = report.verdicts.get(code, 0) + 1


def record(
    context: Context,
    report: Report,
    outlook_ids: Sequence[OutlookId],
    cause: str,
    extras: Fields,
) -> Steps[dict[OutlookId, tuple[Verdict, ...]]]:
    """Record these events, each once however often it is asked for; return the verdicts of each.

    Args:
        context: Whose mailbox, under which rules.
        report: Gets one line for each event.
        outlook_ids: Single events or single occurrences.
        cause: ``click``, ``category`` or ``command``.
        extras: Salesforce's own field names with values for the new Event (``WhatId``, ...).
    """
    answers = yield from api(ReadOutlook(tuple(outlook_ids)))
    now = yield from api(ReadClock())
    verdicts: dict[OutlookId, tuple[Verdict, ...]] = {}
    wanted: list[OutlookItem] = []
    gone: list[OutlookId] = []
    for outlook_id, answer in zip(outlook_ids, answers, strict=True):
        if isinstance(answer, (TryLater, NeedsPerson)):
            raise answer
        if isinstance(answer, OutlookItem):
            asked = Considered(answer, context.policy, now, requested=True)
            verdicts[outlook_id] = (mode_verdict(context.policy), *explain(asked))
            stop = stopped(verdicts[outlook_id])
            if stop is None:
                wanted.append(answer)
            else:
                report.actions.append(_line(outlook_id, "refused", stop.reason))
        else:
            if isinstance(answer, Gone):
                gone.append(outlook_id)
            report.actions.append(_line(outlook_id, "refused", _GONE))
    read = [answer for answer in answers if isinstance(answer, OutlookItem)]
    yield from db(Store.save_outlook, read, gone, ())
    if wanted:
        yield from _record_wanted(context, report, wanted, cause, extras)
    return verdicts


def _record_wanted(
    context: Context, report: Report, wanted: Sequence[OutlookItem], cause: str, extras: Fields
) -> Steps[None]:
    """Link and write; an event whose Event turns out to be deleted in Salesforce is wanted anew, by the same click."""
    links = yield from db(Store.link, wanted, cause, extras)
    yield from reconcile(context, report, links)
    standing = yield from db(Store.cases, links, len(links), None)
    left = {case.link_id for case in standing}
    ended = [item for item, link_id in zip(wanted, links, strict=True) if link_id not in left]
    if ended:
        again = yield from db(Store.link, ended, cause, extras)
        yield from reconcile(context, report, again)


def _line(outlook_id: OutlookId, state: str, reason: str) -> ActionResult:
    return ActionResult("none", state, outlook_id, None, reason=reason)
