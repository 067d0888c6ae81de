"""Kore.ai's clock and its waits, as headers and lists tell them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kore.clock import KEPT_FOR, KoreClock
from bot.kore.headers import MAX_WAIT, date_of, retry_after

NOON = 1764936000.0
MOMENTS = st.lists(st.tuples(st.floats(0, 500), st.floats(0, 5)), min_size=1, max_size=9)


@given(offset=st.floats(-3600, 3600), answers=MOMENTS)
def test_never_ahead_of_the_truth(offset: float, answers: list[tuple[float, float]]) -> None:
    """Whole seconds and slow answers say too little, never too much; the quickest of them says most."""
    clock = KoreClock()
    for at, underway in sorted(answers):
        written = NOON + at - underway + offset
        clock.hear(written // 1, now=NOON + at)

    ahead = clock.ahead(now=NOON + 500)

    assert ahead is not None
    slowest = min(underway for _, underway in answers)
    assert offset - slowest - 1 - 1e-6 <= ahead <= offset + 1e-6


def test_clocks_are_forgotten() -> None:
    """What was heard long ago is believed no more."""
    clock = KoreClock()
    assert clock.ahead(now=NOON) is None
    clock.hear(NOON + 5, now=NOON)
    clock.hear(NOON + 60, now=NOON + 60)
    assert clock.ahead(now=NOON + KEPT_FOR - 1) == 5
    assert clock.ahead(now=NOON + KEPT_FOR + 1) == 0
    assert clock.ahead(now=NOON + KEPT_FOR + 61) is None


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        ("7", 7),
        ("0", 0),
        (" 1.5 ", 1.5),
        ("9" * 400, MAX_WAIT),
        ("Fri, 05 Dec 2025 12:00:30 GMT", 30),
        ("Friday, 05-Dec-25 12:00:30 GMT", 30),
        ("Fri Dec  5 12:00:30 2025", 30),
        ("Fri, 05 Dec 2025 11:59:00 GMT", 0),
        ("Fri, 05 Dec 9025 11:59:00 GMT", MAX_WAIT),
        ("Fri, 05 Dec 99999 11:59:00 GMT", None),
        ("-1", None),
        ("\u0667", None),
        ("soon", None),
        ("", None),
    ],
)
def test_waits(wait: str, expected: float | None) -> None:
    """Seconds or a date, a day at most; anything else is as good as nothing."""
    assert retry_after({"Retry-After": wait}, now=NOON) == expected


def test_no_headers() -> None:
    """Neither of them needs to be there."""
    assert (date_of({}), retry_after({}, now=NOON)) == (None, None)
    assert date_of({"Date": "Fri, 05 Dec 2025 12:00:00 GMT"}) == NOON
    assert date_of({"Date": "yesterday"}) is None
