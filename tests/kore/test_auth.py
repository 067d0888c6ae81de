"""The token: what Kore.ai asks for, checked as any other party would check it."""

import base64
from typing import Any

import jwt
import pytest

from bot.kore.auth import TOKEN_LIFETIME, make_token

SECRET = "a-made-up-client-secret-that-is-long-enough-for-both-algorithms-0123456789"
CLIENT_ID = "cs-1f2e3d4c-0000-5555-8888-aaaaaaaaaaaa"
NOW = 1_764_926_571.9
UNTIMED: jwt.types.Options = {"verify_exp": False}


def token(*, secret: str = SECRET, algorithm: str = "HS256", jti: str = "first") -> str:
    """Make a token at a moment that has passed."""
    return make_token(client_id=CLIENT_ID, client_secret=secret, algorithm=algorithm, now=NOW, token_id=jti)


def claims(made: str, *, secret: str = SECRET, algorithm: str = "HS256") -> dict[str, Any]:
    """Check the signature and read the claims."""
    return jwt.decode(made, secret, algorithms=[algorithm], options=UNTIMED)


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_it_is_signed_with_either_algorithm(algorithm: str) -> None:
    """Both algorithms that the app dialog offers make a token that verifies, and says which it is."""
    made = token(algorithm=algorithm)
    assert claims(made, algorithm=algorithm)["appId"] == CLIENT_ID
    assert jwt.get_unverified_header(made) == {"alg": algorithm, "typ": "JWT"}


def test_it_has_the_claims_that_are_asked_for() -> None:
    """The client id under its case-sensitive name, a stable subject, and a fresh id."""
    read = claims(token())
    assert set(read) == {"appId", "sub", "iat", "exp", "jti"}
    assert read["appId"] == CLIENT_ID
    assert read["sub"] == claims(token(jti="second"))["sub"] != ""
    assert read["jti"] == "first"


def test_it_lives_for_minutes() -> None:
    """It is valid now and for less than the hour that "Enforce JTI" allows, also on a clock that lags."""
    read = claims(token())
    assert isinstance(read["iat"], int)
    assert isinstance(read["exp"], int)
    assert NOW - 60 < read["iat"] < NOW
    assert NOW + 60 < read["exp"] <= NOW + TOKEN_LIFETIME
    assert read["exp"] - read["iat"] <= 3600


def test_the_secret_is_a_plain_string() -> None:
    """A secret that looks like base64 is used as it stands, not decoded."""
    secret = base64.b64encode(SECRET.encode()).decode()
    made = token(secret=secret)
    assert claims(made, secret=secret)["appId"] == CLIENT_ID
    with pytest.raises(jwt.InvalidSignatureError):
        claims(made)


def test_the_secret_is_not_in_it() -> None:
    """Whoever reads a token learns nothing that would make another."""
    header, payload, _ = token().split(".")
    for part in (header, payload):
        assert SECRET not in base64.urlsafe_b64decode(part + "==").decode()
