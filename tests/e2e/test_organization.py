"""One query for all users of an organization: what was done in Salesforce is seen, and Outlook is left alone."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from linkpoint.errors import NeedsPerson
from sandbox.faults import Fault
from sync.models import Link, OrganizationState
from sync.wiring.cycles import read_organization
from sync.wiring.due import due_mailboxes
from tests.e2e.conftest import Desk
from tests.people import make_organization, make_person, org_of


def _read(desk: Desk) -> dict[str, int]:
    return read_organization(desk.person.user.organization)


def test_event_deleted_in_salesforce_ends_its_link_and_leaves_outlook(desk: Desk) -> None:
    outlook_id = desk.meeting()
    _read(desk)
    desk.record(outlook_id)
    desk.org.delete("Event", desk.row()["Id"], as_user=desk.person.address)

    _read(desk)
    desk.sync()

    assert Link.objects.get().state == "dead"
    assert desk.outlook.event(desk.person.address, outlook_id)["subject"] == "Kick-off"
    assert desk.outlook.writes == 0


def test_meeting_deleted_in_salesforce_can_be_recorded_again(desk: Desk) -> None:
    outlook_id = desk.meeting()
    _read(desk)
    first = desk.record(outlook_id)
    desk.org.delete("Event", desk.row()["Id"], as_user=desk.person.address)
    _read(desk)
    desk.sync()

    again = desk.record(outlook_id)

    assert (again.action, len(desk.rows())) == ("create", 1)
    assert again.salesforce_id != first.salesforce_id


def test_reading_without_changes_is_one_call_and_touches_nothing(desk: Desk) -> None:
    _read(desk)
    desk.record(desk.meeting())
    _read(desk)
    link = Link.objects.get()

    calls = _read(desk)

    assert calls["salesforce"] == 1
    assert Link.objects.get().touched == link.touched == link.planned


def test_service_that_is_away_is_asked_again_later(desk: Desk) -> None:
    _read(desk)
    desk.sandbox.world.faults.add(Fault(path="/query", status=503, times=-1))

    _read(desk)

    state = OrganizationState.objects.get()
    assert (state.failures, bool(state.problem)) == (1, True)


def test_reserve_of_calls_is_left_to_others_and_the_edit_follows_later(desk: Desk) -> None:
    outlook_id = desk.meeting("Before")
    desk.record(outlook_id)
    desk.edit(outlook_id, subject="After")
    OrganizationState.objects.update_or_create(
        organization=desk.person.user.organization,
        defaults={"api_used": 80, "api_allowed": 100, "api_seen_at": timezone.now()},
    )

    held = desk.sync(unasked=True)

    assert isinstance(held.error, NeedsPerson)
    assert (held.error.what, desk.row()["Subject"]) == ("api_limit", "Before")
    OrganizationState.objects.update(api_seen_at=timezone.now() - timedelta(hours=1))
    desk.sync(unasked=True)
    assert desk.row()["Subject"] == "After"


def test_person_who_clicks_may_use_the_reserve(desk: Desk) -> None:
    OrganizationState.objects.update_or_create(
        organization=desk.person.user.organization,
        defaults={"api_used": 99, "api_allowed": 100, "api_seen_at": timezone.now()},
    )

    assert desk.record(desk.meeting()).state == "done"


def test_without_integration_user_each_cycle_reads_the_own_events(
    sandbox: Any, transactional_db: None
) -> None:
    organization = make_organization(sandbox, integration=False)
    desk = Desk(sandbox, make_person(sandbox, organization), org_of(sandbox, organization))
    desk.sync()
    desk.record(desk.meeting())
    desk.sync()
    desk.org.delete("Event", desk.row()["Id"], as_user=desk.person.address)

    gone, quiet = desk.sync(), desk.sync()

    assert Link.objects.get().state == "dead"
    assert [action.op for action in gone.report.actions] == ["none"]
    assert quiet.sides.counts() == {"graph_http": 1, "graph_items": 1, "salesforce": 1}


def test_news_from_salesforce_make_the_mailbox_due(desk: Desk) -> None:
    _read(desk)
    desk.record(desk.meeting())
    desk.sync()
    desk.org.delete("Event", desk.row()["Id"], as_user=desk.person.address)
    assert due_mailboxes(timezone.now()) == []

    _read(desk)

    assert due_mailboxes(timezone.now()) == [desk.person.mailbox.pk]
