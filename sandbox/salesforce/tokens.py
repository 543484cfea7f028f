"""Access tokens, refresh tokens, authorization codes and what users approved, of one org."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CODE_LIFETIME = timedelta(minutes=15)


@dataclass
class Session:
    """What an access token stands for."""

    user_id: str
    scope: str
    used_at: datetime
    client: str


@dataclass
class Code:
    """An authorization code: one use, 15 minutes."""

    user_id: str
    client: str
    redirect_uri: str
    scope: str
    challenge: str
    made_at: datetime
    used: bool = False


@dataclass
class Grant:
    """A refresh token."""

    user_id: str
    client: str
    scope: str


@dataclass
class Tokens:
    """Everything an org has given out.  Tokens are counted, not random: the same calls give the same tokens."""

    org_id: str
    secret: str
    sessions: dict[str, Session] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)
    made: int = 0

    def _make(self, prefix: str) -> str:
        self.made += 1
        digest = hashlib.sha256(f"{self.org_id} {self.secret} {self.made}".encode()).hexdigest()
        return prefix + digest

    def open_session(self, user_id: str, client: str, scope: str, now: datetime) -> str:
        """Return a new access token, which starts with the org's 15-character id."""
        token = self._make(f"{self.org_id[:15]}!AQ")
        self.sessions[token] = Session(user_id, scope, now, client)
        return token

    def session(self, token: str, now: datetime, lifetime: timedelta) -> Session | None:
        """Return the living session of a token and note its use; None if it has ended."""
        found = self.sessions.get(token)
        if found is None:
            return None
        if now - found.used_at > lifetime:
            del self.sessions[token]
            return None
        found.used_at = max(found.used_at, now)
        return found

    def make_code(self, code: Code) -> str:
        """Return the code for a grant that a user has just approved."""
        self.approved.add(code.user_id)
        text = self._make("aPrx")
        self.codes[text] = code
        return text

    def take_code(self, text: str, now: datetime) -> Code | None:
        """Return the code's grant once, while it is fresh."""
        found = self.codes.get(text)
        if found is None or found.used or now - found.made_at > CODE_LIFETIME:
            return None
        found.used = True
        return found

    def make_grant(self, grant: Grant) -> str:
        """Return a new refresh token."""
        text = self._make("5Aep")
        self.grants[text] = grant
        return text

    def revoke(self, token: str) -> bool:
        """End an access or refresh token; a refresh token ends its user's sessions too."""
        grant = self.grants.pop(token, None)
        if grant is not None:
            self.end_sessions(grant.user_id, grant.client)
            return True
        return self.sessions.pop(token, None) is not None

    def end_sessions(self, user_id: str = "", client: str = "") -> int:
        """End the sessions of one user, or of all; return how many there were."""
        doomed = [
            token
            for token, one in self.sessions.items()
            if user_id in ("", one.user_id) and client in ("", one.client)
        ]
        for token in doomed:
            del self.sessions[token]
        return len(doomed)

    def forget_user(self, user_id: str) -> None:
        """Withdraw everything a user has approved."""
        self.end_sessions(user_id)
        self.approved.discard(user_id)
        self.grants = {text: one for text, one in self.grants.items() if one.user_id != user_id}
