"""What training makes small: missing the answer, and preferring a wrong passage."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corpus import Span
from rag.reader.examples import Example

if TYPE_CHECKING:
    from torch import Tensor

NEVER = -1e4  # logit of a token that cannot be part of an answer
_WARMTH = 2.0  # temperature at which distributions are compared
_LISTWISE = 0.5  # weight of ranking the passages of one question, against reading each


def targets(
    spans: Sequence[Sequence[Span]], readable: "Tensor", examples: Sequence[Example]
) -> "tuple[Tensor, Tensor]":
    """Marks the tokens at which accepted answers start and end: the first one if none does."""
    import torch

    starts = torch.zeros_like(readable)
    ends = torch.zeros_like(readable)
    for row, (window, example) in enumerate(zip(spans, examples, strict=True)):
        tokens = [t for t in range(1, len(window)) if readable[row, t]]
        for answer in example.answers:
            first = [t for t in tokens if window[t].start <= answer.start < window[t].end]
            last = [t for t in tokens if window[t].start < answer.end <= window[t].end]
            if first and last:
                starts[row, first[0]] = ends[row, last[0]] = True
        if not starts[row].any():
            starts[row, 0] = ends[row, 0] = True
    return starts, ends


def loss(
    start: "Tensor", end: "Tensor", starts: "Tensor", ends: "Tensor", groups: Sequence[int]
) -> "Tensor":
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
    import torch

    reading = (_missed(start, starts) + _missed(end, ends)) / 2
    score = _odds(start) + _odds(end)
    ranking = [
        -torch.log_softmax(one, 0)[0] for one in torch.split(score, list(groups)) if len(one) > 1
    ]
    return reading + _LISTWISE * torch.stack(ranking).mean() if ranking else reading


def gathered(logits: "Tensor", readable: "Tensor") -> "Tensor":
    """Returns the logits of the readable tokens alone, padded: `[examples, readable]`."""
    import torch

    rows = [row[can] for row, can in zip(logits.float(), readable, strict=True)]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=NEVER)


def imitation(logits: "Tensor", taught: "Tensor") -> "Tensor":
    """Divergence of the teacher's distribution over tokens from the pupil's (Hinton et al. 2015).

    Args:
        logits: Of the readable tokens, `[examples, readable]`.
        taught: The teacher's, likewise.
    """
    import torch

    divergence = torch.nn.functional.kl_div(
        torch.log_softmax(logits / _WARMTH, 1),
        torch.log_softmax(taught / _WARMTH, 1),
        reduction="batchmean",
        log_target=True,
    )
    return _WARMTH**2 * divergence


def unlike(states: "Tensor", taught: "Tensor") -> "Tensor":
    """Mean squared difference to the teacher's states, scaled to variance 1 (Jiao et al. 2020).

    Args:
        states: Of tokens, `[tokens, size]`.
        taught: The teacher's, likewise.
    """
    import torch

    scaled = torch.nn.functional.layer_norm(taught.float(), taught.shape[1:])
    return torch.nn.functional.mse_loss(states.float(), scaled)


def _missed(logits: "Tensor", target: "Tensor") -> "Tensor":
    """Mean negative log-likelihood of all accepted tokens together."""
    return (logits.logsumexp(1) - logits.masked_fill(~target, NEVER).logsumexp(1)).mean()


def _odds(logits: "Tensor") -> "Tensor":
    """Log odds of any token against the first."""
    return logits[:, 1:].logsumexp(1) - logits[:, 0]
