"""Where things lie in a working copy."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCAL = ROOT / ".local"
BUILD = ROOT / "build"
TEST_LOGS = BUILD / "logs"


class CannotRun(Exception):
    """This machine or working copy lacks something; the message says what to do about it."""
