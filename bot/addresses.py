"""Addresses in the settings (Kore.ai, Slack, the store, a proxy): checked and normalised.

A `ValueError` says what is expected, never what was given.
"""

import ipaddress
import re

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from yarl import URL

UNREADABLE_DATABASE = (
    "cannot be read: write it as postgresql://USER:PASSWORD@HOST/DATABASE, with special characters of the "
    "password as %XX (@ is %40, / is %2F, # is %23, ? is %3F)"
)
UNREADABLE_PROXY = "must be http://HOST:PORT, with special characters of a password as %XX"
_STORE = re.compile(r"^(sqlite|postgres(?:ql)?(?:\+psycopg2?)?)(?=://)", re.IGNORECASE)
"""How a store's address may begin, as platforms and other programs write it."""


def safe_url(text: str) -> str:
    """Check a URL: https, or plain http to this machine only. Raises `ValueError`."""
    try:
        url = URL(text)
    except ValueError:
        raise ValueError("must be an https address") from None
    if url.scheme not in {"http", "https"} or not url.host or url.user is not None:
        raise ValueError("must be an https address")
    if url.query_string or url.fragment:
        raise ValueError("must be an address without ? and #")
    if url.scheme == "http" and not _is_loopback(url.host):
        raise ValueError("must be https: plain http is for a server on this machine")
    return str(url)


def host_url(text: str) -> str:
    """Check the URL of a host, or its bare name. Raises `ValueError`."""
    url = safe_url(text if "://" in text else f"https://{text}")
    if URL(url).path != "/":
        raise ValueError("must be a host name, without a path")
    return url.rstrip("/")


def proxy_url(text: str) -> str:
    """Check the URL of a proxy, or its host and port. Raises `ValueError`."""
    try:
        url = URL(text if "://" in text else f"http://{text}")
        f"{url.user}{url.password}".encode("latin-1")  # as they are sent
    except ValueError:
        raise ValueError(UNREADABLE_PROXY) from None
    if url.scheme != "http" or not url.host or url.path != "/" or url.query_string or url.fragment:
        raise ValueError(UNREADABLE_PROXY)
    return str(url)


def database_url(text: str) -> str:
    """Check a store's URL; the result starts with `sqlite:///` or `postgresql://`. Raises `ValueError`."""
    text = _STORE.sub(_usual, text)
    if not text.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("must start with sqlite:/// or postgresql://")
    if text.startswith("postgresql://") and _has_unescaped_sign(text):
        raise ValueError(UNREADABLE_DATABASE)
    try:
        database = make_url(text).database
    except (ValueError, ArgumentError):
        raise ValueError(UNREADABLE_DATABASE) from None
    if not database or database == ":memory:":
        raise ValueError("must name a database: sqlite:///FILE or postgresql://…/DATABASE")
    return text


def _usual(scheme: re.Match[str]) -> str:
    return "sqlite" if scheme[0].lower() == "sqlite" else "postgresql"


def _has_unescaped_sign(url: str) -> bool:
    """Return whether the user or password contains a character where some parsers would cut it off."""
    user_and_password, has_user, _ = url.removeprefix("postgresql://").rpartition("@")
    return bool(has_user) and any(sign in user_and_password for sign in "@/#?[] ")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
