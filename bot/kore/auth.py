"""The JWT that Kore.ai requires. Pure: the clock and the id are passed in."""

import jwt

TOKEN_LIFETIME = 300
"""Seconds; the API allows an hour, but a token is made for one request, so minutes are plenty."""

_CLOCK_SKEW = 30
"""Seconds by which our clock may be ahead of theirs before `iat` would lie in their future."""

_SUBJECT = "contactlist-bot"


def make_token(*, client_id: str, client_secret: str, algorithm: str, now: float, token_id: str) -> str:
    """Sign a token for one request.

    `now` is in seconds since the epoch; `token_id` must never repeat (with "Enforce JTI", a token works
    once). Source: Kore.ai, "API introduction (JWT)" and "SDK security".
    """
    claims = {
        "appId": client_id,
        "sub": _SUBJECT,
        "iat": int(now) - _CLOCK_SKEW,
        "exp": int(now) + TOKEN_LIFETIME,
        "jti": token_id,
    }
    return jwt.encode(claims, client_secret, algorithm=algorithm)
