"""Jobs leave resting mailboxes alone and give way to other workers."""

import django_rq
import pytest

from sync import jobs
from sync.models import Run
from sync.wiring.turns import work_on
from tests.people import Person, make_organization, make_person


@pytest.fixture
def person(transactional_db: None) -> Person:
    """Return a person with a mailbox."""
    return make_person(None, make_organization())


@pytest.mark.parametrize("job", [jobs.sync_mailbox, jobs.follow_change])
def test_paused_person_is_left_alone(person: Person, job: object) -> None:
    person.user.pause()
    person.user.save()

    assert callable(job)
    job(mailbox_id=person.mailbox.pk)

    assert not Run.objects.exists()


def test_cycle_gives_way_to_another_worker(person: Person) -> None:
    with work_on(person.mailbox.pk, "record"):
        jobs.sync_mailbox(mailbox_id=person.mailbox.pk)

    assert [run.kind for run in Run.objects.all()] == ["record"]


def test_click_comes_back_when_another_worker_does_not_end(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_PATIENCE_S", 0.0)

    with work_on(person.mailbox.pk, "sync"):
        jobs.record(mailbox_id=person.mailbox.pk, outlook_id="a", cause="click")

    (waiting,) = django_rq.get_queue("interactive").jobs
    assert waiting.kwargs == {"mailbox_id": person.mailbox.pk, "outlook_id": "a", "cause": "click"}


def test_job_of_something_that_was_removed_does_nothing(person: Person) -> None:
    jobs.sync_mailbox(mailbox_id=0)
    jobs.follow_change(mailbox_id=0)
    jobs.read_salesforce(organization_id=0)
    jobs.keep_notified(mailbox_id=0)
    jobs.tidy_up()

    assert not Run.objects.exists()
