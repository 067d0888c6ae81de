"""Turning failed calls to Slack into errors of `bot.errors`.

Source: https://docs.slack.dev/reference/methods (the errors of each method)
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackAppRefused, SlackError, SlackRefused, SlackUnavailable, SlackUncertain

RATE_LIMIT_CODES = {"ratelimited", "rate_limited", "accesslimited"}
"""Codes that ask for fewer requests; HTTP 429 comes with the first."""
MAX_RETRY_AFTER = 600
"""Seconds; the longest wait we honour at startup and for sockets."""

_UNCERTAIN = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
"""Codes after which Slack may have done it anyway. Source: the errors table of chat.postMessage."""
_OF_THE_APP = {
    *{"account_inactive", "invalid_auth", "no_permission", "not_allowed_token_type", "not_authed"},
    *{"missing_scope", "token_expired", "token_revoked", "team_access_not_granted", "access_denied"},
    *{"team_added_to_org", "org_login_required", "two_factor_setup_required", "ekm_access_denied"},
    "message_limit_exceeded",
}
"""Codes that say nothing about the request itself, and may pass: a token is renewed, a workspace moves."""
REDIRECTS = {301, 302, 303, 307, 308}


async def no_redirects(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Follow no redirects, as a middleware of the session: they don't lead to Slack's Web API."""
    response = await send(request)
    if response.status in REDIRECTS:
        response.release()
        raise SlackUncertain(f"http_{response.status}")
    return response


@contextmanager
def failures() -> Iterator[None]:
    """Turn errors of the SDK and the session into our own."""
    try:
        yield
    except SlackApiError as error:
        raise _failure_of_call(error.response) from error
    except aiohttp.WSServerHandshakeError as error:
        wait = _named_wait(error.headers or {}, default="0")
        raise SlackUnavailable(f"http_{error.status}", retry_after=wait) from error
    except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError) as error:
        raise SlackUnavailable("unreachable", retry_after=0) from error
    # ValueError: a URL without a host; AttributeError: the SDK's own, for an answer in plain text;
    # SlackRequestError: the SDK's own, for an empty argument
    except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError, SlackRequestError) as error:
        raise SlackUncertain("no_answer") from error


def _failure_of_call(answer: Any) -> SlackError:  # noqa: ANN401 - the SDK gives its own response, or aiohttp's
    """Distinguish a refusal from an unclear answer, such as a failing server's or a gateway's."""
    if not isinstance(answer, AsyncSlackResponse):  # the body was not JSON
        return failure_of(answer.status, answer.headers, {})
    return failure_of(answer.status_code, answer.headers, answer.data)


def failure_of(status: int, headers: Mapping[str, str], body: object) -> SlackError:
    """Classify an HTTP answer that isn't a success."""
    code = body.get("error") if isinstance(body, dict) else None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SlackUnavailable("ratelimited", retry_after=_named_wait(headers, default="0"))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(code, str) or not code:
        return SlackUncertain(f"http_{status}")
    if code in RATE_LIMIT_CODES:
        return SlackUnavailable(code, retry_after=_named_wait(headers))
    if code in _OF_THE_APP:
        return SlackAppRefused(code)
    return SlackUncertain(code) if code in _UNCERTAIN else SlackRefused(code)


def _named_wait(headers: Mapping[str, str], *, default: str = "") -> float | None:
    """Read how many seconds Slack asks us to wait, if it says so."""
    wait = headers.get("Retry-After", default)
    return float(wait) if wait.isdecimal() else None
