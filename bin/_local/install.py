"""The virtual environment: made when missing, brought up to date when the locked requirements changed.

Runs on the standard library alone, because it is what brings everything else.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from _local.places import ROOT, VENV, VENV_PYTHON, CannotRun

_BEGAN = "LINKPOINT_BEGAN"
_STAMP = VENV / "linkpoint-installed.json"
# What is installed for tests is enough for the demo.
_CONTAINED_IN = {"requirements-demo.txt": ("requirements-dev.txt",)}


def enter(requirements: str) -> None:
    """Go on inside ``.venv`` with ``requirements`` installed: install what is missing, then start this script again there.

    Ends the process with a message when it cannot.
    """
    os.environ.setdefault(_BEGAN, str(time.time()))
    try:
        ensure(requirements)
    except CannotRun as problem:
        sys.exit(str(problem))
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])  # noqa: S606 -- the same script, in the environment just made


def seconds_since_start() -> float:
    """Return how long ago this command was typed, the installation included."""
    return time.time() - float(os.environ.get(_BEGAN, time.time()))


def ensure(requirements: str) -> None:
    """Make ``.venv`` hold exactly what is locked in ``requirements``, or do nothing if it does already.

    Raises:
        CannotRun: Python's venv module is missing, or pip failed.
    """
    done = _read_stamp()
    names = (requirements, *_CONTAINED_IN.get(requirements, ()))
    if VENV_PYTHON.exists() and any(done.get(name) == _digest(name) for name in names):
        return
    if not _starts(VENV_PYTHON):
        _make_environment()
    _say(f"installing {requirements} into .venv (once; needs the network)")
    _run(
        [
            *(str(VENV_PYTHON), "-m", "pip", "install", "-qq", "--no-input"),
            *("--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"),
            *("-r", requirements),
        ],
        "pip could not install the requirements; its message is above",
    )
    _STAMP.write_text(json.dumps({**done, requirements: _digest(requirements)}))


def ensure_chromium() -> str | None:
    """Return the path of a Chromium, installing Debian's package if we may; None where there is none."""
    found = _chromium()
    if found or os.getuid() != 0 or not shutil.which("apt-get"):
        return found
    _say("installing Chromium from Debian's packages (for the browser tests)")
    try:
        _apt_install("chromium", "fonts-liberation", "fonts-noto-color-emoji")
    except CannotRun as problem:
        _say(str(problem))
    return _chromium()


def _chromium() -> str | None:
    return (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )


def _read_stamp() -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(_STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return content


def _digest(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def _starts(python: Path) -> bool:
    """Tell whether this interpreter runs and has pip; a moved or half-made environment does not."""
    command = [str(python), "-m", "pip", "--version"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_environment() -> None:
    """Make the environment with pip in it, out of whatever this Python came with."""
    bring_pip = not _has("ensurepip") and _has("pip")
    if not _has("ensurepip") and not bring_pip:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if os.getuid() != 0 or not shutil.which("apt-get"):
            raise CannotRun(
                f"Python's venv module is not complete here. Install it as root: apt-get install {package}"
            )
        _say(f"installing {package} from Debian's packages")
        _apt_install(package)
    _say("making .venv")
    options = [
        *(["--clear"] if VENV.exists() else []),
        *(["--without-pip"] if bring_pip else []),
    ]
    command = [sys.executable, "-m", "venv", *options, str(VENV)]
    _run(command, "the virtual environment could not be made")
    if bring_pip:
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(VENV_PYTHON),
            "install",
            "-qq",
            "pip",
        ]
        _run(command, "pip could not be put into the virtual environment")


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _apt_install(*packages: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = shutil.which("apt-get") or "apt-get"
    for command in (
        [apt, "update", "-qq"],
        [apt, "install", "-qq", "-y", "--no-install-recommends", *packages],
    ):
        _run(command, f"apt-get could not install {' '.join(packages)}", environment, quiet=True)


def _run(
    command: list[str],
    problem: str,
    environment: dict[str, str] | None = None,
    *,
    quiet: bool = False,
) -> None:
    output = subprocess.PIPE if quiet else None
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        text=True,
    )
    if ran.returncode != 0:
        detail = (ran.stderr or "").strip().split("\n")[-1]
        raise CannotRun(f"{problem} (exit status {ran.returncode}). {detail}".strip())


def _say(words: str) -> None:
    sys.stderr.write(f"  {words}\n")
    sys.stderr.flush()
