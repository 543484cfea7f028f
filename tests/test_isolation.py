"""Nobody reaches a row of another organization, by whatever address (promise 10).

The addresses are taken from the routes themselves, so that one that is added later is walked as well.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product, zip_longest
from typing import Any
from urllib.parse import quote

import django_rq
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from linkpoint.accounts.models import Organization, Profile, StaffMember
from linkpoint.accounts.sessions import HEADER, mint
from sync.models import (
    Conflict,
    Inbox,
    Intent,
    Lease,
    Link,
    OrganizationState,
    PolicyValue,
    Run,
    SalesforceSeen,
    Subscription,
)
from tests.people import Person, make_organization, make_person
from tests.web.makers import at, link, read_once, seen, today

pytestmark = pytest.mark.django_db

THEIRS, OURS = "Zyxword", "Abcword"
_SCOPED = [model for model in apps.get_models() if model._meta.app_label in ("accounts", "sync")]


def _filled(organization: Organization, word: str) -> Person:
    """Return a person with one row of every kind around them, all with ``word`` in them."""
    profile = Profile.objects.create(organization=organization, name=f"{word} sales")
    person = make_person(None, organization, name=f"{word} Weiss")
    person.user.profile = profile
    person.user.save()
    read_once(person.mailbox)
    row = seen(person.mailbox, at(today(), 10), at(today(), 11), subject=word, location=word)
    run = Run.objects.create(mailbox=person.mailbox, kind="sync", mode="snaprecord", error=word)
    made = link(row, problem=word, state=Link.State.CONFLICT)
    Intent.objects.create(link=made, run=run, epoch=1, op="create", payload=row.fields, reason=word)
    Conflict.objects.create(link=made, field="deleted", losing_side="salesforce", reason=word)
    Inbox.objects.create(mailbox=person.mailbox, kind=word)
    Lease.objects.create(mailbox=person.mailbox, owner=word)
    Lease.objects.create(organization=organization, owner=word)
    soon = timezone.now() + timedelta(days=1)
    Subscription.objects.create(
        mailbox=person.mailbox, subscription_id=f"sub-{word}", client_state="sealed",
        expires_at=soon, renew_at=soon,
    )  # fmt: skip
    SalesforceSeen.objects.create(
        organization=organization, salesforce_id=made.salesforce_id or "", modstamp=soon,
        read_at=soon, fields=row.fields,
    )  # fmt: skip
    OrganizationState.objects.create(organization=organization, problem=word)
    for target in ({"user": person.user}, {"profile": profile}, {}):
        PolicyValue.objects.create(
            organization=organization, level=next(iter(target), "organization"), name="past_days",
            value=14, **target,
        )  # fmt: skip
    StaffMember.objects.create_user(f"staff-{word}", is_staff=True, organization=organization)
    return person


@pytest.fixture
def ours() -> Person:
    """Return someone of Acme, all of whose rows say ``Abcword``."""
    return _filled(make_organization(), OURS)


@pytest.fixture
def theirs() -> Person:
    """Return someone of another organization, all of whose rows say ``Zyxword``."""
    organization = make_organization(
        organization_id="00D5g00000Other", my_domain=THEIRS.lower(), tenant_id=f"{THEIRS}-tenant"
    )
    return _filled(organization, THEIRS)


@pytest.fixture
def staff(client: Client, ours: Person) -> Client:
    """Return a browser with staff of Acme signed in, who have every permission there is."""
    member = StaffMember.objects.get(username=f"staff-{OURS}")
    member.user_permissions.set(Permission.objects.all())
    client.force_login(member)
    return client


def _routes(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _routes(entry, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


def _rows_of(person: Person) -> list[Model]:
    """Return every row of someone's organization."""
    organization = person.user.organization_id
    return [
        row
        for model in _SCOPED
        for row in model._default_manager.all()
        if _is_of(row, organization)
    ]


def _is_of(row: Any, organization: int) -> bool:
    if isinstance(row, Organization):
        return row.pk == organization
    if getattr(row, "organization_id", None) is not None:
        return bool(row.organization_id == organization)
    parent = getattr(row, "link", None) or getattr(row, "mailbox", None)
    return parent is not None and _is_of(parent, organization)


def _state(rows: list[Model]) -> list[str]:
    """Return what stands in the database of these rows now."""
    return [repr(type(row)._default_manager.filter(pk=row.pk).values().first()) for row in rows]


def _ids_for(route: str, rows: list[Model], ours: list[Model]) -> list[str]:
    """Return the ids to try at an address: in the admin those of its model, elsewhere those of no row of ours."""
    place = re.match(r"admin/(\w+)/(\w+)/", route)
    meant = {
        str(row.pk) for row in rows if place and row._meta.label_lower == ".".join(place.groups())
    }
    return sorted(meant or {str(row.pk) for row in rows} - {str(row.pk) for row in ours})


def _addresses(rows: list[Model], ours: list[Model]) -> list[str]:
    """Return every address of the product, with the ids of rows in the place of each parameter."""
    found: dict[str, None] = {}
    for route, _ in _routes(get_resolver()):
        row_ids = _ids_for(route, rows, ours)
        plain = re.sub(r"[\^$]|/\?|\(\?P<\w+>.*?\)\??", "", route)
        names = re.findall(r"<(?:(\w+):)?(\w+)>", plain)
        choices = [["salesforce", "outlook"] if kind == "slug" else row_ids for kind, _ in names]
        for values in product(*choices) if len(names) < 3 else ():
            parts = re.split(r"<[^>]+>", plain)
            ids = [quote(value, safe="") for value in values]
            found["/" + "".join(map("".join, zip_longest(parts, ids, fillvalue="")))] = None
    return list(found)


def _waiting_jobs() -> list[dict[str, Any]]:
    return [
        job.kwargs for name in django_rq.settings.QUEUES for job in django_rq.get_queue(name).jobs
    ]


def _told(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers} {answer.cookies} {body.decode(errors='replace')}".lower()


def test_every_kind_of_row_is_walked(ours: Person) -> None:
    kinds = {type(row) for row in _rows_of(ours)}
    assert {model for model in _SCOPED if model not in kinds} == set()


def test_person_reaches_no_row_of_another_organization(
    client: Client, ours: Person, theirs: Person
) -> None:
    rows = _rows_of(theirs)
    addresses = [a for a in _addresses(rows, _rows_of(ours)) if not a.startswith("/admin/")]
    before = _state(rows)
    headers = {HEADER: mint(ours.user), "HX-Request": "true"}
    forms: tuple[dict[str, str], ...] = ({}, {"choice": "delete", "do": "pause"})
    assert any(f"/links/{row.pk}/decide/" in a for row in rows for a in addresses)

    for address in addresses:
        answers = [client.get(address, headers=headers)]
        answers += [client.post(address, form, headers=headers) for form in forms]
        for answer in answers:
            assert answer.status_code < 500, address
            assert THEIRS.lower() not in _told(answer), address
    assert _state(rows) == before
    assert [job for job in _waiting_jobs() if job.get("mailbox_id") == theirs.mailbox.pk] == []


def test_token_of_one_organization_does_not_speak_for_another(
    client: Client, ours: Person, theirs: Person
) -> None:
    ours.user.organization = theirs.user.organization
    answer = client.get(reverse("calendar"), headers={HEADER: mint(ours.user)})
    assert (answer.status_code, THEIRS.lower() in _told(answer)) == (401, False)


def test_stranger_gets_no_row_at_all(client: Client, ours: Person) -> None:
    rows = _rows_of(ours)
    before = _state(rows)

    for address in _addresses(rows, []):
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code < 500, address
            assert OURS.lower() not in _told(answer), address
    assert _state(rows) == before
    assert _waiting_jobs() == []


def test_staff_reach_no_row_of_another_organization(
    staff: Client, ours: Person, theirs: Person
) -> None:
    rows = _rows_of(theirs)
    addresses = _addresses(rows, _rows_of(ours))
    assert f"/admin/accounts/user/{theirs.user.pk}/change/" in addresses
    before = _state(rows)

    # Django's own way to "view on site" knows no rows that have a page, and stumbles over ids of another kind.
    for address in (a for a in addresses if not a.startswith("/admin/r/")):
        for answer in (staff.get(address), staff.post(address, {"post": "yes"})):
            assert answer.status_code < 500, address
            assert THEIRS.lower() not in _told(answer), address
        if address == "/admin/logout/":
            staff.force_login(StaffMember.objects.get(username=f"staff-{OURS}"))
    assert _state(rows) == before
    assert _waiting_jobs() == []


@pytest.mark.parametrize("model", [m for m in admin.site._registry if m in _SCOPED], ids=str)
def test_no_action_of_staff_reaches_a_row_of_another_organization(
    staff: Client, ours: Person, theirs: Person, model: Any
) -> None:
    rows = [row for row in _rows_of(theirs) if isinstance(row, model)]
    before = _state(_rows_of(theirs))
    options = admin.site._registry[model]
    address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")

    actions = [getattr(action, "__name__", action) for action in options.actions or ()]
    for name in (*actions, "delete_selected"):
        for more in ({}, {"select_across": "1"}, {"post": "yes"}):
            form = {
                "action": name,
                "_selected_action": [str(row.pk) for row in rows],
                "index": "0",
                **more,
            }
            answer = staff.post(address, form)
            assert answer.status_code < 500
            assert THEIRS.lower() not in _told(answer)
    assert _state(_rows_of(theirs)) == before
    assert [job for job in _waiting_jobs() if job.get("mailbox_id") == theirs.mailbox.pk] == []


@pytest.mark.parametrize("model", [m for m in admin.site._registry if m in _SCOPED], ids=str)
def test_no_filter_or_popup_of_staff_tells_of_another_organization(
    staff: Client, ours: Person, theirs: Person, model: Any
) -> None:
    address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
    paths = ("organization", "mailbox__organization", "link__organization", "user__organization")
    queries: list[dict[str, Any]] = [
        {f"{path}__id__exact": theirs.user.organization_id} for path in paths
    ]
    queries += [
        {"q": THEIRS[:-1]},
        {"_popup": "1"},
        {"_popup": "1", "_to_field": "id"},
        {"all": ""},
    ]
    queries += [{f"{path}__name__startswith": THEIRS[:-1]} for path in paths]

    for query in queries:
        answer = staff.get(address, query)
        assert answer.status_code < 500, query
        assert THEIRS.lower() not in _told(answer), query


def test_choices_of_staff_hold_no_row_of_another_organization(
    staff: Client, ours: Person, theirs: Person
) -> None:
    asked = 0
    for model, options in admin.site._registry.items():
        for field in options.autocomplete_fields:
            app, name = model._meta.app_label, str(model._meta.model_name)
            query = {"app_label": app, "model_name": name}
            for term in ("", THEIRS[:-1]):
                answer = staff.get(
                    reverse("admin:autocomplete"), {**query, "field_name": field, "term": term}
                )
                asked += answer.status_code == 200
                assert THEIRS.lower() not in _told(answer), (model, field)
    assert asked > 0
