"""What training makes small: missing the answer, and preferring a wrong passage."""

from collections.abc import Sequence

import torch
from torch import Tensor

NEVER = -1e4  # logit of a token that cannot be part of an answer
_WARMTH = 2.0  # temperature at which distributions are compared
_LISTWISE = 0.5  # weight of ranking the passages of one question, against reading each


def loss(start: Tensor, end: Tensor, starts: Tensor, ends: Tensor, groups: Sequence[int]) -> Tensor:
    """Negative log-likelihood of the accepted starts and ends, and of the right passage.

    The second part compares the passages of one question by their scores, so that scores can be
    compared across passages (Clark and Gardner 2018).

    Args:
        start: Logits `[examples, tokens]`, very low where no answer may stand.
        end: Likewise.
        starts: Which tokens are accepted, `[examples, tokens]`.
        ends: Likewise.
        groups: Number of examples of each group, in order; the first of a group answers best.
    """
    reading = (_missed(start, starts) + _missed(end, ends)) / 2
    rows = _in_rows(groups)
    if rows.shape[1] < 2:
        return reading
    rows = rows.to(start.device)
    score = _odds(start) + _odds(end)
    ranked = score[rows.clamp(min=0)].masked_fill(rows < 0, NEVER)
    ranking = -torch.log_softmax(ranked, 1)[:, 0]  # nothing where a group has one alone
    return reading + _LISTWISE * ranking.sum() / sum(size > 1 for size in groups)


def imitation(logits: Tensor, taught: Tensor) -> Tensor:
    """Divergence of the teacher's distribution over tokens from the pupil's (Hinton et al. 2015).

    Args:
        logits: Of the readable tokens, `[examples, readable]`, very low where there are fewer.
        taught: The teacher's, likewise.
    """
    divergence = torch.nn.functional.kl_div(
        torch.log_softmax(logits / _WARMTH, 1),
        torch.log_softmax(taught / _WARMTH, 1),
        reduction="batchmean",
        log_target=True,
    )
    return _WARMTH**2 * divergence


def unlike(states: Tensor, taught: Tensor, both: Tensor) -> Tensor:
    """Mean squared difference to the teacher's states, scaled to variance 1 (Jiao et al. 2020).

    Args:
        states: Of tokens, `[examples, tokens, size]`.
        taught: The teacher's, likewise.
        both: Which of the tokens count.
    """
    scaled = torch.nn.functional.layer_norm(taught.float(), taught.shape[-1:])
    squared = (states.float() - scaled).square().mean(-1)
    return (squared * both).sum() / both.sum()


def _in_rows(groups: Sequence[int]) -> Tensor:
    """Numbers of the examples of each group, `[groups, most]`; -1 where there are fewer."""
    sizes = torch.tensor(groups)[:, None]
    column = torch.arange(int(sizes.max()))[None]
    return (sizes.cumsum(0) - sizes + column).where(column < sizes, -1)


def _missed(logits: Tensor, target: Tensor) -> Tensor:
    """Mean negative log-likelihood of all accepted tokens together."""
    return (logits.logsumexp(1) - logits.masked_fill(~target, NEVER).logsumexp(1)).mean()


def _odds(logits: Tensor) -> Tensor:
    """Log odds of any token against the first."""
    return logits[:, 1:].logsumexp(1) - logits[:, 0]
