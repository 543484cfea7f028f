"""From a meeting in Outlook to an Event in Salesforce and back to rest, over real HTTP and a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from sandbox.faults import Fault
from sync.models import Conflict, Intent, Link, OutlookSeen, Run
from sync.wiring.policies import Level, set_values
from sync.wiring.recording import ask_to_record
from tests import planted
from tests.e2e.conftest import Desk, event
from tests.people import ORGANIZATION_ID, make_organization, make_person, org_of

WRITES = r"/composite|/sobjects/Event"
SECRET = planted.private_text("oncologist")


def _allow_deleting(desk: Desk) -> None:
    user = desk.person.user
    level = Level(user.organization, user=user)
    set_values(level, {"outlook_deleted": "delete", "prevent": (), "max_deletes_per_run": 10})


def test_recorded_meeting_is_an_event_of_the_user_with_our_key(desk: Desk) -> None:
    outlook_id = desk.meeting("Kick-off", location={"displayName": "Room 4"}, showAs="oof")

    result = desk.record(outlook_id)

    row, link = desk.row(), Link.objects.get()
    assert (result.action, result.state, result.salesforce_id) == ("create", "done", row["Id"])
    assert (row["Subject"], row["Location"], row["ShowAs"]) == ("Kick-off", "Room 4", "OutOfOffice")
    assert row["OwnerId"] == desk.person.user.salesforce_user_id
    assert row["LinkPoint_Key__c"] == f"{ORGANIZATION_ID}:{link.id.hex}:0"
    assert (link.state, link.salesforce_id) == ("active", row["Id"])


def test_meeting_that_is_recorded_twice_is_one_event(desk: Desk) -> None:
    outlook_id = desk.meeting()
    first = desk.record(outlook_id)

    second = desk.record(outlook_id)

    assert (second.action, second.state, second.salesforce_id) == (
        "none",
        "done",
        first.salesforce_id,
    )
    assert len(desk.rows()) == 1


def test_two_tabs_at_once_make_one_event(desk: Desk) -> None:
    outlook_id = desk.meeting()

    def click(_: int) -> str:
        try:
            return desk.record(outlook_id).state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        states = list(pool.map(click, range(2)))

    assert states == ["done", "done"]
    assert len(desk.rows()) == 1


def test_edit_in_outlook_follows_with_the_changed_fields_only(desk: Desk) -> None:
    outlook_id = desk.meeting("Before", location={"displayName": "Room 4"})
    desk.record(outlook_id)
    desk.org.update("Event", desk.row()["Id"], {"Location": "Lobby"}, as_user=desk.person.address)
    desk.sync()

    desk.edit(outlook_id, subject="After")
    work = desk.sync()

    assert [(a.op, a.state, a.fields) for a in work.report.actions] == [
        ("update", "done", ("subject",))
    ]
    assert (desk.row()["Subject"], desk.row()["Location"]) == ("After", "Lobby")


def test_second_cycle_writes_nothing_and_asks_once(desk: Desk) -> None:
    desk.record(desk.meeting())
    desk.sync()
    writes = desk.org.writes

    work = desk.sync()

    assert (work.report.actions, desk.org.writes) == ([], writes)
    assert work.sides.counts() == {"graph_http": 1, "graph_items": 1, "salesforce": 0}


def test_edit_in_salesforce_never_reaches_outlook(desk: Desk) -> None:
    outlook_id = desk.meeting("Ours", attendees=[_attendee("jo@customer.example")])
    desk.record(outlook_id)
    mails = len(desk.outlook.mails)
    desk.org.update("Event", desk.row()["Id"], {"Subject": "Theirs"}, as_user=desk.person.address)

    desk.sync()
    desk.sync(full=True)

    assert desk.row()["Subject"] == "Theirs"
    assert desk.outlook.event(desk.person.address, outlook_id)["subject"] == "Ours"
    assert (desk.outlook.writes, len(desk.outlook.mails)) == (0, mails)


def test_field_edited_on_both_sides_takes_outlooks_value_and_keeps_the_other(desk: Desk) -> None:
    outlook_id = desk.meeting("Agreed")
    desk.record(outlook_id)
    desk.org.update("Event", desk.row()["Id"], {"Subject": "Theirs"}, as_user=desk.person.address)
    desk.edit(outlook_id, subject="Ours")

    desk.sync()

    assert desk.row()["Subject"] == "Ours"
    assert Conflict.objects.get().losing_value == {"subject": "Theirs"}


def test_deletion_in_outlook_asks_under_the_shipped_rules(desk: Desk) -> None:
    outlook_id = desk.meeting()
    desk.record(outlook_id)
    desk.sync()
    desk.delete(outlook_id)

    desk.sync()

    assert len(desk.rows()) == 1
    assert Link.objects.get().state in ("active", "conflict")


def test_deletion_in_outlook_follows_where_the_rules_say_so(desk: Desk) -> None:
    _allow_deleting(desk)
    outlook_id = desk.meeting()
    desk.record(outlook_id)
    desk.sync()
    desk.delete(outlook_id)

    work = desk.sync()

    assert [(a.op, a.state) for a in work.report.actions] == [("delete", "done")]
    assert (desk.rows(), Link.objects.get().state) == ([], "dead")


def test_category_in_outlook_records_as_well(desk: Desk) -> None:
    desk.meeting("Chosen", categories=["Record in Salesforce"])
    desk.meeting("Not chosen")

    desk.sync()

    assert desk.row()["Subject"] == "Chosen"
    assert Link.objects.get().recorded_by == "category"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 503}], ids=["dropped", "503"])
def test_lost_answer_makes_no_second_event(desk: Desk, when: str, fault: dict[str, Any]) -> None:
    outlook_id = desk.meeting()
    desk.sandbox.world.faults.add(Fault(path=WRITES, when=when, **fault))

    first = desk.record(outlook_id)
    second = desk.record(outlook_id)

    assert (first.state, second.state) == ("retry", "done")
    assert (len(desk.rows()), Link.objects.get().state) == (1, "active")


def test_lost_answer_of_an_edit_is_settled_by_the_next_cycle(desk: Desk) -> None:
    outlook_id = desk.meeting("Before")
    desk.record(outlook_id)
    desk.sync()
    desk.edit(outlook_id, subject="After")
    desk.sandbox.world.faults.add(Fault(path=WRITES, when="after", drop=True))
    assert desk.sync().error is not None

    desk.sync()

    link = Link.objects.get()
    assert (desk.row()["Subject"], link.touched, Run.objects.filter(state="failed").count()) == (
        "After", link.planned, 1,
    )  # fmt: skip


def test_private_meeting_is_refused_and_leaves_no_text(desk: Desk) -> None:
    outlook_id = desk.meeting(
        SECRET, sensitivity="private", body={"contentType": "text", "content": SECRET}
    )

    result = desk.record(outlook_id)

    assert (result.state, result.action, desk.rows()) == ("refused", "none", [])
    assert "private" in result.reason.casefold()
    assert SECRET not in str(OutlookSeen.objects.values_list()[0])


def test_recorded_meeting_that_becomes_private_is_redacted_in_one_cycle(desk: Desk) -> None:
    outlook_id = desk.meeting(SECRET, location={"displayName": SECRET})
    desk.record(outlook_id)
    desk.sync()

    desk.edit(outlook_id, sensitivity="private")
    desk.sync()

    row = desk.row()
    assert (row["Subject"], row["Location"], row["IsPrivate"]) == ("Busy", None, True)
    tables = (Link, OutlookSeen, Intent, Conflict)
    kept = [str(table.objects.values_list()) for table in tables]
    assert SECRET not in "".join(kept)


@pytest.mark.parametrize("mode", ["manual", "auto", "off"])
def test_recording_is_refused_in_another_mode_with_a_way_out(desk: Desk, mode: str) -> None:
    outlook_id = desk.meeting()
    desk.sync()
    user = desk.person.user
    set_values(Level(user.organization, user=user), {"mode": mode})

    result = desk.record(outlook_id)
    asked = ask_to_record(user, [outlook_id])[outlook_id]

    assert (result.state, desk.rows(), Link.objects.count()) == ("refused", [], 0)
    assert asked is not None
    assert result.next == asked.would_change != ""


def test_meeting_that_is_gone_is_refused(desk: Desk) -> None:
    outlook_id = desk.meeting()
    desk.delete(outlook_id)

    assert desk.record(outlook_id).state == "refused"


def test_click_whose_job_was_lost_is_found_by_the_next_cycle(desk: Desk) -> None:
    outlook_id = desk.meeting()
    desk.sync()

    assert ask_to_record(desk.person.user, [outlook_id]) == {outlook_id: None}
    assert Link.objects.get().state == "pending_salesforce"
    desk.sync()

    assert desk.row()["Subject"] == "Kick-off"


def test_one_occurrence_of_a_series_is_recorded_as_one_event(desk: Desk) -> None:
    master = desk.meeting("Weekly", recurrence=_daily(5, datetime.now(UTC) + timedelta(days=1)))
    desk.sync()
    occurrence = OutlookSeen.objects.filter(series_master_id=master).order_by("starts_at")[1]

    result = desk.record(occurrence.outlook_id)

    assert result.action == "create"
    assert str(desk.row()["StartDateTime"])[:16] == f"{occurrence.starts_at:%Y-%m-%dT%H:%M}"


def test_meeting_that_moves_out_of_the_window_is_moved_not_deleted(desk: Desk) -> None:
    _allow_deleting(desk)
    outlook_id = desk.meeting()
    desk.record(outlook_id)
    desk.sync()
    far = {"dateTime": "2030-05-06T10:00:00", "timeZone": "UTC"}

    desk.edit(outlook_id, start=far, end={**far, "dateTime": "2030-05-06T11:00:00"})
    desk.sync()

    assert str(desk.row()["StartDateTime"])[:10] == "2030-05-06"


def test_restarted_reading_after_a_lost_cursor_writes_nothing(desk: Desk) -> None:
    desk.record(desk.meeting())
    desk.sync()
    desk.outlook.expire_delta(desk.person.address)
    writes = desk.org.writes

    work = desk.sync()

    assert (work.error, work.report.actions, desk.org.writes) == (None, [], writes)


def test_withdrawn_consent_stops_and_catches_up_after_it_is_given_again(desk: Desk) -> None:
    outlook_id = desk.meeting("Before")
    desk.record(outlook_id)
    desk.sync()
    mailbox = desk.person.mailbox
    tenant = mailbox.tenant
    desk.outlook.set_consent(tenant.tenant_id, granted=False)
    desk.outlook.expire_tokens()
    tenant.refresh_from_db()
    desk.edit(outlook_id, subject="After")
    desk.sync()
    mailbox.refresh_from_db()
    assert mailbox.state == "needs_reauth"

    desk.outlook.set_consent(tenant.tenant_id, granted=True)
    desk.sync()

    assert desk.row()["Subject"] == "After"


def test_org_without_the_key_field_gets_one_event_too(sandbox: Any, transactional_db: None) -> None:
    organization = make_organization(sandbox, with_key_field=False)
    desk = Desk(sandbox, make_person(sandbox, organization), org_of(sandbox, organization))
    outlook_id = desk.meeting()
    desk.sandbox.world.faults.add(Fault(path=WRITES, when="after", drop=True))

    first, second = desk.record(outlook_id), desk.record(outlook_id)

    assert (first.state, second.state, len(desk.rows())) == ("retry", "done", 1)


def test_another_calendar_is_a_new_beginning_that_deletes_nothing(desk: Desk) -> None:
    _allow_deleting(desk)
    desk.record(desk.meeting("Old calendar"))
    desk.sync()
    mailbox = desk.person.mailbox
    mailbox.calendar_id = desk.outlook.add_calendar(desk.person.address, "Projects")
    mailbox.save()
    start = datetime.now(UTC) + timedelta(days=1)
    fresh = event("New calendar", start, categories=["Record in Salesforce"])
    desk.outlook.create_event(desk.person.address, fresh, calendar_id=mailbox.calendar_id)

    desk.sync()
    desk.sync()

    assert sorted(row["Subject"] for row in desk.rows()) == ["New calendar", "Old calendar"]
    assert [row.fields["subject"] for row in OutlookSeen.objects.all()] == ["New calendar"]
    assert sorted(Link.objects.values_list("state", flat=True)) == ["active", "dead"]


def _attendee(address: str) -> dict[str, Any]:
    return {"emailAddress": {"address": address, "name": address}, "type": "required"}


def _daily(times: int, first: datetime) -> dict[str, Any]:
    return {
        "pattern": {"type": "daily", "interval": 1},
        "range": {
            "type": "numbered",
            "numberOfOccurrences": times,
            "startDate": f"{first:%Y-%m-%d}",
        },
    }


@pytest.mark.parametrize(
    ("all_day", "later"),
    [(False, timedelta(days=14, hours=-1)), (True, timedelta(days=14))],
    ids=["timed", "all day"],
)
def test_reminder_moves_with_its_event_and_keeps_its_lead(
    desk: Desk, all_day: bool, later: timedelta
) -> None:
    first = datetime(2030, 3, 29) if all_day else datetime(2030, 3, 29, 9, 30)  # noqa: DTZ001 -- wall clock in Berlin
    _set_range(desk, first)
    outlook_id = str(
        desk.outlook.create_event(
            desk.person.address,
            {
                "subject": "Fair",
                **_berlin(first, all_day),
                "isAllDay": all_day,
                "isReminderOn": True,
                "reminderMinutesBeforeStart": 90,
            },
        )["id"]
    )
    desk.record(outlook_id)
    before = desk.row()

    desk.edit(
        outlook_id, **_berlin(first + timedelta(days=14), all_day)
    )  # over the start of summer time
    desk.sync()

    after = desk.row()
    moved_by = _moment(after["ReminderDateTime"]) - _moment(before["ReminderDateTime"])
    assert after["IsReminderSet"] is True
    assert moved_by == later


def test_click_on_an_event_deleted_in_salesforce_records_it_anew(desk: Desk) -> None:
    outlook_id = desk.meeting()
    first = desk.record(outlook_id)
    desk.org.delete("Event", first.salesforce_id, as_user=desk.person.address)

    second = desk.record(outlook_id)

    assert (second.action, second.state) == ("create", "done")
    assert desk.row()["Id"] == second.salesforce_id != first.salesforce_id


def _set_range(desk: Desk, moment: datetime) -> None:
    """Let Outlook's clock stand shortly before the event, so that it is in range."""
    desk.sandbox.world.clock.move_to(moment.replace(tzinfo=UTC) - timedelta(days=5))


def _berlin(start: datetime, all_day: bool) -> dict[str, Any]:
    end = start + (timedelta(days=1) if all_day else timedelta(hours=1))
    return {
        "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": f"{end:%Y-%m-%dT%H:%M:%S}", "timeZone": "Europe/Berlin"},
    }


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
