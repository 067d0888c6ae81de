"""What a process remembers: the newest of so many."""

from bot.models import BoundedDict


def test_the_oldest_is_forgotten_and_what_is_noted_again_is_new() -> None:
    """Two places, three keys."""
    noted = BoundedDict[str, int](2)
    noted["a"], noted["b"], noted["a"] = 1, 2, 3
    assert dict(noted) == {"a": 3, "b": 2}
    noted["c"] = 4
    assert list(noted.items()) == [("a", 3), ("c", 4)]
