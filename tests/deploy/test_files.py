"""What the files in deploy/ have in common with the code and the image."""

import re
from typing import Any

import pytest
import yaml

import bot
from tests.deploy.promql import ROOT
from tools import lint_deploy

KUBERNETES = ROOT / "deploy/kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose/compose.yml").read_text())
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def _pod() -> dict[str, Any]:
    deployment = yaml.safe_load((KUBERNETES / "base/bot/deployment.yaml").read_text())
    pod: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return pod


def test_version() -> None:
    """Kubernetes runs this version of the image."""
    tags = yaml.safe_load((KUBERNETES / "base/bot/kustomization.yaml").read_text())["images"]
    assert [each["newTag"] for each in tags] == [bot.__version__]


def test_time_to_stop() -> None:
    """Nobody kills the bot before it can have stopped."""
    needed = int(re.findall(r"All of this fits into (\d+) seconds", OPERATIONS)[0])
    assert _pod()["terminationGracePeriodSeconds"] > needed
    assert int(COMPOSE["services"]["bot"]["stop_grace_period"].removesuffix("s")) > needed


def test_without_rights() -> None:
    """Neither a container's root nor its file system nor a capability is there to be misused."""
    (container,) = _pod()["containers"]
    assert _pod()["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    for capabilities in (
        container["securityContext"]["capabilities"]["drop"],
        COMPOSE["services"]["bot"]["cap_drop"],
    ):
        assert capabilities == ["ALL"]
    assert COMPOSE["services"]["bot"]["read_only"]


def test_secrets_by_reference() -> None:
    """No file in deploy/ has a value for a secret."""
    texts = [path.read_text() for path in (ROOT / "deploy").rglob("*.y*ml")]
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "KORE_CLIENT_SECRET")
    assert [name for name in names for text in texts if re.search(rf"{name}[\"']?\s*[:=]\s*\S", text)] == []


def test_open_to_this_machine_alone() -> None:
    """What Compose publishes is for this machine: a proxy there has the certificate."""
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert len(ports) > 1
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.process
@pytest.mark.parametrize(
    ("command", "quiet", "said"),
    [
        (("true",), True, ""),
        (("echo", "odd"), False, ""),
        (("echo", "odd"), True, "odd"),
        (("false",), False, "false failed."),
        (("no-such-program",), False, "no-such-program isn't installed: on Debian, .ci/run does it."),
    ],
)
def test_complaints(command: tuple[str, ...], said: str, *, quiet: bool) -> None:
    """A program that fails, says something when it should be quiet, or isn't there, is no pass."""
    assert lint_deploy.complaint(*command, quiet=quiet) == said
