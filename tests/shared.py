"""Where the recorded contracts and calendars lie: beside the repository, and not part of it."""

import os
from pathlib import Path

import pytest

SHARED = Path(
    os.environ.get("LINKPOINT_SHARED", Path(__file__).resolve().parent.parent.parent / "shared")
)
CONTRACTS = SHARED / "contracts"
CALENDARS = SHARED / "calendars"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir() and not os.environ.get("CI"),
    reason="recorded contracts and calendars are not on this machine",
)
