"""What every kind of answer tells a browser, errors included: no foreign frame, no inline script, no guessing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linkpoint.accounts import health
from linkpoint.accounts.sessions import HEADER, mint
from tests.people import make_organization, make_person

pytestmark = pytest.mark.django_db


def _failing() -> bool:
    raise RuntimeError("not for visitors")


def _answers(client: Client) -> dict[str, Any]:
    person = make_person(None, make_organization())
    headers = {HEADER: mint(person.user)}
    return {
        "lost visitor": client.get(reverse("canvas")),
        "refused launch": client.post(reverse("canvas"), {"signed_request": "a.b"}),
        "screen": client.get(reverse("calendar"), headers=headers),
        "no session": client.get(reverse("calendar")),
        "wrong method": client.delete(reverse("canvas")),
        "not there": client.get("/nowhere/"),
        "not there, in the app": client.get("/connect/fax/card/", headers=headers),
        "wrong host": client.get(reverse("canvas"), headers={"host": "evil.example"}),
        "admin": client.get(reverse("admin:login")),
        "no form of ours": Client(enforce_csrf_checks=True).post(reverse("connect_confirm")),
        "approval": client.get(reverse("approve"), {"domain": "x"}),
        "hook": client.post(reverse("outlook_hook"), b"x", "text/plain"),
        "error": client.get(reverse("healthz")),
    }


def test_every_kind_of_answer_is_strict(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr(health, "_database_answers", _failing)

    answers = _answers(client)

    assert answers["error"].status_code == 500
    for name, answer in answers.items():
        policy = answer.get("Content-Security-Policy", "")
        framed = "frame-ancestors 'none'" in policy
        assert "frame-ancestors" in policy, name
        assert framed or ".salesforce.com" in policy, name
        assert framed == (answer.get("X-Frame-Options") == "DENY"), name
        assert "script-src 'self';" in f"{policy};", name
        assert "unsafe" not in policy, name
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert b"not for visitors" not in answer.content, name
        assert b"Traceback" not in answer.content, name


def test_pages_that_connect_are_never_framed(client: Client) -> None:
    for name in ("approve", "connect_confirm", "connect_cancel"):
        for answer in (client.get(reverse(name)), client.post(reverse(name))):
            assert answer["X-Frame-Options"] == "DENY", name
            assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], name
