"""Settings that would go wrong without a word: misspelt, quoted, given twice, or in an unreadable file."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, read_kore_settings, read_settings

REQUIRED = {
    "SLACK_BOT_TOKEN": "xoxb-hush-1",
    "SLACK_APP_TOKEN": "xapp-hush-2",
    "KORE_STREAM_ID": "st-0603182c",
    "KORE_ACCOUNT_ID": "67777ce93e25326494e90001",
    "KORE_CLIENT_ID": "cs-1f2e3d4c",
    "KORE_CLIENT_SECRET": "hush-3",
}
NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Set what is required and nothing else, in an empty folder."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def problems() -> list[str]:
    """Read settings that cannot be used."""
    with pytest.raises(SettingsError) as caught:
        read_settings()
    return caught.value.problems


MISSPELT = [
    ("ALLOWED_USER", "ALLOWED_USERS"),
    ("ALLOW_USERS", "ALLOWED_USERS"),
    ("ALLOWED_USER_IDS", "ALLOWED_USERS"),
    ("allowed_user", "ALLOWED_USERS"),
    ("ALLOWED_GROUPS", "ALLOWED_USERGROUPS"),
    ("ALLOWED_USER_GROUPS", "ALLOWED_USERGROUPS"),
    ("ALLOWED_CHANNEL", "ALLOWED_CHANNELS"),
    ("ALLOWED_TEAM", "ALLOWED_TEAMS"),
    ("DATABASE_URI", "DATABASE_URL"),
    ("KORE_RATE_PER_MIN", "KORE_RATE_PER_MINUTE"),
    ("NOTIFY_CHANNELS", "NOTIFY_CHANNEL"),
    ("SLACK_SIGNING_SECERT", "SLACK_SIGNING_SECRET"),
    ("OPEN_JOB_LIMIT", "OPEN_JOBS_LIMIT"),
    ("LOG_LEVELS", "LOG_LEVEL"),
]


@pytest.mark.parametrize(("name", "meant"), MISSPELT)
def test_misspelt_variable(environment: pytest.MonkeyPatch, name: str, meant: str) -> None:
    """What is nearly a setting, in the environment, is named with the right one, and without its value."""
    environment.setenv(name, "hush")
    assert problems() == [f"{name.upper()} (in the environment) isn't a setting: did you mean {meant}?"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [*MISSPELT, ("ROLES", "ROLE"), ("LOGLEVEL", "LOG_LEVEL"), ("ALLOWED-TEAMS", "ALLOWED_TEAMS")],
)
def test_misspelt_in_file(tmp_path: Path, name: str, meant: str) -> None:
    """In the file every name counts, however it begins."""
    (tmp_path / ".env").write_text(f"{name}=hush\n")
    assert problems() == [f"{name.upper()} (in .env) isn't a setting: did you mean {meant}?"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_CLIENT_ID", "1.2"),
        ("SLACK_CLIENT_SECRET", "another program's"),
        ("SLACK_API_TOKEN", "another program's"),
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/x"),
        ("HTTP_PROXY", "http://proxy:3128"),
        ("DATABASE_USER", "joe"),
        ("LOG_FORMATTER", "logfmt"),
        ("DATABASE_HOST", "db"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_ORIGINS", "*"),
        ("LOGLEVEL", "trace"),
        ("ROLES", "admin"),
        ("PROMETHEUS_MULTIPROC_DIR", "/nowhere"),
        # what Kubernetes sets for services called metrics, kore, slack-app, database and log
        ("METRICS_PORT", "tcp://10.0.0.7:9090"),
        ("METRICS_SERVICE_PORT", "9090"),
        ("METRICS_PORT_9090_TCP_ADDR", "10.0.0.7"),
        ("KORE_PORT", "tcp://10.0.0.7:80"),
        ("KORE_SERVICE_HOST", "10.0.0.7"),
        ("SLACK_APP_PORT", "udp://10.0.0.7:80"),
        ("DATABASE_PORT", "tcp://10.0.0.7:5432"),
        ("LOG_PORT", "tcp://10.0.0.7:80"),
    ],
)
def test_others_variables(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    """What other programs and Kubernetes set does no harm."""
    before = read_settings()
    environment.setenv(name, value)
    assert read_settings() == before


@pytest.mark.parametrize("name", [each for each in NAMES if len(each) > 4])
def test_slips(environment: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Whichever letter is left out, or changes places with the next one, the right name is told."""
    environment.delenv(name, raising=False)
    numbers = range(1, len(name) - 1)
    slips = {name[:number] + name[number + 1 :] for number in numbers}
    slips |= {name[:number] + name[number + 1] + name[number] + name[number + 2 :] for number in numbers}
    (tmp_path / ".env").write_text("".join(f"{slip}=hush\n" for slip in slips - {name, "HTTP_PROXY"}))
    told = [each for each in problems() if each.endswith(f"did you mean {name}?")]
    assert len(told) == len(slips - {name, "HTTP_PROXY"})


def test_no_service_link(environment: pytest.MonkeyPatch) -> None:
    """Only what Kubernetes names like that is left out: another setting is wrong, not at its default."""
    environment.setenv("DATABASE_URL", "tcp://10.0.0.7:5432")
    assert problems() == ["DATABASE_URL must start with sqlite:/// or postgresql://"]


def test_beside_the_right_one(tmp_path: Path) -> None:
    """An old value that is kept beside the new one is no slip."""
    (tmp_path / ".env").write_text("KORE_CLIENT_SECRET_OLD=hush\nALLOWED_USERS=U1\nALLOWED_USERS_2=U2\n")
    assert read_settings().allowed_users == {"U1"}


def test_beside_an_empty_one(tmp_path: Path) -> None:
    """As in a copy of .env.example, in which the right one still stands."""
    (tmp_path / ".env").write_text("ALLOWED_USERS=\nALLOWED_USER=U1\n")
    assert problems() == ["ALLOWED_USER (in .env) isn't a setting: did you mean ALLOWED_USERS?"]


def test_create_needs_less(environment: pytest.MonkeyPatch) -> None:
    """Where only Kore.ai is asked, a slip in the rest does no harm."""
    environment.setenv("ALLOWED_USER", "U1")
    assert read_kore_settings().kore_client_id == "cs-1f2e3d4c"


@pytest.mark.parametrize("value", ['"hush"', "'hush'", "“hush”", "„hush“"])
def test_quotes_are_noticed(environment: pytest.MonkeyPatch, value: str) -> None:
    """What `docker --env-file` leaves around a value would be a part of it."""
    environment.setenv("KORE_CLIENT_SECRET", value)
    assert problems() == ["KORE_CLIENT_SECRET has quotes around its value: leave them out"]


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("'hush'", "hush"),
        ('"hush"', "hush"),
        ("a${HOME}b", "a${HOME}b"),
        ('"a${HOME}b$HOME"', "a${HOME}b$HOME"),
        ("a#b # a note", "a#b"),
    ],
)
def test_secret_in_file(environment: pytest.MonkeyPatch, tmp_path: Path, line: str, secret: str) -> None:
    """Quotes in the file are taken off, and `${…}` is a part of a password."""
    environment.delenv("KORE_CLIENT_SECRET")
    (tmp_path / ".env").write_text(f"export KORE_CLIENT_SECRET={line}\n")
    assert read_settings().kore_client_secret.get_secret_value() == secret


def test_two_values(tmp_path: Path) -> None:
    """The last one would win, and might be the empty line of .env.example, which lets everybody in."""
    (tmp_path / ".env").write_text("ALLOWED_USERS=U1\nLOG_LEVEL=INFO\nLOG_LEVEL=INFO\nALLOWED_USERS=\n")
    assert problems() == ["ALLOWED_USERS has two values in .env: leave one out"]


def test_unclear_line(tmp_path: Path) -> None:
    """A line that says nothing is named by its number, without what stands there."""
    (tmp_path / ".env").write_text("# hush\nALLOWED_USERS: U1\n")
    assert problems() == [".env, line 2, can't be read: write NAME=value"]


def test_file_of_another_encoding(tmp_path: Path) -> None:
    """As Notepad may save it."""
    (tmp_path / ".env").write_bytes("PORT=8080\n".encode("utf-16"))
    assert problems() == [".env can't be read: save it as UTF-8"]


def test_byte_order_mark(tmp_path: Path) -> None:
    """What Windows puts before the first name is no part of it."""
    (tmp_path / ".env").write_text("PORT=8080\r\nLOG_LEVEL=DEBUG\r\n", encoding="utf-8-sig")
    assert (read_settings().port, read_settings().log_level) == (8080, "DEBUG")


def test_folder_for_a_file(tmp_path: Path) -> None:
    """As Docker makes one for a file to mount that isn't there."""
    (tmp_path / ".env").mkdir()
    assert problems() == [".env can't be read: Is a directory"]
