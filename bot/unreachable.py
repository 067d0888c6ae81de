"""Why a host couldn't be reached, in words shared by the log, the start and the doctor."""

import os
from http import HTTPStatus

import aiohttp

from bot.errors import Problem

_NETWORK = "Check the network, a firewall, {setting} and HTTPS_PROXY."
_REASONS: list[tuple[type[BaseException], str, str]] = [
    (
        aiohttp.ClientConnectorDNSError,
        "The name {error.host} isn't found",
        "Check this machine's DNS, {setting} and HTTPS_PROXY.",
    ),
    (
        aiohttp.ClientProxyConnectionError,
        "There's no connection to the proxy{cause}",
        "Check HTTPS_PROXY.",
    ),
    (
        aiohttp.ClientHttpProxyError,
        "The proxy doesn't let the bot through to {host} ({error.status})",
        "With 407, check the user name and the password in HTTPS_PROXY. Else have the proxy allow the host.",
    ),
    (
        aiohttp.ClientConnectorCertificateError,
        "This machine doesn't trust the TLS certificate of {host} ({error.certificate_error.verify_message})",
        "If a proxy or a firewall opens TLS, set SSL_CERT_FILE in the environment to its CA certificate.",
    ),
    (
        aiohttp.ClientSSLError,
        "There's no TLS with {host}",
        "Check {setting}, and that no proxy or firewall stands in for the host.",
    ),
    (aiohttp.ClientConnectorError, "There's no connection to {host}{cause}", _NETWORK),
    (
        aiohttp.WSServerHandshakeError,
        "The WebSocket was refused by {host} ({error.status})",
        "If it keeps happening, have the proxy or the firewall let WebSockets through.",
    ),
    (TimeoutError, "There was no answer from {host} in time", _NETWORK),
    (aiohttp.ClientError, "The connection to {host} failed", _NETWORK),
]
"""What aiohttp raises, specific errors first. Its own words may contain a ticket or a password."""


def why_unreachable(error: BaseException | None, host: str, *, setting: str) -> Problem | None:
    """Return what failed on the way to a host, which `setting` names; None if it isn't that kind of error."""
    for kind, found, advice in _REASONS:
        if isinstance(error, kind):
            return Problem(
                found.format(error=error, host=host, cause=_cause(error)),
                advice.format(setting=setting),
                may_pass=not _stays(error),
                by_name=kind is aiohttp.ClientConnectorDNSError,
            )
    return None


def _stays(error: BaseException) -> bool:
    """Return whether someone has to fix it: an untrusted certificate, or a proxy that refuses us."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, aiohttp.ClientConnectorCertificateError)


def _cause(error: BaseException) -> str:
    number = getattr(getattr(error, "os_error", None), "errno", None)
    return f" ({os.strerror(number).lower()})" if number else ""
