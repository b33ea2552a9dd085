"""What a coordinator may choose for one run of the solver."""

import math
from dataclasses import dataclass

from exchange.errors import ProblemError

MAX_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of one run; they never change what is allowed, only what is preferred.

    Parameters
    ----------
    epsilon : float, default 0.02
        Share of the diversity sum S that may be given up for fit; 0 = diversity first and last,
        1 = fit only.
    seed : int, default 0
        Breaks ties; 0 … 2**63 − 1.
    time_limit_s : float, optional
        Stop looking after so many seconds and return the best answer so far with its bound.
        Only with a limit may two runs differ.
    gap : float, optional
        Relative gap at which searching for diversity or fit stops. None leaves it to the engine.

    Raises
    ------
    ProblemError
        When a value is out of range.
    """

    epsilon: float = 0.02
    seed: int = 0
    time_limit_s: float | None = None
    gap: float | None = None

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        for name, value, top in (
            ("epsilon", self.epsilon, 1.0),
            ("gap", self.gap, 1.0),
            ("time_limit_s", self.time_limit_s, math.inf),
        ):
            if value is not None and not 0.0 <= value <= top:
                raise ProblemError(
                    f"{name} is {value}, expected 0 to {top}.", array=name, index=None
                )
        if isinstance(self.seed, bool) or not 0 <= int(self.seed) <= MAX_SEED:
            raise ProblemError(f"seed is {self.seed}, expected 0 to {MAX_SEED}.", array="seed")
