"""That a secret in a log is noticed: the search itself, and bin/test as a whole."""

import base64
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from _local import leaks

from linkpoint.accounts.sessions import mint
from sandbox.microsoft.tokens import Grant, TokenBook
from sandbox.salesforce.tokens import Tokens
from tests import planted
from tests.people import ORGANIZATION_ID, make_organization, make_person

ROOT = Path(__file__).resolve().parent.parent.parent


def _kinds(tmp_path: Path, line: str) -> set[str]:
    log = tmp_path / "x.log"
    log.write_text(f"first\n{line}\nlast\n")
    found = list(leaks.search([log]))
    assert {leak.line for leak in found} <= {2}
    return {leak.kind for leak in found}


def test_planted_secret_is_found(tmp_path: Path) -> None:
    line = f'{{"event": "token_refused", "token": "{planted.secret("token")}"}}'

    assert _kinds(tmp_path, line) == {"a planted secret"}


def test_private_text_is_found_in_any_case(tmp_path: Path) -> None:
    assert _kinds(tmp_path, planted.private_text("Review of Jane").upper()) == {"a private text"}


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "z", "yz"])
def test_secret_inside_base64_is_found(tmp_path: Path, before: str, after: str) -> None:
    line = base64.b64encode(f"{before}:hush-1234{after}".encode()).decode()

    assert "a planted secret in base64" in _kinds(tmp_path, f"authorization Basic {line}")


def test_signed_payload_is_found(tmp_path: Path) -> None:
    payload = base64.b64encode(b'{"algorithm":"HMACSHA256","client":{}}').decode()

    assert _kinds(tmp_path, f"body=3q2+7w==.{payload}") == {"a signed or encoded payload"}


def test_tokens_of_the_emulated_services_are_found(tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    session = Tokens(ORGANIZATION_ID, "hush-x").open_session("005", "client", "api", now)
    access = TokenBook().give_access(Grant("tenant", "client"), now=0.0, lifetime_s=60)

    assert _kinds(tmp_path, f"Authorization: Bearer {session}") == {"a token of Salesforce"}
    assert _kinds(tmp_path, f"Authorization: Bearer {access}") == {"a token of Microsoft"}


def test_secret_and_token_inside_an_address_are_found(tmp_path: Path) -> None:
    line = "GET /x?next=%2Fy%3Fclient%3Dhush-1234"
    assert _kinds(tmp_path, line) == {"a planted secret"}
    assert _kinds(tmp_path, "sid=00D5g00000AcmeX%21AQ0AQ") == {"a token of Salesforce"}


@pytest.mark.parametrize(
    "field",
    ["signed_request", "assertion", "client_secret", "refresh_token", "code_verifier"],
)
def test_form_with_credentials_is_found_whatever_its_value(tmp_path: Path, field: str) -> None:
    found = _kinds(tmp_path, f"body: a=b&{field}=Zm9vYmFy")

    assert found == {"a field of a form that carries credentials"}
    assert _kinds(tmp_path, f"the {field} is missing; {field}=***") == set()


@pytest.mark.django_db
def test_session_of_a_person_is_found(tmp_path: Path) -> None:
    person = make_person(None, make_organization())

    assert _kinds(tmp_path, f"/app/?x={mint(person.user)}") == {"a signed or encoded payload"}


def test_private_key_and_encrypted_credential_are_found(tmp_path: Path) -> None:
    assert _kinds(tmp_path, "-----BEGIN PRIVATE KEY-----") == {"a private key"}
    assert _kinds(tmp_path, "gAAAAABl" + "x" * 40) == {"an encrypted credential"}


def test_ordinary_lines_are_no_leak(tmp_path: Path) -> None:
    line = '{"event": "recorded", "mailbox": 7, "outlook_id": "AAMkAGhushx1-AbC=", "took_ms": 12}'

    assert _kinds(tmp_path, line) == set()


def test_report_does_not_repeat_the_secret(tmp_path: Path) -> None:
    secret = planted.secret("token")
    log = tmp_path / "x.log"
    log.write_text(f"Authorization: Bearer {secret} tail")

    [leak] = leaks.search([log])

    assert secret not in str(leak)
    assert leak.before == "Authorization: Bearer "


@pytest.fixture
def run(tmp_path: Path) -> "Runner":
    return Runner(tmp_path)


class Runner:
    """Runs bin/test on one file of tests made for the purpose."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(
        self, body: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        file = self._folder / "test_made_up.py"
        file.write_text(f"import logging\n\ndef test_made_up() -> None:\n    {body}\n")
        return subprocess.run(
            [ROOT / "bin" / "test", "-c", ROOT / "pyproject.toml", file],
            env={"PATH": "/usr/bin:/bin", **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.mark.slow
def test_run_fails_when_a_passing_test_logs_a_secret(run: "Runner") -> None:
    ran = run('logging.getLogger("x").debug("token %s", "hu" + "sh-1234")')

    assert ran.returncode == 1, ran.stdout
    assert "a planted secret" in ran.stdout
    assert ran.stdout.rstrip().split("\n")[-1].startswith("1 passed")


@pytest.mark.slow
def test_run_passes_and_ends_with_the_closing_line(run: "Runner") -> None:
    ran = run('logging.getLogger("x").debug("nothing to see")')

    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.rstrip().split("\n")[-1].startswith("1 passed")


@pytest.mark.slow
def test_run_fails_when_a_test_fails(run: "Runner") -> None:
    ran = run("assert 1 == 2")

    assert ran.returncode == 1
    assert ran.stdout.rstrip().split("\n")[-1].startswith("1 failed")


def test_missing_recorded_data_stops_ci_before_anything_runs(run: "Runner", tmp_path: Path) -> None:
    ran = run("pass", {"CI": "true", "LINKPOINT_SHARED": str(tmp_path / "absent")})

    assert ran.returncode == 1
    assert f"are missing: {tmp_path / 'absent'}" in ran.stdout
    assert "passed" not in ran.stdout
