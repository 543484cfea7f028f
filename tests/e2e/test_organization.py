"""One query for all users of an organization: what was done in Salesforce is seen, and Outlook is left alone."""

from sandbox.faults import Fault
from sync.models import Link, OrganizationState
from sync.wiring.cycles import read_organization
from tests.e2e.conftest import Desk


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
