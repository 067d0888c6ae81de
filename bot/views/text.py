"""Other people's text, made to fit. Pure: no I/O."""


def length(text: str) -> int:
    """Count characters as UTF-16 units: the strictest way in which Slack or Kore.ai may count.

    Neither documents how it counts; what fits by this measure fits by any.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Shorten text to `limit` UTF-16 units without splitting a character."""
    while length(text) > limit:
        text = text[: limit if len(text) > limit else -1]
    return text
