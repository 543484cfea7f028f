"""Recording one event: asked for in a request, done by a job or a command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import DateTimeField, Value
from django.db.models.functions import Least
from django.utils import timezone

from linkpoint.accounts.models import User
from linkpoint.errors import ServiceError
from sync.core.item import Fields, OutlookId
from sync.core.scope import Considered, Verdict, explain, mode_verdict, stopped
from sync.engine.cycle import record
from sync.models import Link, MailboxState, OutlookSeen
from sync.store.linking import ensure_links
from sync.store.rows import outlook_item
from sync.wiring.afterwards import finish
from sync.wiring.turns import carry_out, work_on
from sync.wiring.work import policy_of

LOST_AFTER = timedelta(seconds=30)
"""If the job of a click was lost, the clock finds the event this much later."""


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What became of one event.

    Attributes:
        action: ``create``, ``update`` or ``none`` (it was recorded already, or was refused).
        state: ``done``, ``refused``, ``retry``, ``conflict``, ...
        reason: Why, where it is not done.
        next: What a person can do about it; may be empty.
        error: The service's error that ended the attempt.
    """

    outlook_id: str
    action: str
    state: str
    salesforce_id: str | None
    verdicts: tuple[Verdict, ...]
    reason: str = ""
    next: str = ""
    error: ServiceError | None = None


def record_event(
    mailbox_id: int,
    outlook_id: str,
    cause: str,
    *,
    extras: Fields | None = None,
    seconds: float | None = None,
    patience_s: float = 20.0,
) -> RecordResult:
    """Record one event, once however often it is asked for.

    Args:
        mailbox_id: Our key.
        outlook_id: The immutable id of a single event or one occurrence.
        cause: ``click``, ``category`` or ``command``.
        extras: Salesforce's field names with values for the new Event.
        seconds: Stop between two steps after this time.
        patience_s: How long to wait for another worker.

    Raises:
        Busy: Another worker has the mailbox for longer than that.
        LostLease: Another worker took over.
    """
    wanted = [OutlookId(outlook_id)]
    with work_on(mailbox_id, "record", patience_s=patience_s) as work:
        verdicts = carry_out(
            work, lambda context, report: record(context, report, wanted, cause, extras or {}),
            seconds=seconds,
        )  # fmt: skip
        finish(work, complete=False)
    link = Link.objects.filter(mailbox_id=mailbox_id, outlook_id=outlook_id).first()
    line = next((a for a in reversed(work.report.actions) if a.outlook_id == outlook_id), None)
    rules = (verdicts or {}).get(wanted[0], ())
    stop = stopped(rules)
    if work.error is not None or work.unfinished:
        state, reason = "retry", work.error.why if work.error else ""
    elif line is not None:
        state, reason = line.state, line.reason
    else:
        state, reason = "done", link.problem if link else ""
    return RecordResult(
        outlook_id=outlook_id,
        action=line.op if line is not None and line.state == "done" else "none",
        state=state,
        salesforce_id=link.salesforce_id if link else None,
        verdicts=rules,
        reason=reason,
        next=stop.would_change if stop else "",
        error=work.error,
    )


def ask_to_record(user: User, outlook_ids: Sequence[str]) -> dict[str, Verdict | None]:
    """Remember that a person asked for these events, so that a lost job loses nothing; return what stops each.

    None: it waits to be recorded (or is recorded already).  An event we have not seen is left to the job.
    """
    policy = policy_of(user)
    refusal = stopped([mode_verdict(policy)])
    if refusal is not None:
        return dict.fromkeys(outlook_ids, refusal)
    mailbox = user.mailbox
    rows = OutlookSeen.objects.filter(
        mailbox_id=mailbox.pk, outlook_id__in=outlook_ids, state=OutlookSeen.State.LIVE
    )
    items = {row.outlook_id: outlook_item(row) for row in rows}
    now = timezone.now()
    answers: dict[str, Verdict | None] = {
        outlook_id: stopped(explain(Considered(items[outlook_id], policy, now, requested=True)))
        if outlook_id in items
        else None
        for outlook_id in outlook_ids
    }
    allowed = [item for outlook_id, item in items.items() if answers[outlook_id] is None]
    ensure_links((mailbox.pk, user.organization_id), allowed, "click", {})
    MailboxState.objects.filter(mailbox=mailbox).update(
        next_poll_at=Least("next_poll_at", Value(now + LOST_AFTER, DateTimeField()))
    )
    return answers
