"""Logs: no secret in any line, whoever wrote it and however it got there."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from bot.observe.logs import Redacted, configure_logging, library_logger
from bot.observe.redaction import HIDDEN
from bot.settings import Settings

SECRETS = {
    "slack_bot_token": "xoxb-1111-2222-boT",
    "slack_app_token": "xapp-1-A1-3333-apP",
    "slack_signing_secret": "8f742231b10e8888abcd99yyyzzz85a5",
    "kore_client_secret": "b64/like+kore.secret$with*signs==",
    "database_url": "postgresql://bot:pa55w0rd@db.internal/contactlist",
    "https_proxy": "http://bot:pr0xy%23word@proxy.internal:3128/",
}
SHAPES = [
    "xoxb-9999-of-nobody",
    "xoxp-9999-of-nobody",
    "xapp-1-A9-of-nobody",
    "1234567890.0987654321.0123456789abcdef0123456789abcdef",
    "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl-_x",
    "https://hooks.slack.com/commands/T1/2/oF1",
    "https://hooks.slack.com/actions/T1/2/oF2",
    "https://hooks.slack.com/app/T1/2/oF3",
    "http://127.0.0.1:9/response/oF4",
]
LIBRARIES = ["aiohttp.access", "asyncio", "dbos", "slack_bolt", "slack_sdk"]
HUSH = [*SECRETS.values(), *SHAPES]

Lines = Callable[[], str]


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give logging back as it was; nothing of the test runner's own is closed."""
    monkeypatch.setattr(logging.root, "handlers", [])
    level = logging.root.level
    levels = {name: logging.getLogger(name).level for name in LIBRARIES}
    dbos = logging.getLogger("dbos").handlers
    configured = structlog.get_config() if structlog.is_configured() else None
    yield
    logging.root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.getLogger("dbos").handlers = dbos
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    if configured:
        structlog.configure(**configured)


@pytest.fixture(params=["json", "console"])
def lines(request: pytest.FixtureRequest, stderr: io.StringIO) -> Lines:
    """Log in each of the two formats, and read what was written."""
    start(stderr, log_format=request.param)
    return stderr.getvalue


@pytest.fixture
def stderr() -> io.StringIO:
    """Stand in for standard error."""
    return io.StringIO()


def start(stderr: io.StringIO, **changed: object) -> None:
    """Configure logging as it is done at start, on this standard error."""
    with redirect_stderr(stderr):
        configure_logging(configuration(**changed))


def configuration(**changed: object) -> Settings:
    """Build settings whose secrets are known."""
    return Settings.model_validate(
        {
            "kore_stream_id": "st-1",
            "kore_account_id": "account",
            "kore_client_id": "cs-1",
            **SECRETS,
            "log_level": "DEBUG",
            **changed,
        }
    )


def cause(secret: str) -> None:
    """Raise an error that carries a secret in its text."""
    raise ValueError(f"cause {secret}")


def effect(secret: str) -> None:
    """Raise another from it that carries the secret too."""
    try:
        cause(secret)
    except ValueError as error:
        raise RuntimeError(f"effect {secret}") from error


class TestRedaction:
    """What is hidden, by every way into the log."""

    @pytest.mark.parametrize("secret", HUSH)
    def test_in_an_event_and_its_fields(self, lines: Lines, secret: str) -> None:
        """Our own logger: the event, a field, and what is nested in a field."""
        log = structlog.get_logger("ours")
        event = f"before {secret}"
        log.warning(event, plain=secret, nested={"deep": [secret, {secret: 1}]}, url=f"x={secret}")
        written = lines()
        assert secret not in written
        assert written.count(HIDDEN) >= 5
        assert "before" in written

    @pytest.mark.parametrize("secret", HUSH)
    def test_in_a_librarys_line(self, lines: Lines, secret: str) -> None:
        """A library's logger: the message and its arguments."""
        log = logging.getLogger("library")
        log.warning(secret)
        log.warning("argument %s and %r", secret, {"token": secret})
        written = lines()
        assert secret not in written
        assert written.count(HIDDEN) == 3
        assert "argument" in written

    @pytest.mark.parametrize("secret", HUSH)
    def test_in_a_traceback(self, lines: Lines, secret: str) -> None:
        """An exception and its cause, logged by us and by a library."""
        for log in (structlog.get_logger("ours"), logging.getLogger("library")):
            try:
                effect(secret)
            except RuntimeError:
                log.exception("broken")
        written = lines()
        assert secret not in written
        assert written.count(f"cause {HIDDEN}") == 2
        assert written.count(f"effect {HIDDEN}") == 2

    @pytest.mark.parametrize("secret", HUSH)
    def test_in_what_is_bound(self, lines: Lines, secret: str) -> None:
        """What is bound to the logger or to the context of a job."""
        with structlog.contextvars.bound_contextvars(job=secret):
            structlog.get_logger("ours").bind(user=secret).info("bound")
        written = lines()
        assert secret not in written
        assert written.count(HIDDEN) == 2

    def test_many_in_one_line(self, lines: Lines) -> None:
        """One secret does not save another."""
        structlog.get_logger("ours").info(" ".join(HUSH))
        written = lines()
        assert [secret for secret in HUSH if secret in written] == []

    @pytest.mark.parametrize(
        "text",
        [
            "submission_saved",
            "https://slack.com/api/chat.postMessage",
            "https://platform.kore.ai/campaign/api/v2/public/st-1/campaign/contactList/createContactList",
            "Renewal Due 1- July 2025",
            "eyJ is not a token",
        ],
    )
    def test_what_is_no_secret_stays(self, lines: Lines, text: str) -> None:
        """A log that hides everything helps nobody."""
        structlog.get_logger("ours").info("read", text=text)
        written = lines()
        assert text in written
        assert HIDDEN not in written

    def test_a_secret_within_another_leaves_no_rest(self, stderr: io.StringIO) -> None:
        """The longer secret is hidden as a whole."""
        start(stderr, slack_signing_secret="secret", kore_client_secret="secret-and-more")
        logging.getLogger("library").warning("x secret-and-more x secret x")
        assert f"x {HIDDEN} x {HIDDEN} x" in stderr.getvalue()

    def test_without_any_secret_shapes_are_still_hidden(self) -> None:
        """A formatter that knows no secret knows what secrets look like, and an empty one hides nothing."""
        formatter = Redacted(secrets=["", ""], renderer=structlog.processors.JSONRenderer())
        record = logging.makeLogRecord({"name": "library", "msg": "plain xoxb-1-2", "levelname": "INFO"})
        assert json.loads(formatter.format(record))["event"] == f"plain {HIDDEN}"


class TestFormat:
    """What a line looks like."""

    def test_json_lines_are_json(self, stderr: io.StringIO) -> None:
        """Each line is one object, ours and a library's alike."""
        start(stderr, log_format="json")
        structlog.get_logger("ours").warning("saved", job="V1")
        logging.getLogger("library").error("odd %s", "thing")
        ours, theirs = map(json.loads, stderr.getvalue().splitlines())
        assert (ours["event"], ours["job"], ours["level"], ours["logger"]) == (
            "saved",
            "V1",
            "warning",
            "ours",
        )
        assert (theirs["event"], theirs["level"], theirs["logger"]) == ("odd thing", "error", "library")
        assert ours["timestamp"].endswith("Z")

    def test_a_failed_statement_hides_its_values_and_nothing_behind_them(self, stderr: io.StringIO) -> None:
        """The line stays JSON, with the fields that follow."""
        start(stderr, log_format="json")
        values = ("V1", '{"description": "very \\"private\\"\\nwords"}')
        error = OperationalError("INSERT INTO t VALUES (?)", values, Exception("locked"))
        structlog.get_logger("test").error("store_failed", cause=str(error), after="still here")
        (line,) = map(json.loads, stderr.getvalue().splitlines())
        assert "words" not in stderr.getvalue()
        assert line["after"] == "still here"

    @pytest.mark.parametrize("secret", HUSH)
    def test_a_redacted_json_line_is_still_json(self, stderr: io.StringIO, secret: str) -> None:
        """Hiding a secret does not break the line for the program that reads it."""
        start(stderr, log_format="json")
        structlog.get_logger("ours").warning("saved", secret=secret, after="kept")
        assert json.loads(stderr.getvalue())["after"] == "kept"

    @pytest.mark.parametrize("terminal", [True, False])
    def test_the_format_follows_the_terminal(
        self, stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, terminal: bool
    ) -> None:
        """People at a terminal get readable lines, everybody else JSON."""
        monkeypatch.setattr(stderr, "isatty", lambda: terminal)
        start(stderr)
        structlog.get_logger("ours").info("saved")
        written = stderr.getvalue()
        assert written.startswith("{") is not terminal
        assert "saved" in written

    @pytest.mark.parametrize("terminal", [True, False])
    def test_colours_are_for_terminals(
        self, stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, terminal: bool
    ) -> None:
        """Readable lines in a file have no codes of a terminal in them."""
        monkeypatch.setattr(stderr, "isatty", lambda: terminal)
        start(stderr, log_format="console")
        structlog.get_logger("ours").warning("saved", user="U0LEAD")
        assert ("\x1b[" in stderr.getvalue()) is terminal

    @pytest.mark.parametrize("log_format", ["console", "json"])
    def test_nothing_steers_a_terminal(self, stderr: io.StringIO, log_format: str) -> None:
        """A name, a library's text, a key or a cause cannot colour, turn or forge a line."""
        evil = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eabc\u2066\r\n2026-01-01 [info] forged\u2028x\x00\ud83d"
        start(stderr, log_format=log_format)
        structlog.get_logger("ours").warning(f"saved {evil}", name=evil, nested=[evil], **{evil: 1})
        logging.getLogger("library").error("odd %s", evil)
        try:
            cause(evil)
        except ValueError:
            structlog.get_logger("ours").exception("broken")
        written = re.sub(r"\x1b\[[\d;]*m", "", stderr.getvalue())  # the colours are ours
        assert [each for each in "\x1b\x07\x9b\u202e\u2066\r\u2028\x00" if each in written] == []
        assert [line for line in written.splitlines() if line.startswith("2026-01-01")] == []
        assert "owned" in written
        assert 'raise ValueError(f"cause {secret}")' in written or log_format == "json"

    def test_the_level_holds(self, stderr: io.StringIO) -> None:
        """What is below LOG_LEVEL is not written, by us or by a library."""
        start(stderr, log_level="WARNING")
        structlog.get_logger("ours").info("quiet")
        logging.getLogger("library").info("quiet")
        structlog.get_logger("ours").warning("loud")
        written = stderr.getvalue()
        assert "quiet" not in written
        assert written.count("loud") == 1


class TestLibraries:
    """Libraries that print payloads below WARNING."""

    @pytest.mark.parametrize("name", LIBRARIES)
    def test_they_are_quiet_even_at_debug(self, lines: Lines, name: str) -> None:
        """LOG_LEVEL=DEBUG does not put payloads with their response_url into the log."""
        for logger in (logging.getLogger(name), logging.getLogger(f"{name}.inner")):
            logger.debug("payload")
            logger.info("payload")
            assert logger.getEffectiveLevel() >= logging.WARNING
            logger.error("trouble")
        written = lines()
        assert "payload" not in written
        assert written.count("trouble") >= 2

    @pytest.mark.parametrize(("name", "level"), [("slack_sdk", "WARNING"), ("slack_bolt", "ERROR")])
    def test_a_librarys_logger_has_its_level_at_once(self, name: str, level: str) -> None:
        """Also before logging is configured, and Bolt's warnings print whole payloads."""
        logger = library_logger(name)
        assert logger is logging.getLogger(name)
        assert logging.getLevelName(logger.level) == level

    def test_the_engines_lines_are_redacted_too(self, lines: Lines) -> None:
        """DBOS brings a handler of its own, which is replaced by ours."""
        logging.getLogger("dbos").error("lost %s", SECRETS["database_url"])
        written = lines()
        assert "lost" in written
        assert HIDDEN in written
        assert "pa55w0rd" not in written

    @pytest.mark.parametrize("password", ["pr0xy%23word", "pr0xy#word"])
    def test_the_password_of_the_proxy_is_hidden_in_any_address(self, lines: Lines, password: str) -> None:
        """The library of Socket Mode writes the proxy's address when it refuses, in a form of its own."""
        library_logger("slack_sdk").error("Failed to connect (url='http://bot:%s@10.0.0.1:3128')", password)
        written = lines()
        assert "Failed to connect" in written
        assert "word" not in written
