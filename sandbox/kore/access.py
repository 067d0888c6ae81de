"""Who may call the local Kore.ai, and how often: account ids, JWT, replay, rate limit.

Vendor pages followed: "API introduction" (JWT), "SDK security" (Enforce JTI), "Rate limits".
"""

from __future__ import annotations

import warnings
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jwt

from sandbox.kore.answers import Answer, bad_credentials, bad_token, replayed, too_many

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import web

MAX_TOKEN_LIFETIME = 3600.0  # seconds
RATE_WINDOW = 60.0  # seconds

# The claims are checked below, by the clock that was passed in.
_SIGNATURE_ONLY: jwt.types.Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True)
class Account:
    """The one account that exists here, and the one app that may act for it."""

    client_id: str
    client_secret: str = field(repr=False)
    stream_id: str
    account_id: str
    iid: str
    algorithm: str


class Gate:
    """Lets a request in, or says why not."""

    def __init__(self, account: Account, *, rate_per_minute: int, clock: Callable[[], float]) -> None:
        self.account = account
        self._rate_per_minute = rate_per_minute
        self._clock = clock
        self._used_jti: set[str] = set()
        self._let_in: deque[float] = deque()

    def refuse(self, request: web.Request, *, path_id: str, v1: bool) -> Answer | None:
        """Return the 401 or 429 that this request gets, or None; its `jti` is used up either way."""
        return (
            self._refuse_ids(request, path_id=path_id, v1=v1)
            or self._refuse_token(request.headers.getall("auth", []))
            or self._refuse_rate()
        )

    def _refuse_ids(self, request: web.Request, *, path_id: str, v1: bool) -> Answer | None:
        account = self.account
        expected = {
            "path": (account.iid if v1 else account.stream_id, [path_id]),
            "header iid": (account.iid, request.headers.getall("iid", [])),
            "header accountId": (account.account_id, request.headers.getall("accountId", [])),
            "query accountId": (account.account_id, request.query.getall("accountId", [])),
        }
        if v1 and "accountId" not in request.query:
            del expected["query accountId"]  # only an older page of "Add contacts" has it
        wrong = [place for place, (right, found) in expected.items() if found != [right]]
        return bad_credentials(f"missing or wrong: {', '.join(wrong)}") if wrong else None

    def _refuse_token(self, auth: list[str]) -> Answer | None:
        if len(auth) != 1:
            return bad_credentials("header auth must be there once")
        try:
            claims = self._decode(auth[0])
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as error:
            return bad_credentials(str(error))
        except (jwt.InvalidTokenError, UnicodeError) as error:
            return bad_token(str(error))
        if claims.get("appId") != self.account.client_id:
            return bad_credentials("claim appId is not the client id")
        return self._refuse_claims(claims)

    def _decode(self, token: str) -> Mapping[str, object]:
        with warnings.catch_warnings():  # the vendor chooses the secret's length
            warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
            account = self.account
            return jwt.decode(
                token, account.client_secret, algorithms=[account.algorithm], options=_SIGNATURE_ONLY
            )

    def _refuse_claims(self, claims: Mapping[str, object]) -> Answer | None:
        for name in ("sub", "jti"):
            if not (isinstance(claims.get(name), str) and claims[name]):
                return bad_token(f"claim {name} must be a filled string")
        issued, expires = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
        if issued is None or expires is None:
            return bad_token("claims iat and exp must be numbers")
        if not 0 < expires - self._clock() <= MAX_TOKEN_LIFETIME:
            return bad_token("claim exp must lie ahead, by an hour at most")
        return self._refuse_replay(str(claims["jti"]))

    def _refuse_replay(self, jti: str) -> Answer | None:
        if jti in self._used_jti:
            return replayed()
        self._used_jti.add(jti)
        return None

    def _refuse_rate(self) -> Answer | None:
        """Count the calls that were let in; whether refused ones count too is not documented."""
        now = self._clock()
        while self._let_in and self._let_in[0] <= now - RATE_WINDOW:
            self._let_in.popleft()
        if len(self._let_in) >= self._rate_per_minute:
            return too_many(f"{self._rate_per_minute} calls in the last {RATE_WINDOW:.0f} s")
        self._let_in.append(now)
        return None


def _seconds(claim: object) -> float | None:
    return claim if isinstance(claim, int | float) and not isinstance(claim, bool) else None
