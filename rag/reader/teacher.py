"""A larger reader, trained before, whose reading a smaller one imitates."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus import Span
from rag.reader.examples import Example
from rag.reader.inputs import Inputs, encode
from rag.reader.loss import gathered, imitation, unlike

if TYPE_CHECKING:
    from torch import Tensor


_DEPTHS = (0.5, 1.0)  # shares of all layers after which states are compared


class Teacher:
    """Reads what is trained on; its tokenizer must cut words as the pupil's does.

    Attributes:
        bridges: From the pupil's states to the teacher's, one for each depth; trained with it.
    """

    def __init__(self, folder: Path, pupil: Any) -> None:
        """Loads a teacher for a pupil, a model for question answering, onto the same device."""
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
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

    def missed(self, examples: Sequence[Example], inputs: Inputs, output: Any) -> "Tensor":
        """Returns how far a pupil is from reading as the teacher does.

        Args:
            examples: What is read; the teacher is asked the plain question.
            inputs: The same as the pupil sees them.
            output: What the pupil made of them, with its hidden states.

        Raises:
            ValueError: The tokenizers differ.
        """
        import torch

        questions, texts = [e.plain or e.question for e in examples], [e.text for e in examples]
        own = encode(self._tokenizer, questions, texts, windows=False)
        for mine, other in zip(_words(own), _words(inputs), strict=True):
            if any(one != another for one, another in zip(mine, other, strict=False)):
                raise ValueError("The teacher's tokenizer cuts texts otherwise than the pupil's.")
        device = self._model.device
        features = {name: tensor.to(device) for name, tensor in own.features.items()}
        with torch.no_grad():
            better = self._model(**features, output_hidden_states=True)
        here, there = (r.to(device) for r in _shared(inputs.readable, own.readable))
        spans = [
            imitation(gathered(worse, here), gathered(taught, there)) / 2
            for worse, taught in (
                (output.start_logits, better.start_logits),
                (output.end_logits, better.end_logits),
            )
        ]
        states = [
            unlike(
                bridge(_after(output.hidden_states, depth)[here]),
                _after(better.hidden_states, depth)[there],
            )
            for bridge, depth in zip(self.bridges, _DEPTHS, strict=True)
        ]
        return torch.stack(spans + states).sum()


def _after(states: "Sequence[Tensor]", depth: float) -> "Tensor":
    """States after a share of the layers, `[examples, tokens, size]`; the first are embeddings."""
    return states[round(depth * (len(states) - 1))]


def _shared(one: "Tensor", other: "Tensor") -> "tuple[Tensor, Tensor]":
    """Readable tokens that both see: of a long text either may lack the last ones."""
    counts = one.sum(1).minimum(other.sum(1))[:, None]
    return one & (one.cumsum(1) <= counts), other & (other.cumsum(1) <= counts)


def _words(inputs: Inputs) -> list[list[Span]]:
    """The characters of each readable token."""
    return [
        [window[t] for t in can.nonzero()[:, 0].tolist()]
        for window, can in zip(inputs.spans, inputs.readable, strict=True)
    ]
