"""The Calendar screen as the page of a person asks for it."""

import re
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from linkpoint.accounts.models import Mailbox, User
from sync.core.item import OutlookId
from sync.models import Conflict, Intent, Link, MailboxState, OutlookSeen, PolicyValue, Run
from tests.people import Person, make_organization, make_person
from tests.web.makers import at, get, link, post, read_once, seen, text, today

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\" onmouseover='x'"


@pytest.fixture
def hanna() -> Person:
    person = make_person(None, make_organization())
    read_once(person.mailbox)
    return person


def _one(mailbox: Mailbox, hour: int = 10, **more: Any) -> OutlookSeen:
    return seen(mailbox, at(today(), hour), at(today(), hour + 1), **more)


def _card(page: str, row: OutlookSeen) -> str:
    found = re.search(rf'<li id="ev-{row.pk}-.*?</li>', page, re.DOTALL)
    assert found is not None, "the event is not on the page"
    return found[0]


def test_without_a_session_nothing_is_shown(client: Client) -> None:
    response = client.get("/app/calendar/")
    assert response.status_code == 401
    assert "session-expired" in response["HX-Trigger"]


def test_an_event_stands_with_its_state_and_record(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox)
    page = text(get(client, hanna.user, "/app/calendar/"))
    card = _card(page, row)
    assert "Brightwater: tender" in card
    assert "Not recorded" in card
    assert f"/app/calendar/events/{row.pk}/record/" in card
    assert "10:00" in card


def test_times_are_those_of_the_mailbox(client: Client, hanna: Person) -> None:
    Mailbox.objects.update(time_zone="Asia/Tokyo")
    row = _one(hanna.mailbox, hour=2)  # ten or nine o'clock in Tokyo, on the same day
    page = text(get(client, hanna.user, f"/app/calendar/?day={today()}"))
    local = row.starts_at
    assert local is not None
    assert f"{local.astimezone(at(today(), 2).tzinfo):%H:%M} Berlin" in _card(page, row)
    assert "Tokyo" in page


def test_the_week_of_a_day_is_shown(client: Client, hanna: Person) -> None:
    page = text(get(client, hanna.user, "/app/calendar/?day=2026-11-19"))
    assert "16 \N{EN DASH} 20 November 2026" in page
    assert "No meetings this week" in page


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31", "<b>"])
def test_a_day_that_is_none_is_refused_by_name(client: Client, hanna: Person, day: str) -> None:
    response = get(client, hanna.user, "/app/calendar/", data={"day": day})
    assert response.status_code == 400
    assert "day: give a day such as" in text(response)
    assert "<b>" not in text(response)


def test_an_empty_week_names_the_next_event(client: Client, hanna: Person) -> None:
    later = today() + timedelta(days=70)
    seen(hanna.mailbox, at(later, 10), at(later, 11))
    page = text(get(client, hanna.user, f"/app/calendar/?day={today() + timedelta(days=35)}"))
    assert "No meetings this week" in page
    assert f"?day={later}" in page


def test_hostile_text_is_text(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox, subject=HOSTILE, location=HOSTILE)
    page = text(get(client, hanna.user, "/app/calendar/"))
    panel = text(get(client, hanna.user, f"/app/calendar/events/{row.pk}/"))
    for shown in (page, panel):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;" in shown
        assert "\" onmouseover='x'" not in shown


def test_a_private_event_shows_its_time_alone(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox, subject="Therapy", location="Clinic", sensitivity="private")
    page = text(get(client, hanna.user, "/app/calendar/"))
    panel = text(get(client, hanna.user, f"/app/calendar/events/{row.pk}/"))
    card = _card(page, row)
    assert "is-private" in card
    assert "Private" in card
    assert "/record/" not in card
    for shown in (page, panel):
        assert "Therapy" not in shown
        assert "Clinic" not in shown
        assert "lena@" not in shown


def test_nobody_sees_events_of_another_organization(client: Client, hanna: Person) -> None:
    other = make_person(
        None, make_organization(organization_id="00D5g00000Other", my_domain="other")
    )
    read_once(other.mailbox)
    row = _one(other.mailbox, subject="Secret of the others")
    theirs = link(row)
    assert "Secret of the others" not in text(get(client, hanna.user, "/app/calendar/"))
    for address in (f"events/{row.pk}/", f"links/{theirs.pk}/"):
        shown = text(get(client, hanna.user, f"/app/calendar/{address}"))
        assert "Secret of the others" not in shown
        assert "Not there any more" in shown
    answer = post(client, hanna.user, f"/app/calendar/events/{row.pk}/record/")
    assert "Nothing was recorded" in text(answer)
    assert Link.objects.count() == 1


def test_nobody_sees_events_of_a_colleague(client: Client, hanna: Person) -> None:
    colleague = make_person(None, hanna.user.organization, name="Ruth Adeyemi")
    row = _one(colleague.mailbox, subject="Salary talk")
    assert "Salary talk" not in text(get(client, hanna.user, "/app/calendar/"))
    assert "Salary talk" not in text(get(client, hanna.user, f"/app/calendar/events/{row.pk}/"))


def test_record_links_the_event_at_once_and_lets_a_worker_write(
    client: Client,
    hanna: Person,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    row = _one(hanna.mailbox)
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(client, hanna.user, f"/app/calendar/events/{row.pk}/record/")
    card = _card(text(answer), row)
    assert "Waiting: being recorded" in card
    assert "hx-swap-oob" in card
    assert Link.objects.get().state == Link.State.PENDING_SALESFORCE
    assert len(django_rq.get_queue("interactive").job_ids) == 1


def test_ten_clicks_make_one_link_and_one_job(
    client: Client,
    hanna: Person,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    row = _one(hanna.mailbox)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(10):
            answer = post(client, hanna.user, f"/app/calendar/events/{row.pk}/record/")
            assert answer.status_code == 200
    assert Link.objects.count() == 1
    assert len(django_rq.get_queue("interactive").job_ids) == 1


def test_record_is_refused_in_place_when_the_mode_forbids_it(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox)
    PolicyValue.objects.create(
        organization=hanna.user.organization,
        level="user",
        user=hanna.user,
        name="mode",
        value="off",
    )
    answer = text(post(client, hanna.user, f"/app/calendar/events/{row.pk}/record/"))
    assert "Not recorded. Recording by click is for SnapRecord mode" in answer
    assert Link.objects.count() == 0
    assert not django_rq.get_queue("interactive").job_ids
    assert "/record/" not in text(get(client, hanna.user, "/app/calendar/"))


def test_a_private_event_is_refused_in_place(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox, sensitivity="private")
    answer = text(post(client, hanna.user, f"/app/calendar/events/{row.pk}/record/"))
    assert "Not recorded. Private in Outlook" in answer
    assert Link.objects.count() == 0


def test_record_wants_a_post(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox)
    assert get(client, hanna.user, f"/app/calendar/events/{row.pk}/record/").status_code == 405


def test_a_waiting_card_is_replaced_only_once_it_has_changed(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox)
    made = link(row, state=Link.State.PENDING_SALESFORCE, salesforce_id=None, planned=0)
    address = f"/app/calendar/events/{row.pk}/card/?was=waiting&day={today()}"
    assert get(client, hanna.user, address).status_code == 204
    made.state, made.salesforce_id, made.planned = Link.State.ACTIVE, "00U5g00000AAAAAAAA", 1
    made.save()
    assert "Recorded" in _card(text(get(client, hanna.user, address)), row)


def test_an_event_of_several_days_is_replaced_on_all_of_them(client: Client, hanna: Person) -> None:
    monday = today() - timedelta(days=today().weekday())
    row = seen(hanna.mailbox, monday, monday + timedelta(days=3))
    answer = text(post(client, hanna.user, f"/app/calendar/events/{row.pk}/record/?day={monday}"))
    assert len(re.findall(rf'<li id="ev-{row.pk}-\d+"', answer)) == 3


def test_changes_answers_nothing_until_something_changed(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox)
    page = text(get(client, hanna.user, "/app/calendar/"))
    found = re.search(r'hx-get="(/app/calendar/changes/[^"]+)"', page)
    assert found is not None
    address = found[1].replace("&amp;", "&")
    assert get(client, hanna.user, address).status_code == 204
    link(row)
    changed = text(get(client, hanna.user, address))
    assert 'id="calendar"' in changed
    assert 'id="bars"' not in changed
    Run.objects.create(
        mailbox=hanna.mailbox, kind="sync", mode="snaprecord", state="done", created=1
    )
    assert 'id="bars"' in text(get(client, hanna.user, address))


def test_only_the_week_is_sent_when_only_the_week_is_replaced(
    client: Client, hanna: Person
) -> None:
    page = text(get(client, hanna.user, "/app/calendar/", headers={"HX-Target": "calendar"}))
    assert 'id="week-h"' in page
    assert "lp-top" not in page


def test_without_a_mailbox_the_welcome_leads_to_the_connections(client: Client) -> None:
    user = make_person(None, make_organization()).user
    Mailbox.objects.all().delete()
    page = text(get(client, User.objects.get(pk=user.pk), "/app/calendar/"))
    assert "Welcome, Hanna Weiss" in page
    assert "Connect Outlook" in page
    assert 'hx-get="/connect/"' in page


def test_a_calendar_that_was_never_read_is_read_and_says_so(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person = make_person(None, make_organization())
    with django_capture_on_commit_callbacks(execute=True):
        page = text(get(client, person.user, "/app/calendar/"))
    assert "Reading your Outlook calendar for the first time" in page
    assert "load delay" in page
    with django_capture_on_commit_callbacks(execute=True):
        get(client, person.user, "/app/calendar/")
    assert len(django_rq.get_queue("interactive").job_ids) == 1


def test_a_calendar_that_could_not_be_read_is_not_shown_as_empty(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person = make_person(None, make_organization())
    MailboxState.objects.create(
        mailbox=person.mailbox, failures=2, problem="Microsoft asks us to slow down."
    )
    page = text(get(client, person.user, "/app/calendar/"))
    assert "could not be read yet" in page
    assert "Microsoft asks us to slow down." in page
    assert "No meetings" not in page
    with django_capture_on_commit_callbacks(execute=True):
        assert "read again now" in text(post(client, person.user, "/app/calendar/read/"))
    assert len(django_rq.get_queue("interactive").job_ids) == 1


def test_a_broken_connection_leaves_the_calendar_in_view(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox)
    Mailbox.objects.update(state=Mailbox.State.NEEDS_REAUTH, problem="Microsoft ended our sign-in.")
    page = text(get(client, hanna.user, "/app/calendar/"))
    assert "Outlook: needs you" in page
    assert "Microsoft ended our sign-in." in page
    assert _card(page, row)


def test_the_welcome_goes_away_for_good(client: Client, hanna: Person) -> None:
    assert "Got it" in text(get(client, hanna.user, "/app/calendar/"))
    post(client, hanna.user, "/app/welcomed/")
    assert "Got it" not in text(get(client, User.objects.get(), "/app/calendar/"))


def test_what_needs_a_person_is_named(client: Client, hanna: Person) -> None:
    refused = link(_one(hanna.mailbox, subject="Ferrovia demo"), problem="Next step is needed.")
    Intent.objects.create(link=refused, epoch=1, op="update", status=Intent.Status.REFUSED)
    gone = link(
        _one(hanna.mailbox, 14, subject="Deleted talk", state="gone"), state=Link.State.CONFLICT
    )
    Conflict.objects.create(
        link=gone, field="deleted", losing_side="", reason="It was deleted in Outlook."
    )
    page = text(get(client, hanna.user, "/app/calendar/"))
    assert "2 things need you" in page
    assert "Ferrovia demo: Next step is needed." in page
    assert "Deleted talk: It was deleted in Outlook." in page


def test_an_event_deleted_in_outlook_stays_on_screen_while_it_is_in_salesforce(
    client: Client, hanna: Person
) -> None:
    row = _one(hanna.mailbox, subject="Deleted talk")
    told = "It was deleted in Outlook. It stays in Salesforce."
    kept = link(row, problem=told)
    OutlookSeen.objects.update(state="gone")
    page = text(get(client, hanna.user, "/app/calendar/"))
    assert "Deleted: in Outlook; it is still in Salesforce" in page
    assert '-record"' not in page
    panel = text(get(client, hanna.user, f"/app/calendar/events/{row.pk}/"))
    assert told in panel
    assert "Open in Salesforce" in panel
    assert 'id="why"' not in panel
    kept.state = Link.State.DEAD
    kept.save()
    assert "Deleted talk" not in text(get(client, hanna.user, "/app/calendar/"))


def test_every_problem_can_be_reached_from_the_bars(client: Client, hanna: Person) -> None:
    for number in range(5):
        refused = link(
            _one(hanna.mailbox, hour=8 + number, subject=f"Talk {number}"), problem="No."
        )
        Intent.objects.create(link=refused, epoch=1, op="create", status=Intent.Status.REFUSED)
    page = text(get(client, hanna.user, "/app/calendar/"))
    assert "5 things need you" in page
    assert "and 2 more" in page
    assert page.count('id="need-') == 5


def test_the_strip_says_what_the_last_run_did(client: Client, hanna: Person) -> None:
    Run.objects.create(
        mailbox=hanna.mailbox, kind="sync", mode="snaprecord", state=Run.State.FAILED,
        finished_at=timezone.now(), error="Microsoft asks us to slow down.",
    )  # fmt: skip
    assert "Microsoft asks us to slow down." in text(get(client, hanna.user, "/app/calendar/"))


def test_the_strip_counts_the_recordings_of_the_day(client: Client, hanna: Person) -> None:
    now = timezone.now()
    done = {"mailbox": hanna.mailbox, "mode": "snaprecord", "state": Run.State.DONE}
    Run.objects.create(kind="record", created=1, finished_at=now, **done)
    Run.objects.create(kind="sync", updated=2, finished_at=now, **done)
    Run.objects.create(kind="sync", finished_at=now, **done)
    old = Run.objects.create(kind="record", created=7, finished_at=now, **done)
    Run.objects.filter(pk=old.pk).update(started_at=now - timedelta(days=2))
    page = text(get(client, hanna.user, "/app/calendar/"))
    assert "Today 1 created, 2 updated, 0 problems" in page


def test_without_outlook_no_next_run_is_promised(client: Client, hanna: Person) -> None:
    hanna.mailbox.state = Mailbox.State.SUSPENDED
    hanna.mailbox.save()
    page = text(get(client, hanna.user, "/app/calendar/"))
    assert "Waits for Outlook to be connected" in page
    assert "until Outlook is connected again" in page
    assert "On: you record" not in page


def test_a_pause_is_said(client: Client, hanna: Person) -> None:
    hanna.user.pause()
    hanna.user.save()
    page = text(get(client, hanna.user, "/app/calendar/"))
    assert "Paused" in page
    assert "Record still works" in page
    assert "until it is resumed" in page


def test_a_person_pauses_and_resumes(client: Client, hanna: Person) -> None:
    answer = text(post(client, hanna.user, "/app/pause/", do="pause"))
    assert "Resume" in answer
    assert User.objects.get().paused
    answer = text(post(client, User.objects.get(), "/app/pause/", do="resume"))
    assert "Pause</button>" in answer
    assert not User.objects.get().paused
    assert post(client, hanna.user, "/app/pause/", do="stop").status_code == 400


def test_the_pause_of_an_organization_cannot_be_ended_by_a_person(
    client: Client, hanna: Person
) -> None:
    hanna.user.organization.pause()
    hanna.user.organization.save()
    page = text(get(client, hanna.user, "/app/calendar/"))
    assert "Paused" in page
    assert 'id="pause"' not in page


def test_no_style_or_script_stands_in_the_page(client: Client, hanna: Person) -> None:
    row = _one(hanna.mailbox)
    for address in ("/app/calendar/", f"/app/calendar/events/{row.pk}/", "/app/assist/"):
        page = text(get(client, hanna.user, address))
        assert " style=" not in page
        assert "<script" not in page
        assert not re.search(r"\son\w+=", page)


def test_queries_do_not_grow_with_the_calendar(
    client: Client, hanna: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    _fill(hanna.mailbox, 5000)
    for address in ("/app/calendar/", f"/app/calendar/changes/?day={today()}"):
        with django_assert_max_num_queries(10):
            assert get(client, hanna.user, address).status_code == 200


def test_long_texts_are_not_read_for_a_week(client: Client, hanna: Person) -> None:
    _one(hanna.mailbox, description="x" * 30_000)
    with CaptureQueriesContext(connection) as queries:
        get(client, hanna.user, "/app/calendar/")
    (read,) = [q["sql"] for q in queries if 'FROM "sync_outlookseen"' in q["sql"]]
    assert '"sync_outlookseen"."fields",' not in read
    assert "- 'description'" in read


def _fill(mailbox: Mailbox, count: int) -> None:
    """Store events of half an hour, three on each day around today and the others around them."""
    row = _one(mailbox)
    rows = []
    for number in range(count):
        start = at(today(), 8) + timedelta(days=number // 14 - 170, minutes=30 * (number % 14))
        row.pk, row.outlook_id = None, OutlookId(f"full-{number}")
        row.starts_at, row.ends_at = start, start + timedelta(minutes=30)
        rows.append(OutlookSeen(**{f.attname: getattr(row, f.attname) for f in row._meta.fields}))
    OutlookSeen.objects.bulk_create(rows, batch_size=1000)
    Link.objects.bulk_create(
        [
            Link(
                organization=mailbox.organization, mailbox=mailbox, outlook_id=one.outlook_id,
                state=Link.State.ACTIVE, touched=1, planned=1, salesforce_id=f"00U{n:015}",
            )
            for n, one in enumerate(rows[::3])
        ]
    )  # fmt: skip
