"""A larger reader, trained before, whose reading a smaller one imitates."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rag.reader.lessons import Taught
from rag.reader.loss import NEVER, imitation, unlike

_DEPTHS = (0.5, 1.0)  # shares of all layers after which states are compared


class Teacher:
    """Reads what is trained on; its tokenizer must cut words as the pupil's does.

    Attributes:
        tokenizer: Its own.
        bridges: From the pupil's states to the teacher's, one for each depth; trained with it.
    """

    def __init__(self, folder: Path, pupil: Any) -> None:
        """Loads a teacher for a pupil, a model for question answering, onto the same device."""
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = (
            AutoModelForQuestionAnswering.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype="float32"
            )
            .eval()
            .to(pupil.device)
        )
        sizes = pupil.config.hidden_size, self._model.config.hidden_size
        self.bridges = torch.nn.ModuleList(torch.nn.Linear(*sizes) for _ in _DEPTHS)
        self.bridges.to(pupil.device)

    def missed(self, taught: Taught, output: Any) -> Tensor:
        """Returns how far a pupil is from reading as the teacher does.

        Args:
            taught: What the teacher reads, on the pupil's device.
            output: What the pupil made of the same, with its hidden states.
        """
        with torch.no_grad():
            better = self._model(**taught.features, output_hidden_states=True)
        spans = [
            imitation(
                _logits(worse, taught.here, taught.both), _logits(own, taught.there, taught.both)
            )
            / 2
            for worse, own in (
                (output.start_logits, better.start_logits),
                (output.end_logits, better.end_logits),
            )
        ]
        states = [
            unlike(
                bridge(_states(output.hidden_states, depth, taught.here)),
                _states(better.hidden_states, depth, taught.there),
                taught.both,
            )
            for bridge, depth in zip(self.bridges, _DEPTHS, strict=True)
        ]
        return torch.stack(spans + states).sum()


def _logits(logits: Tensor, places: Tensor, both: Tensor) -> Tensor:
    """The logits of the tokens at some places, `[examples, places]`."""
    return logits.float().gather(1, places).masked_fill(~both, NEVER)


def _states(states: Sequence[Tensor], depth: float, places: Tensor) -> Tensor:
    """The states of the tokens at some places after a share of the layers.

    Args:
        states: After each layer, `[examples, tokens, size]`; the first are the embeddings.
        depth: The share.
        places: `[examples, places]`.
    """
    after = states[round(depth * (len(states) - 1))]
    return after.gather(1, places[..., None].expand(-1, -1, after.shape[2]))
