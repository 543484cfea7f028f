"""What the identity platform has given out: access tokens, refresh tokens, codes.

Times are real seconds, not the sandbox's clock: MSAL judges them by the machine's.
"""

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom a token speaks for.

    Attributes:
        address: The signed-in person; empty for the app itself.
        scopes: Delegated permissions, or application roles.
    """

    tenant_id: str
    client_id: str
    address: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """One authorization code, good for one exchange."""

    grant: Grant
    redirect_uri: str
    challenge: str
    nonce: str
    ends: float


@dataclass
class TokenBook:
    """Everything that was given out and is still good."""

    access: dict[str, tuple[Grant, float]] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)

    def give_access(self, grant: Grant, *, now: float, lifetime_s: int) -> str:
        """Return a new access token."""
        self.access = {token: entry for token, entry in self.access.items() if entry[1] > now}
        token = f"sandbox-access-{secrets.token_urlsafe(32)}"
        self.access[token] = (grant, now + lifetime_s)
        return token

    def give_refresh(self, grant: Grant) -> str:
        """Return a new refresh token."""
        token = f"sandbox-refresh-{secrets.token_urlsafe(32)}"
        self.refresh[token] = grant
        return token

    def give_code(self, code: Code) -> str:
        """Return a new authorization code."""
        text = f"sandbox-code-{secrets.token_urlsafe(24)}"
        self.codes[text] = code
        return text

    def holder(self, token: str, *, now: float) -> Grant | None:
        """Return whom an access token speaks for, or None."""
        entry = self.access.get(token)
        return entry[0] if entry is not None and entry[1] > now else None

    def expire_all(self) -> None:
        """End every access token; refresh tokens stay."""
        self.access.clear()
