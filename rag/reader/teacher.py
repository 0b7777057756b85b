"""A larger reader, trained before, whose reading a smaller one imitates."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus import Span
from rag.reader.examples import Example
from rag.reader.inputs import Inputs, encode
from rag.reader.loss import gathered

if TYPE_CHECKING:
    from torch import Tensor


class Teacher:
    """Reads what is trained on; its tokenizer must cut words as the pupil's does."""

    def __init__(self, folder: Path, device: str) -> None:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self._device = device
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = (
            AutoModelForQuestionAnswering.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype="float32"
            )
            .eval()
            .to(device)
        )

    def read(self, examples: Sequence[Example], pupil: Inputs) -> "tuple[Tensor, Tensor]":
        """Returns the logits of start and end at each readable token, `[examples, readable]`.

        Args:
            examples: What is read; the teacher is asked the plain question.
            pupil: The same examples as the pupil sees them.

        Raises:
            ValueError: The tokenizers differ.
        """
        import torch

        questions, texts = [e.plain or e.question for e in examples], [e.text for e in examples]
        inputs = encode(self._tokenizer, questions, texts, windows=False)
        for own, other in zip(_words(inputs), _words(pupil), strict=True):
            if any(mine != theirs for mine, theirs in zip(own, other, strict=False)):
                raise ValueError("The teacher's tokenizer cuts texts otherwise than the pupil's.")
        with torch.no_grad():
            output = self._model(**{n: t.to(self._device) for n, t in inputs.features.items()})
        readable = inputs.readable.to(self._device)
        return gathered(output.start_logits, readable), gathered(output.end_logits, readable)


def _words(inputs: Inputs) -> list[list[Span]]:
    """The characters of each readable token."""
    return [
        [window[t] for t in can.nonzero()[:, 0].tolist()]
        for window, can in zip(inputs.spans, inputs.readable, strict=True)
    ]
