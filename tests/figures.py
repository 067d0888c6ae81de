"""What Prometheus reads of a bot."""

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from sandbox.demo import Stage

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def figures(scene: Stage) -> Figures:
    """Read everything."""
    url = f"http://127.0.0.1:{scene.bot.port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        families = text_string_to_metric_families(await answer.text())
    return {
        (sample.name.removeprefix("contactlist_"), frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def of(found: Figures, name: str, **labels: str) -> float:
    """Return one figure; 0 for what was never counted."""
    return found.get((name, frozenset(labels.items())), 0)


class Counted:
    """How often forms ended in which way, from now on."""

    def __init__(self, scene: Stage, before: Figures) -> None:
        self._scene, self._before = scene, before

    @classmethod
    async def of(cls, scene: Stage) -> "Counted":
        """Begin to count."""
        return cls(scene, await figures(scene))

    async def forms(self, kind: str = "view_submission") -> dict[str, float]:
        """Return the outcomes since, but for those that never happened."""
        now = await figures(self._scene)
        more = {
            dict(labels)["outcome"]: value - self._before.get((name, labels), 0)
            for (name, labels), value in now.items()
            if name == "requests_total" and ("kind", kind) in labels
        }
        return {outcome: count for outcome, count in more.items() if count}
