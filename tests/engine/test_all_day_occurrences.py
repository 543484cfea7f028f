"""Skeletons of all-day series: their midnights become the days that are meant."""

from dataclasses import replace

import pytest

from sync.core.item import Kind, OutlookId, OutlookItem
from sync.engine.observe import _from_master

MASTER = OutlookItem(
    OutlookId("m"),
    Kind.MASTER,
    "e",
    {"subject": "Fair", "all_day": True, "start": "2026-11-25", "end": "2026-11-26"},
    zone="Europe/Berlin",
)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z"),
        ("2026-12-01T23:00:00Z", "2026-12-02T23:00:00Z"),
    ],
)
def test_occurrence_of_an_all_day_series_has_days(start: str, end: str) -> None:
    skeleton = OutlookItem(OutlookId("o"), Kind.OCCURRENCE, "e2", {"start": start, "end": end})

    item = _from_master(skeleton, MASTER)

    assert (item.fields["start"], item.fields["end"]) == ("2026-12-02", "2026-12-03")
    assert item.original_start == "2026-12-02"
    assert item.fields["subject"] == "Fair"


def test_occurrence_of_a_timed_series_has_instants() -> None:
    master = replace(MASTER, fields={**MASTER.fields, "all_day": False})
    times = {"start": "2026-12-02T00:00:00Z", "end": "2026-12-02T01:00:00Z"}

    item = _from_master(OutlookItem(OutlookId("o"), Kind.OCCURRENCE, "e2", times), master)

    assert item.fields["start"] == "2026-12-02T00:00:00Z"
