"""A cycle of one mailbox, the shared reading of one organization, and everything that is due."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from linkpoint.accounts.models import Organization
from linkpoint.errors import ServiceError
from sync.engine.cycle import cycle, tally
from sync.engine.observe import observe_salesforce
from sync.engine.ports import Context, Report
from sync.engine.reconcile import reconcile
from sync.engine.steps import Steps
from sync.models import Link, MailboxState, OrganizationState
from sync.store import LostLease, PostgresOrganizationStore, take_organization
from sync.wiring.afterwards import finish, wait_after
from sync.wiring.drive import Driver
from sync.wiring.due import due_mailboxes, due_organizations, introduce
from sync.wiring.sides import OrganizationSides
from sync.wiring.turns import Busy, carry_out, work_on
from sync.wiring.work import Work

log = structlog.get_logger(__name__)

ORGANIZATION_POLL = timedelta(minutes=5)
"""How often the Events of an organization are read; one query serves all its users."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of cycle is wanted.

    Attributes:
        full: Read everything in the window again.
        plan_only: Write nothing to Salesforce.
        count: Also say what the rules make of every event.
        unasked: Nobody waits for it: the organization's reserve of Salesforce calls is left alone.
    """

    full: bool = False
    plan_only: bool = False
    count: bool = False
    unasked: bool = False


def run_cycle(
    mailbox_id: int,
    wish: Wish = Wish(),
    *,
    seconds: float | None = None,
    patience_s: float = 0.0,
) -> Work:
    """Read Outlook and let recorded events follow.

    Args:
        mailbox_id: Our key.
        wish: What kind of cycle.
        seconds: Stop between two steps after this time (``unfinished``).
        patience_s: How long to wait for another worker.

    Raises:
        Busy: Another worker has the mailbox.
        LostLease: Another worker took over.
        NeedsPerson: The organization or the mailbox is suspended.
    """
    with work_on(mailbox_id, "sync", patience_s=patience_s, unasked=wish.unasked) as work:
        shared = bool(work.mailbox.organization.integration_username)
        carry_out(
            work, lambda context, report: _steps(context, report, wish, shared), seconds=seconds
        )
        finish(work, complete=work.error is None and not work.unfinished)
        return work


def _steps(context: Context, report: Report, wish: Wish, shared: bool) -> Steps[None]:  # noqa: FBT001 -- whether others read for us
    yield from cycle(context, report, full=wish.full, plan_only=wish.plan_only)
    if not shared and not wish.plan_only:
        seen = yield from observe_salesforce()
        if seen and context.policy.text("mode") == "snaprecord":
            yield from reconcile(context, report)
    if wish.count:
        yield from tally(context, report)


def read_organization(organization: Organization) -> dict[str, int]:
    """Read what changed in Salesforce for all users of an organization; return the calls made.

    Without an integration user nobody sees the Events of all: each cycle reads those of its own user.
    """
    if not organization.integration_username or organization.state != Organization.State.ACTIVE:
        return {}
    lease = take_organization(organization.pk)
    if lease is None:
        return {}
    sides = OrganizationSides(organization)
    store = PostgresOrganizationStore(lease, organization.salesforce_id)
    state = OrganizationState.objects.get_or_create(organization=organization)[0]
    try:
        Driver(sides, [store]).run(observe_salesforce())
        failures, problem, wait = 0, "", ORGANIZATION_POLL
    except LostLease:
        return {}  # another worker reads it
    except ServiceError as error:
        log.info("organization_not_read", organization=organization.pk, error=type(error).__name__)
        failures, problem = state.failures + 1, error.why[:300]
        wait = wait_after(failures, getattr(error, "wait", None))
    finally:
        lease.release()
    now = timezone.now()
    OrganizationState.objects.filter(pk=state.pk).update(
        failures=failures, problem=problem, next_poll_at=now + wait
    )
    _wake(organization, now)
    return {"salesforce": sides.client.calls.http}


def _wake(organization: Organization, now: datetime) -> None:
    """Make mailboxes due whose links have news from Salesforce."""
    news = Link.objects.filter(mailbox=OuterRef("pk"), touched__gt=F("planned"))
    news = news.exclude(state__in=(Link.State.DEAD, Link.State.EXCLUDED))
    MailboxState.objects.filter(
        Exists(news), mailbox__organization=organization, retry_at__lte=now, next_poll_at__gt=now
    ).update(next_poll_at=now)


@dataclass(slots=True)
class DueReport:
    """What was due and how it went."""

    works: list[Work] = field(default_factory=list)
    calls: dict[str, int] = field(
        default_factory=lambda: {"graph_http": 0, "graph_items": 0, "salesforce": 0}
    )

    def count(self, calls: dict[str, int]) -> None:
        """Add calls."""
        for name, number in calls.items():
            self.calls[name] += number


def run_due(organization: Organization | None = None) -> DueReport:
    """Do in the foreground what the clock would start now."""
    now = timezone.now()
    introduce(now)
    report = DueReport()
    for one in due_organizations(now, organization):
        report.count(read_organization(one))
    for mailbox_id in due_mailboxes(now, organization):
        try:
            work = run_cycle(mailbox_id, Wish(count=True, unasked=True))
        except (Busy, LostLease):
            continue  # another worker is doing it right now
        report.works.append(work)
        report.count(work.sides.counts())
    return report
