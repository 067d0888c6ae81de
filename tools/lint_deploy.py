"""`make lint-deploy`: check what the bot is run and watched with, by the programs that will read it.

Neither Docker's engine nor a cluster is needed: files go in, and complaints come out. Any complaint fails.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import generate_latest

from bot.observe.metrics import Metrics

__all__ = ["CHECKS", "complaint", "expressions"]

ROOT = Path(__file__).parent.parent
PACKED = Path(sys.prefix) / "deploy" / "bin"
"""Where `make` installs what requirements-deploy.txt names."""
DASHBOARD = ROOT / "deploy/grafana/dashboards/contactlist-bot.json"
UNIT = ROOT / "deploy/systemd/contactlist-bot.service"
OVERLAYS = ("deploy/kubernetes/overlays", "tests/deploy/watched")
"""Each has `one` and `many`: as they are, and with the component."""
UNKNOWN_KIND = "Couldn't find schema for kind ServiceMonitor"
"""The Prometheus operator's own: no schema of Kubernetes' has it."""
EXPOSURE = 15
"""Tenths: what `systemd-analyze security` may find at most, of a hundred."""


def main() -> int:
    """Run every check, say how each went, and return the exit status."""
    failed = 0
    for name, check in CHECKS.items():
        wrong = check()
        print(f"{'x' if wrong else '.'} {name}", *([wrong] if wrong else []), sep="\n  ", flush=True)
        failed += bool(wrong)
    return int(failed > 0)


def complaint(*command: str | Path, reading: str | None = None, quiet: bool = False) -> str:
    """Run a program; return what it said if it failed, or if it should have been quiet, else nothing."""
    name, *arguments = map(str, command)
    program = shutil.which(name, path=PACKED) or shutil.which(name)
    if program is None:
        return f"{name} isn't installed: on Debian, .ci/run does it."
    ran = subprocess.run(  # noqa: S603 - our own programs and files
        [program, *arguments], input=reading, cwd=ROOT, capture_output=True, text=True, check=False
    )
    said = f"{ran.stdout}{ran.stderr}".strip()
    return said or f"{name} failed." if ran.returncode or (quiet and said) else ""


def alerts() -> str:
    """Prometheus reads its configuration and the alerts, and each alert fires when it should."""
    return complaint("promtool", "check", "config", "deploy/prometheus/prometheus.yml") or complaint(
        "promtool", "test", "rules", "deploy/prometheus/alerts_test.yml"
    )


def metrics() -> str:
    """Prometheus reads what `/metrics` answers, and finds no name against its conventions."""
    ours = Metrics()
    ours.kore_called("create", "200", 0.1)
    ours.ack_seconds.labels("command").observe(0.1)
    ours.store_connections.labels("free").set(1)
    ours.show_readiness(["store"], possible=["store", "slack"])
    ours.build_info.labels("0", "3", "http", "all", "sqlite").set(1)
    text = generate_latest(ours.registry).decode()
    return complaint("promtool", "check", "metrics", reading=text, quiet=True)


def dashboard() -> str:
    """Prometheus can read every expression of the dashboard."""
    rules = [
        {"record": f"panel:{number}", "expr": each.replace("$__rate_interval", "5m")}
        for number, each in enumerate(expressions(json.loads(DASHBOARD.read_text())))
    ]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rules.yml"
        file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
        return complaint("promtool", "check", "rules", file)


def expressions(found: object) -> Iterator[str]:
    """Yield every expression of a dashboard."""
    if isinstance(found, dict):
        if isinstance(expression := found.get("expr"), str):
            yield expression
        for each in found.values():
            yield from expressions(each)
    elif isinstance(found, list):
        for each in found:
            yield from expressions(each)


def kubernetes() -> str:
    """Kustomize builds each overlay, and Kubernetes' own schemas have every field in it."""
    return "\n".join(
        filter(None, (_overlay(ROOT / folder / name) for folder in OVERLAYS for name in ("one", "many")))
    )


def _overlay(folder: Path) -> str:
    with TemporaryDirectory() as built:
        file = Path(built) / f"{folder.name}.yaml"
        if wrong := complaint("kubectl", "kustomize", folder, "--output", file, quiet=True):
            return wrong
        said = complaint("kubernetes-validate", "--strict", "--quiet", file, quiet=True)
    return "\n".join(line for line in said.splitlines() if UNKNOWN_KIND not in line)


def compose() -> str:
    """Compose reads its file, with every profile, once the settings are there."""
    with TemporaryDirectory() as root:
        folder = shutil.copytree(ROOT / "deploy", Path(root) / "deploy") / "compose"
        settings = (ROOT / ".env.example").read_text() + "POSTGRES_PASSWORD=made-up\n"
        (folder / ".env").write_text(settings)
        file = folder / "compose.yml"
        return complaint("docker-compose", "--file", file, "--profile", "*", "config", "--quiet", quiet=True)


def systemd() -> str:
    """Systemd reads its unit without a word, and finds little that the bot could do to the machine."""
    with TemporaryDirectory() as folder:
        unit = Path(folder) / UNIT.name
        there = UNIT.read_text().replace("/opt/contactlist-bot/bin/contactlist-bot", sys.executable)
        unit.write_text(there)
        wrong = complaint("systemd-analyze", "verify", unit, quiet=True)
    security = ("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}")
    return wrong or complaint("systemd-analyze", *security, UNIT)


def image() -> str:
    """Hadolint has nothing to say about the Dockerfile."""
    return complaint("hadolint", "Dockerfile")


def workflows() -> str:
    """GitHub's schemas have every field of its files, and Compose's of its own."""
    files = {
        "github-workflows": ".github/workflows/ci.yml",
        "dependabot": ".github/dependabot.yml",
        "compose-spec": "deploy/compose/compose.yml",
    }
    said = [
        complaint("check-jsonschema", "--builtin-schema", f"vendor.{schema}", file)
        for schema, file in files.items()
    ]
    return "\n".join(filter(None, said))


def style() -> str:
    """All YAML is written alike."""
    return complaint(
        "yamllint", "--strict", "deploy", "tests/deploy", ".github", ".yamllint.yml", "manifest.yml"
    )


CHECKS: dict[str, Callable[[], str]] = {
    "alerts": alerts,
    "metrics": metrics,
    "dashboard": dashboard,
    "Kubernetes": kubernetes,
    "Compose": compose,
    "systemd": systemd,
    "image": image,
    "workflows": workflows,
    "YAML": style,
}


if __name__ == "__main__":
    sys.exit(main())
