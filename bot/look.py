"""Something that was read from Kore.ai, how old it is, and why it is not newer. Pure: no I/O."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.errors import BotError, KoreBusy, KoreInvalid, KoreMisaddressed, KoreRejected

__all__ = ["Look"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Look(Generic[T_co]):
    """What there is to see: `value` was read `age` seconds ago; `trouble` is why it is not newer."""

    value: T_co | None
    age: float = 0.0
    trouble: BotError | None = None

    @property
    def is_away(self) -> bool:
        """Whether it is not known because Kore.ai did not say: not because there is none."""
        return not isinstance(self.trouble, KoreInvalid | KoreMisaddressed | KoreRejected)

    @property
    def is_waiting(self) -> bool:
        """Whether a newer answer may come by itself."""
        return isinstance(self.trouble, KoreBusy)
