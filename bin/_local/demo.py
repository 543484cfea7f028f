"""bin/demo: the whole product on this machine, beside an emulated Microsoft 365 and Salesforce.

Everything it makes lies under ``.local/``.  Deleting that folder starts afresh.
"""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from _local import install, postgres, secrets_file, valkey
from _local.cast import FIRST_MAILBOX, Cast
from _local.children import spawn
from _local.doorways import Doorways
from _local.places import LOCAL, ROOT, CannotRun
from _local.preparation import Preparation, collect_static
from _local.supervisor import Child, Supervisor

_LOGS = LOCAL / "logs"
_PYTHON = sys.executable


def main(arguments: Sequence[str]) -> int:
    """Start everything, say where it is, stay until Ctrl-C; return the exit status."""
    options = _parse(arguments)
    try:
        with _only_one(), ExitStack() as at_the_end:
            supervisor = Supervisor(_say)
            supervisor.end_on_signals()
            at_the_end.callback(supervisor.stop)
            demo = Demo(supervisor)
            if demo.start():
                _say(
                    f"\nReady after {install.seconds_since_start():.1f} s. Ctrl-C stops all of it.\n"
                )
                _say(demo.directions())
                if not options.stop_when_ready:
                    supervisor.watch()
            _say("stopping")
    except CannotRun as problem:
        _say(str(problem))
        return 1
    return 0


class Demo:
    """The running demo: its children, in the order they need each other."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        _LOGS.mkdir(parents=True, exist_ok=True)
        self._secrets = secrets_file.load(LOCAL / "secrets.json")
        self._doorways = Doorways.choose(LOCAL / "ports.json")
        self._own_database = "DATABASE_URL" not in os.environ
        self._environment = self._make_environment()
        self._cast = Cast(self._doorways, self._secrets)

    def start(self) -> bool:
        """Start and prepare everything; return False if we were asked to end meanwhile.

        Raises:
            CannotRun: Something did not work; the message says what and where to read on.
        """
        self._start_stores()
        fresh_sandbox = not self._sandbox_state.exists()
        self._add("sandbox", "-m", "sandbox", "serve", *self._sandbox_options())
        preparation = Preparation(self._environment, own_database=self._own_database)
        collect_static(self._environment)
        preparation.database()
        self._add("web", "-m", "gunicorn", "--config", "gunicorn.conf.py", "linkpoint.wsgi")
        if preparation.people_missing or fresh_sandbox or self._doorways.moved:
            if not self._wait_for(self._doorways.sandbox_url + "/control/counters", "sandbox"):
                return False
            self._enter_people(preparation, fresh_sandbox=fresh_sandbox)
        queues = ("interactive", "push", "poll", "housekeeping")
        self._add("worker", "manage.py", "rqworker", "--with-scheduler", *queues)
        ready = self._wait_for(self._doorways.sandbox_url + "/control/counters", "sandbox")
        ready = ready and self._wait_for(self._doorways.app_url + "/healthz", "web")
        # These may come up while the newcomer reads: what is due, and a second worker, so that a click never
        # waits behind the reading of a mailbox.
        self._add("clock", "manage.py", "clock")
        self._add("worker-2", "manage.py", "rqworker", *queues[:2])
        return ready

    def _enter_people(self, preparation: Preparation, *, fresh_sandbox: bool) -> None:
        if preparation.people_missing or fresh_sandbox:
            _say("creating the people of the demo")
            self._cast.enter(self._environment)
            preparation.people_entered()
        else:
            self._cast.set_scene()  # only the addresses changed

    def directions(self) -> str:
        """Return what a newcomer wants to know."""
        sandbox, app = self._doorways.sandbox_url, self._doorways.app_url
        shown = LOCAL.relative_to(ROOT) if LOCAL.is_relative_to(ROOT) else LOCAL
        return (
            f"  Salesforce, with the LinkPoint tab   {sandbox}/salesforce/\n"
            f"  Outlook                              {sandbox}/outlook/\n"
            f"  LinkPoint on its own                 {app}/\n"
            f"  Administration                       {app}/admin/\n"
            f"      as admin, with the password      {self._secrets['ADMIN_PASSWORD']}\n\n"
            f"  Your own calendar:  .venv/bin/python -m sandbox import FILE.ics"
            f" --mailbox {FIRST_MAILBOX} --url {sandbox}\n"
            f"  Logs: {shown / 'logs'}    Start afresh: delete {shown}\n"
        )

    @property
    def _sandbox_state(self) -> Path:
        return LOCAL / "sandbox.pickle"

    def _sandbox_options(self) -> list[str]:
        return ["--port", str(self._doorways.sandbox), "--state", str(self._sandbox_state)]

    def _make_environment(self) -> dict[str, str]:
        made = {name: self._secrets[name] for name in ("SECRET_KEY", "FIELD_KEYS")}
        made |= {
            "DATABASE_URL": os.environ.get("DATABASE_URL") or self._database_url(),
            "REDIS_URL": os.environ.get("REDIS_URL") or self._redis_url(),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "PUBLIC_URL": self._doorways.app_url,
            "LOOPBACK_HOSTS": json.dumps(self._doorways.loopback_hosts()),
            "SUPPORT_CONTACT": os.environ.get("SUPPORT_CONTACT", "the person who runs this demo"),
            "LOG_FILE": "",
            "PORT": str(self._doorways.app),
            "WEB_HOST": "127.0.0.1",
            "WEB_CONCURRENCY": "1",
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **made}

    def _database_url(self) -> str:
        return postgres.url(
            self._doorways.postgres, self._secrets["POSTGRES_PASSWORD"], "linkpoint"
        )

    def _redis_url(self) -> str:
        return valkey.url(self._doorways.valkey, self._secrets["VALKEY_PASSWORD"])

    def _start_stores(self) -> None:
        if self._own_database:
            folder, password = LOCAL / "postgres", self._secrets["POSTGRES_PASSWORD"]
            port = self._doorways.postgres
            self._supervisor.add(
                Child(
                    "PostgreSQL",
                    lambda: (
                        postgres.start(folder, port=port, password=password, durable=True).process
                    ),
                    folder / "postgres.log",
                    first_signal=signal.SIGINT,
                    patience_s=10,
                    ends_last=True,
                )
            )
            postgres.create(self._environment["DATABASE_URL"])
        if "REDIS_URL" not in os.environ:
            kept, secret = LOCAL / "valkey", self._secrets["VALKEY_PASSWORD"]
            port_ = self._doorways.valkey
            self._supervisor.add(
                Child(
                    "Valkey",
                    lambda: valkey.start(kept, port=port_, password=secret).process,
                    kept / "valkey.log",
                    ends_last=True,
                )
            )

    def _add(self, name: str, *command: str) -> None:
        log = _LOGS / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.before"))

        def start() -> subprocess.Popen[bytes]:
            with log.open("ab") as output:
                return spawn(
                    [_PYTHON, *command],
                    output=output,
                    environment=self._environment,
                    directory=ROOT,
                )

        self._supervisor.add(Child(name, start, log))

    def _wait_for(self, url: str, name: str) -> bool:
        end = time.monotonic() + 60
        if not self._supervisor.watch(lambda: _answers(url) or time.monotonic() > end):
            return False
        if not _answers(url):
            raise CannotRun(f"{name} did not answer within a minute. Its log: {_LOGS / name}.log")
        return True


def _answers(url: str) -> bool:
    # A proxy of the environment has no business between two programs of this machine.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__)
    parser.add_argument(
        "--stop-when-ready", action="store_true", help="only see whether it starts, and how fast"
    )
    return parser.parse_args(arguments)


@contextmanager
def _only_one() -> Iterator[None]:
    """Refuse a second demo on the same data."""
    LOCAL.mkdir(parents=True, exist_ok=True)
    with (LOCAL / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"A demo runs already on {LOCAL}. Stop it with Ctrl-C, or set LINKPOINT_LOCAL to another folder."
            ) from None
        yield


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
