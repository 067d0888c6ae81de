"""The circuit: while Kore.ai cannot be reached, one call every few seconds."""

import pytest

from bot.kore.circuit import Circuit


@pytest.fixture
def slots() -> set[int]:
    """Return the turns that were taken, by whichever process."""
    return set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a clock that is moved by hand."""
    monkeypatch.setattr("bot.kore.circuit.PROBE_EVERY", 5.0)
    return [100.0]


def circuit_of(slots: set[int], clock: list[float]) -> Circuit:
    """Make the circuit of one process."""

    async def take(number: int) -> bool:
        is_free = number not in slots
        slots.add(number)
        return is_free

    return Circuit(take, lambda: clock[0])


async def test_it_lets_everything_through_while_kore_answers(slots: set[int], clock: list[float]) -> None:
    """A closed circuit is not noticed."""
    circuit = circuit_of(slots, clock)
    assert all([await circuit.lets_through() for _ in range(10)])
    assert not slots


async def test_one_probe_every_five_seconds_while_it_does_not(slots: set[int], clock: list[float]) -> None:
    """However many jobs ask, one gets through in five seconds."""
    circuit = circuit_of(slots, clock)
    circuit.not_reached()
    passed = []
    for _ in range(160):
        clock[0] += 0.125
        if await circuit.lets_through():
            passed.append(clock[0])
    assert passed == [105, 110, 115, 120]


async def test_a_clock_that_is_set_back_holds_up_nothing(slots: set[int], clock: list[float]) -> None:
    """The next probe would be an hour away."""
    circuit = circuit_of(slots, clock)
    circuit.not_reached()
    clock[0] -= 3600
    assert await circuit.lets_through()


async def test_several_processes_share_the_probes(slots: set[int], clock: list[float]) -> None:
    """Three of them, each open since another moment, make no more probes than one."""
    circuits = [circuit_of(slots, clock) for _ in range(3)]
    for circuit in circuits:
        circuit.not_reached()
        clock[0] += 1.5
    passed = 0
    for _ in range(400):
        clock[0] += 0.125
        passed += sum([await circuit.lets_through() for circuit in circuits])
    assert passed == 10


async def test_one_answer_closes_it(slots: set[int], clock: list[float]) -> None:
    """As soon as Kore.ai answers anything, everybody may call."""
    circuit = circuit_of(slots, clock)
    circuit.not_reached()
    assert not await circuit.lets_through()
    circuit.reached()
    assert await circuit.lets_through()
