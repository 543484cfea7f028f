"""Where things lie in a working copy."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCAL = Path(os.environ.get("LINKPOINT_LOCAL", ROOT / ".local"))
"""Data, secrets and logs of the demo; LINKPOINT_LOCAL puts them elsewhere, for a second demo beside the first."""

BUILD = ROOT / "build"
TEST_LOGS = BUILD / "logs"


class CannotRun(Exception):
    """This machine or working copy lacks something; the message says what to do about it."""
