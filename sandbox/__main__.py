"""Commands: ``serve`` runs the sandbox, ``import`` loads a calendar file, ``seed`` sets a scene."""

import argparse
import http.client
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.microsoft.demo import PEOPLE
from sandbox.server import start

DEFAULT_URL = "http://127.0.0.1:8100"
_TIMEOUT_S = 120


class CannotRun(Exception):
    """The command cannot do its work; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 failed or partly refused, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    serve = commands.add_parser("serve", help="run the sandbox on 127.0.0.1")
    serve.add_argument("--port", type=int, default=8100, help="0 for any free port")
    serve.add_argument("--state", type=Path, help="file that keeps everything from run to run")
    serve.set_defaults(run=_serve)

    load = commands.add_parser("import", help="load a calendar file into a mailbox")
    load.add_argument("file", type=Path, metavar="FILE.ics")
    load.add_argument("--mailbox", default=PEOPLE[0].address, help="address of the mailbox")
    load.add_argument("--url", default=DEFAULT_URL, help="address of the running sandbox")
    load.add_argument("--json", action="store_true", help="print the report as JSON")
    load.set_defaults(run=_import)

    scene = commands.add_parser("seed", help="set a scene in the running sandbox")
    scene.add_argument("scene", choices=["demo"])
    scene.add_argument("--app-url", required=True, help="the app's Canvas address")
    scene.add_argument("--consumer-secret-env", default="DEMO_CONSUMER_SECRET", metavar="VAR")
    scene.add_argument("--client-secret-env", default="DEMO_CLIENT_SECRET", metavar="VAR")
    scene.add_argument("--jwt-public-key", type=Path, required=True, metavar="PEM")
    scene.add_argument("--url", default=DEFAULT_URL, help="address of the running sandbox")
    scene.set_defaults(run=_seed)
    return parser


def _serve(options: argparse.Namespace) -> int:
    try:
        sandbox = start(port=options.port, state_file=options.state)
    except OSError as error:
        raise CannotRun(
            f"Port {options.port}: {error.strerror}. Choose another with --port."
        ) from None
    except ValueError as error:
        raise CannotRun(str(error)) from None
    print(f"Sandbox: {sandbox.url}/", flush=True)
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    ended.wait()
    sandbox.stop()
    return 0


def _import(options: argparse.Namespace) -> int:
    content = _read(options.file)
    fields = {"ics": content.decode("utf-8", errors="surrogateescape")}
    body = {"service": "microsoft", "as": options.mailbox, "op": "import", "fields": fields}
    try:
        report = _post(options.url, "/control/act", body)
    except CannotRun as error:
        raise CannotRun(re.sub("^ics:", f"{options.file}:", str(error))) from None
    print(json.dumps(report, indent=2, ensure_ascii=False) if options.json else report["text"])
    return 1 if report["refused"] else 0


def _seed(options: argparse.Namespace) -> int:
    body = {
        "scene": options.scene,
        "app_url": options.app_url,
        "consumer_secret": _secret(options.consumer_secret_env),
        "client_secret": _secret(options.client_secret_env),
        "jwt_public_key": _read(options.jwt_public_key).decode(),
    }
    print(json.dumps(_post(options.url, "/control/seed", body), indent=2))
    return 0


def _secret(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise CannotRun(f"{variable}: set this environment variable to the secret.")
    return value


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotRun(f"{path}: {error.strerror}.") from None


def _post(url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send to the control API of a running sandbox.

    Raises:
        CannotRun: Nobody answers there, or the sandbox refused.
    """
    connection = http.client.HTTPConnection(*_place(url), timeout=_TIMEOUT_S)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        decoded: dict[str, Any] = json.loads(answer.read())
    except OSError:
        message = f"No sandbox answers at {url}. Start one: python -m sandbox serve"
        raise CannotRun(message) from None
    finally:
        connection.close()
    if answer.status != 200:
        raise CannotRun(str(decoded.get("error")))
    return decoded


def _place(url: str) -> tuple[str, int]:
    """Return host and port of a sandbox.

    Raises:
        CannotRun: It is no loopback address.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host, port = None, 0
    if parts.scheme != "http" or host not in {"127.0.0.1", "localhost"}:
        raise CannotRun("--url: must be such as http://127.0.0.1:8100.")
    return host, port


if __name__ == "__main__":
    sys.exit(main())
