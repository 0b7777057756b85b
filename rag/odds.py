"""Probabilities as log odds, in which differences of confidence compare."""

import math


def log_odds(probability: float) -> float:
    """Returns `log(p / (1 - p))`; of 0 and 1 a large finite number."""
    sure = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(sure / (1 - sure))


def probability(log_odds: float) -> float:
    """Takes back `log_odds`."""
    return 1 / (1 + math.exp(-log_odds))
