"""Who gets mail and who gets a copy: contract section 10."""

import pytest

from sandbox.server import Sandbox
from tests.sandbox.graph import ADDRESS, TENANT, Graph, event, weekly

JONAS = "jonas@acme.example"
GUEST = "guest@elsewhere.example"


@pytest.fixture(autouse=True)
def _jonas(server: Sandbox) -> None:
    server.world.microsoft.add_mailbox(tenant_id=TENANT, address=JONAS, name="Jonas")


def people(*addresses: str) -> list[dict[str, object]]:
    return [{"type": "required", "emailAddress": {"address": one}} for one in addresses]


def mails(server: Sandbox) -> list[tuple[str, str]]:
    return [(mail.kind, mail.to) for mail in server.world.microsoft.mails]


def copy_of(server: Sandbox) -> dict[str, object]:
    return server.world.microsoft.events(JONAS)[0]


def test_create_with_attendees_invites_and_copies(server: Sandbox, graph: Graph) -> None:
    made = graph.create(event(attendees=people(JONAS, GUEST)))

    copy = copy_of(server)
    assert mails(server) == [("invitation", JONAS), ("invitation", GUEST)]
    assert copy["iCalUId"] == made["iCalUId"]
    assert (copy["isOrganizer"], copy["showAs"]) == (False, "tentative")
    assert copy["id"] != made["id"]


def test_plain_appointment_sends_nothing(server: Sandbox, graph: Graph) -> None:
    made = graph.create(event())
    graph.change(made["id"], {"subject": "Other"})
    graph.call("DELETE", f"/events/{made['id']}")

    assert mails(server) == []


def test_same_attendees_again_send_nothing_and_keep_their_answers(
    server: Sandbox, graph: Graph
) -> None:
    made = graph.create(event(attendees=people(JONAS)))
    server.world.microsoft.answer_event(JONAS, str(copy_of(server)["id"]), "accept")
    server.world.microsoft.mails.clear()

    changed = graph.change(made["id"], {"attendees": people(JONAS)})

    assert mails(server) == []
    assert changed["attendees"][0]["status"]["response"] == "accepted"


@pytest.mark.parametrize(
    "changes", [{"categories": ["x"]}, {"showAs": "free"}, {"isReminderOn": False}]
)
def test_change_of_own_fields_sends_nothing(
    server: Sandbox, graph: Graph, changes: dict[str, object]
) -> None:
    made = graph.create(event(attendees=people(JONAS)))
    server.world.microsoft.mails.clear()

    graph.change(made["id"], changes)

    assert mails(server) == []


def test_new_place_tells_everybody_and_new_attendees_tell_only_those(
    server: Sandbox, graph: Graph
) -> None:
    made = graph.create(event(attendees=people(JONAS)))
    server.world.microsoft.mails.clear()

    graph.change(made["id"], {"location": {"displayName": "Room Elbe"}})
    graph.change(made["id"], {"attendees": people(JONAS, GUEST)})
    graph.change(made["id"], {"attendees": people(GUEST)})

    assert mails(server) == [("update", JONAS), ("invitation", GUEST), ("cancellation", JONAS)]
    assert copy_of(server)["isCancelled"] is True


def test_delete_and_cancel_by_the_organizer_send_cancellations(
    server: Sandbox, graph: Graph
) -> None:
    for verb in ("DELETE", "cancel"):
        made = graph.create(event(attendees=people(GUEST)))
        server.world.microsoft.mails.clear()
        if verb == "DELETE":
            answer = graph.call("DELETE", f"/events/{made['id']}")
        else:
            answer = graph.call("POST", f"/events/{made['id']}/cancel", {"comment": "sorry"})

        assert answer.status_code == (204 if verb == "DELETE" else 202)
        assert mails(server) == [("cancellation", GUEST)]


@pytest.mark.parametrize(
    ("verb", "response", "show_as"),
    [("accept", "accepted", "busy"), ("tentativelyAccept", "tentativelyAccepted", "tentative")],
)
def test_answer_reaches_the_organizer(
    server: Sandbox, graph: Graph, verb: str, response: str, show_as: str
) -> None:
    made = graph.create(event(attendees=people(JONAS)))
    microsoft = server.world.microsoft
    microsoft.mails.clear()
    copy_id = str(copy_of(server)["id"])

    answer = graph.call("POST", f"//users/{JONAS}/events/{copy_id}/{verb}", {"comment": "ok"})

    copy = microsoft.event(JONAS, copy_id)
    assert answer.status_code == 202
    assert mails(server) == [("response", ADDRESS)]
    assert (copy["responseStatus"]["response"], copy["showAs"]) == (response, show_as)
    assert graph.get(f"/events/{made['id']}")["attendees"][0]["status"]["response"] == response


def test_silent_decline_sends_nothing_and_removes_the_copy(server: Sandbox, graph: Graph) -> None:
    graph.create(event(attendees=people(JONAS)))
    microsoft = server.world.microsoft
    microsoft.mails.clear()
    copy_id = str(copy_of(server)["id"])

    graph.call("POST", f"//users/{JONAS}/events/{copy_id}/decline", {"sendResponse": False})

    assert mails(server) == []
    assert microsoft.events(JONAS) == []


def test_attendee_cannot_cancel_nor_change_what_the_organizer_decides(
    server: Sandbox, graph: Graph
) -> None:
    graph.create(event(attendees=people(JONAS)))
    path = f"//users/{JONAS}/events/{copy_of(server)['id']}"

    cancel = graph.call("POST", f"{path}/cancel", {})
    subject = graph.call("PATCH", path, {"subject": "Mine"})
    category = graph.call("PATCH", path, {"categories": ["Mine"]})

    assert [one.status_code for one in (cancel, subject, category)] == [400, 400, 200]
    message = "Your request can't be completed. You need to be an organizer to cancel a meeting."
    assert cancel.json()["error"]["message"] == message


def test_copy_follows_the_organizer_and_keeps_its_own_fields(server: Sandbox, graph: Graph) -> None:
    made = graph.create(event(attendees=people(JONAS)))
    copy_id = str(copy_of(server)["id"])
    server.world.microsoft.update_event(JONAS, copy_id, {"categories": ["Mine"]})

    graph.change(made["id"], {"subject": "New subject"})

    copy = copy_of(server)
    assert (copy["id"], copy["subject"], copy["categories"]) == (copy_id, "New subject", ["Mine"])


def test_deleted_occurrence_of_a_meeting_is_cancelled_for_the_attendee(
    server: Sandbox, graph: Graph
) -> None:
    graph.create(weekly(attendees=people(JONAS)))
    server.world.microsoft.mails.clear()
    occurrence = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]["id"]

    graph.call("DELETE", f"/events/{occurrence}")

    sent = server.world.microsoft.mails
    assert [(mail.kind, mail.day) for mail in sent] == [("cancellation", "2026-12-08")]


def test_online_meeting_has_a_link_and_loses_it_with_its_body(graph: Graph) -> None:
    made = graph.create(event(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness"))
    url = made["onlineMeeting"]["joinUrl"]

    off = graph.call("PATCH", f"/events/{made['id']}", {"isOnlineMeeting": False})
    kept = graph.change(made["id"], {"subject": "Same body"})
    lost = graph.change(made["id"], {"body": {"contentType": "text", "content": "mine"}})

    assert url in made["body"]["content"]
    assert made["onlineMeetingUrl"] is None
    assert off.status_code == 400
    assert kept["onlineMeeting"] == {"joinUrl": url}
    assert (lost["isOnlineMeeting"], lost["onlineMeeting"]) == (False, None)


def test_forward_sends_mail(server: Sandbox, graph: Graph) -> None:
    made = graph.create(event())

    answer = graph.call(
        "POST",
        f"/events/{made['id']}/forward",
        {"ToRecipients": [{"emailAddress": {"address": GUEST}}]},
    )

    assert answer.status_code == 202
    assert mails(server) == [("forward", GUEST)]
