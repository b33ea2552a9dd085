"""Seeded order of identities: ties fall the same way whatever the order of rows or sign-up."""

import numpy as np
import numpy.typing as npt

_GAMMA = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1


def seeded_order(keys: npt.NDArray[np.uint64], *, seed: int, salt: int) -> npt.NDArray[np.int64]:
    """Order identities by a keyed hash.

    Parameters
    ----------
    keys : (n,) uint64
        Distinct identities.
    seed : int
        The seed of the run.
    salt : int
        Tells apart the kinds of things that are ordered under one seed.

    Returns
    -------
    (n,) int64
        Row numbers in hash order. The hash is a bijection of 64-bit words (the finaliser of
        splitmix64: Steele, Lea and Flood 2014), so distinct keys never tie.
    """
    start = np.uint64((seed * _GAMMA + salt * 0xD1B54A32D192ED03 + _GAMMA) & _MASK)
    return np.argsort(_mix(_mix(keys ^ start) + start), kind="stable")


def _mix(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    # Wrapping multiplication is what the hash consists of; arrays wrap without a warning.
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
