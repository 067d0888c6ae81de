"""The circuit: while Kore.ai cannot be reached, one call every few seconds."""

import pytest

from bot.kore.circuit import Circuit


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a clock that is moved by hand."""
    monkeypatch.setattr("bot.kore.circuit.PROBE_EVERY", 5.0)
    return [100.0]


def test_it_lets_everything_through_while_kore_answers(clock: list[float]) -> None:
    """A closed circuit is not noticed."""
    circuit = Circuit(lambda: clock[0])
    assert all(circuit.lets_through() for _ in range(10))


def test_one_probe_every_five_seconds_while_it_does_not(clock: list[float]) -> None:
    """However many jobs ask, one gets through in five seconds."""
    circuit = Circuit(lambda: clock[0])
    circuit.not_reached()
    passed = []
    for _ in range(160):
        clock[0] += 0.125
        if circuit.lets_through():
            passed.append(clock[0])
    assert passed == [105, 110, 115, 120]


def test_one_answer_closes_it(clock: list[float]) -> None:
    """As soon as Kore.ai answers anything, everybody may call."""
    circuit = Circuit(lambda: clock[0])
    circuit.not_reached()
    assert not circuit.lets_through()
    circuit.reached()
    assert circuit.lets_through()
