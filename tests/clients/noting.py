"""An ear on the wire of a session: everything passes, and what was sent is kept."""

from typing import Any

import requests
from requests.adapters import BaseAdapter


class Noting(BaseAdapter):
    def __init__(self, inner: BaseAdapter) -> None:
        super().__init__()
        self.inner = inner
        self.requests: list[requests.PreparedRequest] = []
        self.timeouts: list[object] = []

    @classmethod
    def on(cls, session: requests.Session) -> "Noting":
        noting = cls(session.get_adapter("https://any.example"))
        session.mount("https://", noting)
        return noting

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        self.requests.append(request)
        self.timeouts.append(options["timeout"])
        return self.inner.send(request, *args, **options)

    def close(self) -> None:
        self.inner.close()
