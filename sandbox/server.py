"""The HTTP server on loopback: finds the service, applies faults, keeps the request log.

HTTP/1.1 with connections that stay open; chunked bodies; a fault may close the connection instead of answering.
"""

import io
import re
import socket
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from sandbox import control, state
from sandbox.exchange import Exchange, raw_target
from sandbox.faults import Fault
from sandbox.microsoft import web as microsoft_web
from sandbox.microsoft.notify import Postman
from sandbox.pages import index, outlook
from sandbox.pages import salesforce as salesforce_pages
from sandbox.salesforce import web as salesforce_web
from sandbox.world import LoggedRequest, World

BODY_LIMIT = 64 * 1024 * 1024
LOG_LIMIT = 20_000

_SERVICE_HOSTS = (
    "login.microsoftonline.com",
    "graph.microsoft.com",
    "login.salesforce.com",
    "test.salesforce.com",
    "*.my.salesforce.com",
    "*.lightning.force.com",
)
_SIGN_IN = re.compile(r"/[^/]+/(oauth2/v2\.0/|v2\.0/\.well-known/|discovery/)")

Handle = Callable[[World, Request], Response]


class _Dropped(Exception):
    """The connection is to be closed without an answer."""


@dataclass
class Sandbox:
    """A running sandbox; use it as a context manager or call :meth:`stop`."""

    world: World
    port: int
    _server: BaseWSGIServer = field(repr=False)
    _thread: threading.Thread = field(repr=False)
    _postman: Postman = field(repr=False)
    _keeper: state.Keeper | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def loopback_hosts(self) -> dict[str, str]:
        """Hosts of both services and where they are answered; as JSON this is LOOPBACK_HOSTS."""
        return dict.fromkeys(_SERVICE_HOSTS, self.url)

    def on_exchange(self, observer: Callable[[Exchange], None]) -> None:
        """Show the observer every Graph request and answer from now on."""
        self.world.exchange_observers.append(observer)

    def stop(self) -> None:
        """Stop serving and save the state."""
        self._postman.stop()
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._server.server_close()
        if self._keeper is not None:
            self._keeper.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(world: World | None = None, *, port: int = 0, state_file: Path | None = None) -> Sandbox:
    """Serve a world on 127.0.0.1 in a thread of its own and return it.

    Args:
        world: The world; a new one, or that of the state file, if absent.
        port: 0 for any free one.
        state_file: Where the world is kept from run to run.

    Raises:
        OSError: The port is taken.
        ValueError: The state file cannot be read; the message says what to do.
    """
    if world is None:
        world = state.load(state_file) if state_file is not None else World()
    # Bound here: werkzeug would end the process where a port is taken.
    with socket.create_server(("127.0.0.1", port), backlog=128) as bound:
        free = int(bound.getsockname()[1])
        server = _Server("127.0.0.1", free, _no_wsgi, handler=_Handler, fd=bound.fileno())
    server.world = world
    server.keeper = state.Keeper(world, state_file) if state_file is not None else None
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    postman = Postman(lambda: server.world.microsoft)
    thread.start()
    postman.start()
    if server.keeper is not None:
        server.keeper.start()
    return Sandbox(world, free, server, thread, postman, server.keeper)


def respond(world: World, request: Request) -> Response:
    """Return the answer of whatever is meant by host and path, misbehaviour included."""
    handle, is_service = _find(request)
    if not is_service:
        return handle(world, request)
    target = urlsplit(raw_target(request))
    with world.lock:
        fault = world.faults.take(request.method, target.path)
    status = 0
    try:
        response = _with_fault(world, request, handle, fault)
        status = response.status_code
    finally:
        entry = LoggedRequest(
            method=request.method,
            path=target.path,
            query=target.query,
            host=request.host,
            status=status,
            fault=_name(fault),
        )
        with world.lock:
            world.requests.append(entry)
            del world.requests[:-LOG_LIMIT]
    return response


def _with_fault(world: World, request: Request, handle: Handle, fault: Fault | None) -> Response:
    if fault is None:
        return handle(world, request)
    if fault.delay_s and fault.when == "before":
        time.sleep(fault.delay_s)
    happens = fault.when == "after" or not (fault.drop or fault.status)
    response = handle(world, request) if happens else Response(status=503)
    if fault.delay_s and fault.when == "after":
        time.sleep(fault.delay_s)
    if fault.drop:
        raise _Dropped
    return control.spoilt(fault) if fault.status else response


def _name(fault: Fault | None) -> str:
    if fault is None:
        return ""
    what = "drop" if fault.drop else str(fault.status or "delay")
    return f"{what} {fault.when}"


def _find(request: Request) -> tuple[Handle, bool]:
    """Return who answers, and whether it is one of the two services."""
    host = request.host.partition(":")[0].casefold().rstrip(".")
    if host in {"login.microsoftonline.com", "graph.microsoft.com"}:
        return microsoft_web.handle, True
    if host in {"login.salesforce.com", "test.salesforce.com"} or host.endswith(
        (".my.salesforce.com", ".lightning.force.com")
    ):
        return salesforce_web.handle, True
    return _by_path(request)


def _by_path(request: Request) -> tuple[Handle, bool]:
    path = urlsplit(raw_target(request)).path
    for beginning, handle in (
        ("/control/", control.handle),
        ("/outlook", outlook.handle),
        ("/salesforce", salesforce_pages.handle),
    ):
        if path.startswith(beginning):
            return handle, False
    if path.startswith("/services/"):
        return salesforce_web.handle, True
    if path.startswith("/v1.0/") or _SIGN_IN.match(path):
        return microsoft_web.handle, True
    return index.handle, False


def _no_wsgi(environ: object, start_response: object) -> list[bytes]:  # noqa: ARG001 -- shape of WSGI
    raise RuntimeError("Requests are answered by the handler itself.")


class _Server(ThreadedWSGIServer):
    """Carries the world to its handlers."""

    world: World
    keeper: state.Keeper | None
    daemon_threads = True
    block_on_close = False


class _Handler(WSGIRequestHandler):
    """Reads a request whole, answers it in one piece, keeps the connection open."""

    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120
    server: _Server

    def run_wsgi(self) -> None:
        """Answer one request."""
        request = self._read()
        try:
            response = respond(self.server.world, request)
        except _Dropped:
            self._drop()
            return
        except Exception:  # noqa: BLE001 -- a mistake of ours: told, and printed where a person looks
            traceback.print_exc()
            body = '{"error": {"code": "SandboxMistake", "message": "SANDBOX: see its output."}}'
            response = Response(body, 500, content_type="application/json")
        finally:
            if self.server.keeper is not None:
                self.server.keeper.changed()
        self._write(request, response)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return a time as the Date header has it; without one, that of the world, by which rows are stamped too."""
        moment = self.server.world.clock.now().timestamp() if timestamp is None else timestamp
        return super().date_time_string(moment)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing: the request log is kept in the world."""

    def _read(self) -> Request:
        """Read the body to its end, so that the next request of the connection begins where it must."""
        environ = self.make_environ()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(BODY_LIMIT)
        else:
            body = self.rfile.read(min(length, BODY_LIMIT)) if length else b""
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return Request(environ)

    def _write(self, request: Request, response: Response) -> None:
        body = response.get_data()
        response.headers["Content-Length"] = str(len(body))
        self.send_response(response.status_code)
        bodiless = response.status_code in {204, 304}
        for name, value in response.headers.items():
            if not (bodiless and name == "Content-Length"):
                self.send_header(name, value)
        self.end_headers()
        if request.method != "HEAD" and not bodiless:
            self.wfile.write(body)
        with suppress(ConnectionError):
            self.wfile.flush()

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
