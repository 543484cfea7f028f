"""Session tokens and the guard in front of every screen."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.http import HttpResponse
from django.test import RequestFactory

from linkpoint.accounts import sessions
from linkpoint.accounts.models import Organization, User
from linkpoint.accounts.sessions import PersonRequest, person_required
from tests.accounts.makers import mailbox, organization, user

pytestmark = pytest.mark.django_db

RECORD = "0065g00000BrighAAA"


@person_required
def who(request: PersonRequest, word: str) -> HttpResponse:
    """Answer whose request it is."""
    return HttpResponse(f"{word} {request.person.username} {request.record_id}")


def ask(token: str | None, method: str = "post") -> HttpResponse:
    """Call the view with a token in the header."""
    headers = {} if token is None else {sessions.HEADER: token}
    request = RequestFactory(enforce_csrf_checks=True).generic(method.upper(), "/", headers=headers)
    return who(request, "hello")


def test_guard_names_the_person_and_the_record() -> None:
    hanna = user(organization())

    answer = ask(sessions.mint(hanna, RECORD))

    assert answer.content.decode() == f"hello hanna.weiss@acme.example {RECORD}"


def test_guard_reads_the_person_with_one_query(django_assert_num_queries: object) -> None:
    hanna = user(organization())
    mailbox(hanna)
    token = sessions.mint(hanna)

    @person_required
    def view(request: PersonRequest) -> HttpResponse:
        person = request.person
        return HttpResponse(f"{person.organization}{person.profile}{person.mailbox}")

    with django_assert_num_queries(1):  # type: ignore[operator]
        view(RequestFactory().get("/", headers={sessions.HEADER: token}))


@pytest.mark.parametrize("token", [None, "", "x", "a:b:c", "é", "x" * 10_000])
def test_guard_refuses_what_is_no_token(token: str | None) -> None:
    answer = ask(token)

    assert answer.status_code == 401
    assert json.loads(answer["HX-Trigger"]) == {"linkpoint:session-expired": {}}


def test_guard_refuses_a_changed_token() -> None:
    token = sessions.mint(user(organization()))

    assert ask(token[:-1] + ("A" if token[-1] != "A" else "B")).status_code == 401


def test_guard_refuses_a_token_signed_for_something_else() -> None:
    hanna = user(organization())
    claims = {"user": hanna.pk, "organization": hanna.organization_id, "record": ""}

    assert ask(signing.dumps(claims, salt="something else")).status_code == 401


def test_guard_refuses_a_token_after_half_an_hour() -> None:
    hanna = user(organization())
    with time_machine.travel("2026-11-19 10:00:00+00:00", tick=False) as clock:
        token = sessions.mint(hanna)
        clock.shift(timedelta(minutes=29))
        assert ask(token).status_code == 200

        clock.shift(timedelta(minutes=2))

        assert ask(token).status_code == 401


def test_guard_refuses_a_user_of_another_organization_than_the_token_says() -> None:
    hanna = user(organization())
    token = sessions.mint(hanna)
    User.objects.filter(pk=hanna.pk).update(organization=organization("00D5g00000Globx"))

    assert ask(token).status_code == 401


def test_guard_refuses_a_user_who_was_removed() -> None:
    hanna = user(organization())
    token = sessions.mint(hanna)
    hanna.delete()

    assert ask(token).status_code == 401


def test_guard_tells_a_deactivated_user_why() -> None:
    hanna = user(organization())
    token = sessions.mint(hanna)
    User.objects.update(state=User.State.DEACTIVATED)

    answer = ask(token)

    assert answer.status_code == 403
    assert "switched off" in answer.content.decode()
    assert "linkpoint:stopped" in answer["HX-Trigger"]


def test_guard_tells_people_of_a_suspended_organization_why() -> None:
    token = sessions.mint(user(organization()))
    Organization.objects.update(state=Organization.State.SUSPENDED)

    answer = ask(token)

    assert answer.status_code == 403
    assert "suspended for Acme" in answer.content.decode()
