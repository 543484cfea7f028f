"""The state of many mailboxes in few queries, and dropping of old history."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linkpoint.accounts.models import Mailbox
from sync.models import Inbox, Intent, Link, MailboxState, OutlookSeen, Run
from sync.wiring.cleaning import clean_up, try_refused_again
from sync.wiring.policies import Level, set_values
from sync.wiring.statuses import mailbox_statuses
from tests.people import Person, make_organization, make_person


@pytest.fixture
def person(db: None) -> Person:
    """Return a person with a mailbox."""
    return make_person(None, make_organization())


def test_number_of_queries_does_not_grow_with_the_mailboxes(person: Person) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            mailbox_statuses(Mailbox.objects.all(), timezone.now())
        return len(captured)

    alone = queries()
    for number in range(5):
        make_person(None, person.user.organization, name=f"Person {number}")

    assert queries() == alone <= 4


def test_state_and_mode_are_those_in_force(person: Person) -> None:
    organization = person.user.organization
    set_values(Level(organization), {"mode": "off"})
    organization.pause()
    organization.save()

    ((told,), _) = mailbox_statuses(Mailbox.objects.all(), timezone.now())

    assert (told["mode"], told["state"], told["last_run"], told["lag_seconds"]) == (
        "off", "paused", None, None,
    )  # fmt: skip


def test_problem_is_told(person: Person) -> None:
    MailboxState.objects.create(mailbox=person.mailbox, problem="Microsoft 365 is busy.")

    ((told,), _) = mailbox_statuses(Mailbox.objects.all(), timezone.now())

    assert told["problem"] == "Microsoft 365 is busy."


def test_old_history_is_dropped_by_the_settings(person: Person) -> None:
    now = timezone.now()
    set_values(Level(person.user.organization), {"history_days": 30})
    ages = {"kept": 29, "old": 31}
    for days in ages.values():
        run = Run.objects.create(
            mailbox=person.mailbox, kind="sync", mode="snaprecord", state="done", created=1
        )
        Run.objects.filter(pk=run.pk).update(started_at=now - timedelta(days=days))

    clean_up(now)

    assert [(now - run.started_at).days for run in Run.objects.all()] == [ages["kept"]]


def test_runs_without_result_answered_notes_and_gone_events_are_dropped(person: Person) -> None:
    now = timezone.now()
    quiet = Run.objects.create(mailbox=person.mailbox, kind="sync", mode="snaprecord", state="done")
    Run.objects.filter(pk=quiet.pk).update(started_at=now - timedelta(days=3))
    Inbox.objects.create(mailbox=person.mailbox, kind="change")
    Inbox.objects.update(received_at=now - timedelta(days=8))
    for name, days in (("recent", 80), ("long ago", 100)):
        OutlookSeen.objects.create(
            mailbox=person.mailbox, outlook_id=name, kind="singleInstance", state="gone",
            seen_at=now - timedelta(days=days),
        )  # fmt: skip

    clean_up(now)

    assert (Run.objects.count(), Inbox.objects.count()) == (0, 0)
    assert [row.outlook_id for row in OutlookSeen.objects.all()] == ["recent"]


@pytest.mark.parametrize(("hours", "tried"), [(25, 1), (23, 0)])
def test_refused_write_is_planned_again_after_a_day(person: Person, hours: int, tried: int) -> None:
    now = timezone.now()
    link = Link.objects.create(
        organization=person.user.organization, mailbox=person.mailbox, outlook_id="a",
        touched=1, planned=1, problem="A rule of the organization stands against it.",
    )  # fmt: skip
    Intent.objects.create(link=link, epoch=1, op="create", status="refused")
    Intent.objects.update(created_at=now - timedelta(hours=hours))

    assert (try_refused_again(now), try_refused_again(now)) == (tried, 0)
