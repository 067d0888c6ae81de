"""The configuration: every problem at once, by name and never by value."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.addresses import UNREADABLE_DATABASE
from bot.errors import SettingsError
from bot.settings import Settings, read_settings

REQUIRED = {
    "SLACK_BOT_TOKEN": "xoxb-hush-1",
    "SLACK_SIGNING_SECRET": "hush-2",
    "KORE_STREAM_ID": "st-0603182c",
    "KORE_ACCOUNT_ID": "67777ce93e25326494e90001",
    "KORE_CLIENT_ID": "cs-1f2e3d4c",
    "KORE_CLIENT_SECRET": "hush-3",
}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start without any setting, in an empty folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set what is required."""
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def problems() -> list[str]:
    """Read settings that cannot be used."""
    with pytest.raises(SettingsError) as caught:
        read_settings()
    return caught.value.problems


class TestReading:
    """What comes from where."""

    @pytest.mark.usefixtures("environment")
    def test_defaults(self) -> None:
        """What is required is enough; everything else has the documented default."""
        assert read_settings().model_dump() == {
            "slack_bot_token": SecretStr("xoxb-hush-1"),
            "slack_app_token": None,
            "slack_signing_secret": SecretStr("hush-2"),
            "slack_mode": "http",
            "slack_api_url": "https://slack.com/api/",
            "host": "0.0.0.0",
            "port": 3000,
            "metrics_port": None,
            "kore_host": "https://platform.kore.ai",
            "kore_stream_id": "st-0603182c",
            "kore_account_id": "67777ce93e25326494e90001",
            "kore_client_id": "cs-1f2e3d4c",
            "kore_client_secret": SecretStr("hush-3"),
            "kore_iid": None,
            "kore_jwt_algorithm": "HS256",
            "kore_timeout": 15,
            "https_proxy": None,
            "no_proxy": None,
            "contacts_per_call": 200,
            "add_contacts": "on",
            "default_country": None,
            "kore_rate_per_minute": 60,
            "database_url": SecretStr("sqlite:///contactlist.db"),
            "role": "all",
            "keep_days": 30,
            "database_pool_size": 10,
            "allowed_teams": frozenset(),
            "allowed_users": frozenset(),
            "allowed_usergroups": frozenset(),
            "allowed_channels": frozenset(),
            "admin_contact": "your workspace admin",
            "kore_console_url": None,
            "submissions_per_minute": 10,
            "open_jobs_limit": 1000,
            "notify_channel": None,
            "log_level": "INFO",
            "log_format": None,
        }

    @pytest.mark.parametrize(("given", "read"), [("de", "DE"), ("UK", "GB"), ("+49", "DE"), ("", None)])
    def test_countries(self, environment: pytest.MonkeyPatch, given: str, read: str | None) -> None:
        """A country is written in any case, as people call it, or not at all."""
        environment.setenv("DEFAULT_COUNTRY", given)
        assert read_settings().default_country == read

    def test_a_file_beside_the_bot_is_read(self, tmp_path: Path) -> None:
        """A `.env` file holds what the environment does not."""
        (tmp_path / ".env").write_text("\n".join(f"{name}={value}" for name, value in REQUIRED.items()))
        assert read_settings().kore_client_id == "cs-1f2e3d4c"

    def test_the_environment_wins_over_the_file(
        self, environment: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """What is set for this process counts."""
        environment.setenv("PORT", "8080")
        (tmp_path / ".env").write_text("PORT=9090\nKORE_TIMEOUT=30")
        assert (read_settings().port, read_settings().kore_timeout) == (8080, 30)

    def test_other_variables_do_no_harm(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Names that are not ours are left alone, also in the file."""
        environment.setenv("SLACK_CLIENT_ID", "another program's")
        (tmp_path / ".env").write_text("SOMETHING_ELSE=1")
        assert not hasattr(read_settings(), "slack_client_id")

    @pytest.mark.parametrize(
        "name", ["PORT", "KORE_HOST", "SLACK_APP_TOKEN", "ALLOWED_USERS", "LOG_LEVEL", "ROLE"]
    )
    def test_an_empty_variable_is_an_unset_one(self, environment: pytest.MonkeyPatch, name: str) -> None:
        """`PORT=` in a file or a dashboard means nothing."""
        before = read_settings()
        environment.setenv(name, "")
        assert read_settings() == before

    def test_an_empty_required_variable_is_missing(self, environment: pytest.MonkeyPatch) -> None:
        """So an empty value for something required is told as missing."""
        environment.setenv("KORE_CLIENT_SECRET", "")
        assert problems() == ["KORE_CLIENT_SECRET is missing"]

    def test_white_space_around_a_value_is_no_part_of_it(self, environment: pytest.MonkeyPatch) -> None:
        """A secret that was pasted with its line break is the secret."""
        environment.setenv("KORE_CLIENT_SECRET", " hush-3\n")
        environment.setenv("SLACK_BOT_TOKEN", "xoxb-hush-1\n")
        environment.setenv("KORE_STREAM_ID", " st-0603182c ")
        read = read_settings()
        assert read.kore_client_secret.get_secret_value() == "hush-3"
        assert read.slack_bot_token.get_secret_value() == "xoxb-hush-1"
        assert read.kore_stream_id == "st-0603182c"

    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ("U1", {"U1"}),
            ("U1,U2", {"U1", "U2"}),
            (" U1 , U2 ,", {"U1", "U2"}),
            ("U1 U2;U3\nU4", {"U1", "U2", "U3", "U4"}),
            ("  ", set()),
            ("U1,U1", {"U1"}),
        ],
    )
    @pytest.mark.parametrize("name", ["ALLOWED_USERS", "ALLOWED_USERGROUPS", "ALLOWED_CHANNELS"])
    def test_lists_are_split(
        self, environment: pytest.MonkeyPatch, name: str, text: str, ids: set[str]
    ) -> None:
        """At commas and spaces; one at the end does not matter."""
        kind = {"ALLOWED_USERS": "U", "ALLOWED_USERGROUPS": "S", "ALLOWED_CHANNELS": "C"}[name]
        environment.setenv(name, text.replace("U", kind))
        assert getattr(read_settings(), name.lower()) == {each.replace("U", kind) for each in ids}


class TestMode:
    """How Slack is reached."""

    @pytest.mark.parametrize(
        ("app_token", "mode", "secret", "socket_mode"),
        [
            (None, None, "hush", False),
            ("xapp-1", None, None, True),
            ("xapp-1", None, "hush", True),
            ("xapp-1", "socket", None, True),
            ("xapp-1", "http", "hush", False),
            (None, "http", "hush", False),
        ],
    )
    def test_it_follows_from_what_is_set(
        self, app_token: str | None, mode: str | None, secret: str | None, *, socket_mode: bool
    ) -> None:
        """An app token means Socket Mode unless HTTP is asked for, and each mode needs its own secret."""
        read = explicit(slack_app_token=app_token, slack_mode=mode, slack_signing_secret=secret)
        assert read.socket_mode is socket_mode
        assert read.slack_mode == ("socket" if socket_mode else "http")

    @pytest.mark.parametrize(
        ("variables", "names"),
        [
            ({"SLACK_MODE": "socket"}, ["SLACK_APP_TOKEN"]),
            ({"SLACK_SIGNING_SECRET": ""}, ["SLACK_APP_TOKEN"]),
            ({"SLACK_SIGNING_SECRET": "   "}, ["SLACK_APP_TOKEN"]),
            ({"SLACK_SIGNING_SECRET": "", "SLACK_MODE": "HTTP"}, ["SLACK_SIGNING_SECRET"]),
            ({"SLACK_APP_TOKEN": "xoxb-1", "SLACK_MODE": "socket"}, ["SLACK_APP_TOKEN"]),
            (
                {"SLACK_MODE": "http", "SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": ""},
                ["SLACK_SIGNING_SECRET"],
            ),
            ({"SLACK_MODE": "carrier pigeon"}, ["SLACK_MODE"]),
        ],
    )
    def test_what_a_mode_lacks_is_told(
        self, environment: pytest.MonkeyPatch, variables: dict[str, str], names: list[str]
    ) -> None:
        """The missing half is named, and nothing else."""
        for name, value in variables.items():
            environment.setenv(name, value)
        assert [problem.split()[0] for problem in problems()] == names


class TestAddresses:
    """Where tokens may be sent."""

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("platform.kore.ai", "https://platform.kore.ai"),
            ("https://platform.kore.ai", "https://platform.kore.ai"),
            ("https://de-platform.kore.ai/", "https://de-platform.kore.ai"),
            ("https://platform.kore.ai:8443", "https://platform.kore.ai:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://localhost:8080", "http://localhost:8080"),
        ],
    )
    def test_kores_host_with_and_without_scheme(
        self, environment: pytest.MonkeyPatch, given: str, expected: str
    ) -> None:
        """The vendor writes it both ways."""
        environment.setenv("KORE_HOST", given)
        assert read_settings().kore_host == expected

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("https://slack.com/api", "https://slack.com/api/"),
            ("https://slack.com/api/", "https://slack.com/api/"),
            ("http://127.0.0.1:9/api/", "http://127.0.0.1:9/api/"),
            ("http://[::1]:9/api", "http://[::1]:9/api/"),
            ("http://localhost:9/api", "http://localhost:9/api/"),
        ],
    )
    def test_slacks_address_ends_with_a_slash(
        self, environment: pytest.MonkeyPatch, given: str, expected: str
    ) -> None:
        """The SDK puts the method's name right behind it."""
        environment.setenv("SLACK_API_URL", given)
        assert read_settings().slack_api_url == expected

    @pytest.mark.parametrize("name", ["KORE_HOST", "SLACK_API_URL"])
    @pytest.mark.parametrize(
        "url",
        [
            "http://platform.kore.ai",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "ftp://127.0.0.1",
            "https://",
            "https://user:hush@platform.kore.ai",
            "https://user@platform.kore.ai",
            "http://user:hush@127.0.0.1",
            "https://platform.kore.ai:hush/",
            "https://[::1",
        ],
    )
    def test_an_unsafe_address_is_refused(self, environment: pytest.MonkeyPatch, name: str, url: str) -> None:
        """Tokens travel over TLS, or stay on this machine; an address holds no password."""
        environment.setenv(name, url)
        (problem,) = problems()
        assert problem.startswith(f"{name} ")
        assert "hush" not in problem
        assert "evil" not in problem

    @pytest.mark.parametrize("url", ["https://platform.kore.ai/campaign", "platform.kore.ai/a/b"])
    def test_kores_host_has_no_path(self, environment: pytest.MonkeyPatch, url: str) -> None:
        """A whole address that was pasted would be put in front of the API's own path."""
        environment.setenv("KORE_HOST", url)
        assert problems() == ["KORE_HOST must be a host name, without a path"]


class TestProblems:
    """What an operator reads when something is wrong."""

    def test_everything_that_is_missing_is_named(self) -> None:
        """Without any setting all that is required is listed at once, for Socket Mode."""
        needed = set(REQUIRED) - {"SLACK_SIGNING_SECRET"} | {"SLACK_APP_TOKEN"}
        assert {problem.split()[0] for problem in problems()} == needed

    def test_every_problem_is_told_at_once_and_without_a_value(self, environment: pytest.MonkeyPatch) -> None:
        """Each wrong variable has one line with its name; no line repeats what was set."""
        wrong = {
            "SLACK_BOT_TOKEN": "hush-token",
            "SLACK_APP_TOKEN": "hush-app",
            "SLACK_API_URL": "http://hush.example",
            "PORT": "hush-port",
            "KORE_HOST": "http://hush.example",
            "KORE_JWT_ALGORITHM": "hush-none",
            "KORE_TIMEOUT": "hush-soon",
            "KORE_RATE_PER_MINUTE": "hush-many",
            "DATABASE_URL": "mysql://user:hush@db/x",
            "ROLE": "hush-boss",
            "LOG_LEVEL": "hush-loud",
            "LOG_FORMAT": "hush-xml",
        }
        for name, value in wrong.items():
            environment.setenv(name, value)
        told = problems()
        assert [problem.split()[0] for problem in told] == [
            name.upper() for name in Settings.model_fields if name.upper() in wrong
        ]
        assert [problem for problem in told if "hush" in problem] == []
        with pytest.raises(SettingsError) as caught:
            read_settings()
        assert "hush" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("SLACK_BOT_TOKEN", "xoxp-1", "must start with xoxb-"),
            ("SLACK_APP_TOKEN", "xoxb-1", "must start with xapp-"),
            ("PORT", "65536", "must be less than or equal to 65535"),
            ("PORT", "-1", "must be greater than or equal to 0"),
            ("KORE_TIMEOUT", "0", "must be greater than 0"),
            ("KORE_TIMEOUT", "1000", "must be less than or equal to"),
            ("KORE_TIMEOUT", "nan", "must be"),
            ("CONTACTS_PER_CALL", "0", "must be greater than or equal to 1"),
            ("CONTACTS_PER_CALL", "1001", "must be less than or equal to 1000"),
            ("DEFAULT_COUNTRY", "Germany", "must be a country: two letters like DE"),
            ("DEFAULT_COUNTRY", "ZZ", "must be a country: two letters like DE"),
            ("HTTPS_PROXY", "https://proxy:3128", "must be http://HOST:PORT"),
            ("HTTPS_PROXY", "http://joe:hush#er@proxy:3128", "must be http://HOST:PORT"),
            ("HTTPS_PROXY", "http://[", "must be http://HOST:PORT"),
            ("HTTPS_PROXY", "http://joe:hushł@proxy:3128", "must be http://HOST:PORT"),
            ("KORE_RATE_PER_MINUTE", "0", "must be greater than or equal to 1"),
            ("KEEP_DAYS", "0", "must be greater than or equal to 1"),
            ("KORE_JWT_ALGORITHM", "none", "must be 'HS256' or 'HS512'"),
            ("DATABASE_URL", "mysql://x", "must start with sqlite:/// or postgresql://"),
            ("LOG_FORMAT", "xml", "must be 'console' or 'json'"),
            ("KORE_CONSOLE_URL", "http://console.example/{id}", "must be an https address with {id} in it"),
            ("KORE_CONSOLE_URL", "https://console.example/lists", "must be an https address with {id} in it"),
        ],
    )
    def test_a_sentence_says_what_is_wanted(
        self, environment: pytest.MonkeyPatch, name: str, value: str, told: str
    ) -> None:
        """The line says what the variable must be."""
        environment.setenv(name, value)
        assert [problem for problem in problems() if problem.startswith(f"{name} {told}")] != []

    @pytest.mark.parametrize("role", ["web", "worker"])
    def test_roles_need_a_shared_store(self, environment: pytest.MonkeyPatch, role: str) -> None:
        """Two processes cannot share one SQLite file; over PostgreSQL they can."""
        environment.setenv("ROLE", role)
        (problem,) = problems()
        assert problem.startswith("ROLE ")
        assert "postgresql://" in problem
        environment.setenv("DATABASE_URL", "postgresql://user:hush@db/x")
        assert read_settings().role == role

    @pytest.mark.parametrize(
        ("url", "on_sqlite"), [("sqlite:///other.db", True), ("postgresql://user:hush@db/x", False)]
    )
    def test_both_stores_are_known(
        self, environment: pytest.MonkeyPatch, url: str, *, on_sqlite: bool
    ) -> None:
        """One file, or a server."""
        environment.setenv("DATABASE_URL", url)
        read = read_settings()
        assert read.database_url.get_secret_value() == url
        assert read.on_sqlite is on_sqlite

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("postgres://user:hush@db/x", "postgresql://user:hush@db/x"),
            ("POSTGRES://user:Hush@db/x", "postgresql://user:Hush@db/x"),
            ("postgresql+psycopg://db/x?sslmode=require", "postgresql://db/x?sslmode=require"),
            ("PostgreSQL+psycopg2://db/x", "postgresql://db/x"),
            ("SQLITE:///Jobs.db", "sqlite:///Jobs.db"),
        ],
    )
    def test_stores_in_other_words(self, environment: pytest.MonkeyPatch, url: str, expected: str) -> None:
        """Platforms write the same address in their own ways."""
        environment.setenv("DATABASE_URL", url)
        assert read_settings().database_url.get_secret_value() == expected


class TestExplicit:
    """Settings for the demo and the tests."""

    def test_the_environment_is_not_looked_at(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A demo cannot reach a real account, whatever is set beside it."""
        environment.setenv("KORE_HOST", "https://real.example")
        (tmp_path / ".env").write_text("NOTIFY_CHANNEL=C0REAL")
        read = explicit(kore_stream_id="st-demo")
        assert read.kore_stream_id == "st-demo"
        assert read.kore_host == "https://platform.kore.ai"
        assert read.notify_channel is None

    def test_what_is_required_stays_required(self, environment: pytest.MonkeyPatch) -> None:
        """What the environment holds does not fill a gap."""
        assert read_settings().kore_client_id == REQUIRED["KORE_CLIENT_ID"]
        environment.setenv("KORE_CLIENT_ID", "cs-other")
        with pytest.raises(ValidationError, match="kore_client_id"):
            Settings.model_validate({"slack_bot_token": "xoxb-1"})

    def test_lists_may_be_given_as_they_are(self) -> None:
        """Sets are taken as sets, texts as comma lists."""
        read = explicit(allowed_users={"U1", "U2"}, allowed_channels="C1, C2")
        assert read.allowed_users == {"U1", "U2"}
        assert read.allowed_channels == {"C1", "C2"}


def test_settings_do_not_change() -> None:
    """What was read at start holds until the end."""
    with pytest.raises(ValidationError, match="frozen"):
        explicit().port = 1  # type: ignore[misc]


def test_secrets_do_not_show() -> None:
    """Settings in a log line or a traceback give nothing away."""
    read = explicit(slack_app_token="xapp-hush-4", database_url="postgresql://user:hush-5@db/x")
    for shown in (repr(read), str(read), repr(read.model_dump()), read.model_dump_json()):
        assert "hush" not in shown


def explicit(**changed: object) -> Settings:
    """Build settings from what is required and these changes."""
    required = {name.lower(): value for name, value in REQUIRED.items()}
    return Settings.model_validate(required | changed)


@pytest.mark.parametrize("name", ["KORE_STREAM_ID", "KORE_CLIENT_SECRET", "SLACK_BOT_TOKEN"])
def test_a_required_value_of_blanks_is_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """White space is no id and no secret."""
    monkeypatch.setenv(name, "   ")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert any(each.startswith(f"{name} ") for each in caught.value.problems)


@pytest.mark.parametrize("name", ["KORE_HOST", "SLACK_API_URL"])
@pytest.mark.parametrize("rest", ["?a=1", "#part"])
def test_an_address_has_no_query_and_no_fragment(
    monkeypatch: pytest.MonkeyPatch, name: str, rest: str
) -> None:
    """What stands behind ? or # would be lost, so it is refused."""
    monkeypatch.setenv(name, f"https://platform.kore.ai/{rest}")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert f"{name} must be an address without ? and #" in caught.value.problems


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ALLOWED_TEAMS", "acme", "must be workspace or organisation ids (T…, E…), not names"),
        ("ALLOWED_USERS", "@mina", "must be user ids (U…), not names"),
        ("ALLOWED_USERGROUPS", "leads", "must be user group ids (S…), not names"),
        ("ALLOWED_CHANNELS", "C0CAMPAIGN,#general", "must be channel ids (C…), not names"),
        ("ALLOWED_USERS", ", ,", "has no ids in it: leave it empty to limit nothing"),
        ("NOTIFY_CHANNEL", "campaigns", "must be a channel id (C…), not names"),
        ("DATABASE_URL", "postgresql://bot:s3@cr:pass@db.example/lists", UNREADABLE_DATABASE),
        ("DATABASE_URL", "postgresql://bot:ab@cd#ef/gh@127.0.0.1/jobs", UNREADABLE_DATABASE),
        ("DATABASE_URL", "postgresql://bot:ab#cd@127.0.0.1/jobs", UNREADABLE_DATABASE),
        ("DATABASE_URL", "postgresql://127.0.0.1:port/jobs", UNREADABLE_DATABASE),
        ("DATABASE_URL", "postgresql://bot:ab/cd@127.0.0.1/jobs", UNREADABLE_DATABASE),
        ("DATABASE_URL", "postgresql://bot:ab?cd@127.0.0.1/jobs", UNREADABLE_DATABASE),
        ("DATABASE_URL", "postgres://bot:ab#cd@127.0.0.1/jobs", UNREADABLE_DATABASE),
        ("DATABASE_URL", "postgresql+asyncpg://db/x", "must start with sqlite:/// or postgresql://"),
        ("DATABASE_URL", "sqlite:///", "must name a database: sqlite:///FILE or postgresql://…/DATABASE"),
        (
            "DATABASE_URL",
            "sqlite:///:memory:",
            "must name a database: sqlite:///FILE or postgresql://…/DATABASE",
        ),
        ("PORT", "http", "must be a valid integer"),
    ],
)
def test_each_of_these_mistakes_has_its_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """A usual slip is named with what to write instead, and its value is not repeated."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert f"{name} {sentence}" in caught.value.problems
    assert "s3@cr" not in str(caught.value)


def test_words_are_taken_in_any_case() -> None:
    """Nobody has to remember which setting is written in capitals."""
    read = explicit(
        log_level="debug",
        log_format="JSON",
        slack_mode="HTTP",
        role="ALL",
        kore_jwt_algorithm="hs512",
        add_contacts="OFF",
    )
    assert read.add_contacts == "off"
    assert (read.log_level, read.log_format, read.slack_mode) == ("DEBUG", "json", "http")
    assert (read.role, read.kore_jwt_algorithm) == ("all", "HS512")
