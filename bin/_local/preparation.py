"""Static files and database tables, made when what they are made from changed and left alone otherwise."""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from _local.places import BUILD, LOCAL, ROOT, CannotRun


def captured(
    command: Sequence[str | Path], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder and return what it said."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def manage(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command of ``manage.py`` and return what it said."""
    return captured([sys.executable, "manage.py", *arguments], environment)


def must(*arguments: str, environment: Mapping[str, str]) -> None:
    """Run one command of ``manage.py``.

    Raises:
        CannotRun: It failed; the message ends with what it said.
    """
    ran = manage(*arguments, environment=environment)
    if ran.returncode != 0:
        said = (ran.stderr.strip() or ran.stdout.strip()).split("\n")[-12:]
        raise CannotRun("manage.py {} failed:\n  {}".format(arguments[0], "\n  ".join(said)))


def collect_static(environment: Mapping[str, str]) -> None:
    """Collect the static files with hashed names, unless none changed since the last time; one process at a time.

    Raises:
        CannotRun: A page of styles refers to something that is not there, for example.
    """
    stamp = BUILD / "static.stamp"
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "static.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made_from = _digest([ROOT / "requirements.txt", *_files(ROOT / "static")])
        if _says(stamp, made_from) and (ROOT / "staticfiles").is_dir():
            return
        must("collectstatic", "--noinput", "--clear", "-v0", environment=environment)
        stamp.write_text(made_from)


class Preparation:
    """The database of the demo: its tables and its people."""

    def __init__(self, environment: Mapping[str, str], *, own_database: bool) -> None:
        self._environment = environment
        self._own_database = own_database
        # Inside the data of the database: who deletes the one deletes the other.
        self._tables_stamp = LOCAL / "postgres" / "tables.stamp"
        self._people_stamp = LOCAL / "postgres" / "people.stamp"

    def database(self) -> None:
        """Migrate, unless this database of ours has every migration already."""
        migrations = sorted(ROOT.glob("*/migrations/*.py")) + sorted(
            ROOT.glob("linkpoint/*/migrations/*.py")
        )
        made_from = _digest([ROOT / "requirements.txt", *migrations])
        if self._own_database and _says(self._tables_stamp, made_from):
            return
        must("migrate", "--noinput", "-v0", environment=self._environment)
        if self._own_database:
            self._tables_stamp.write_text(made_from)

    @property
    def people_missing(self) -> bool:
        """Tell whether the people of the demo may be missing from the database."""
        return not (self._own_database and self._people_stamp.exists())

    def people_entered(self) -> None:
        """Remember that they are there."""
        if self._own_database:
            self._people_stamp.write_text("entered\n")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(ROOT)}\n".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _says(stamp: Path, text: str) -> bool:
    return stamp.exists() and stamp.read_text() == text
