"""What the model sees: a question and a titled passage, as tokens with their characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpus import one_alphabet

if TYPE_CHECKING:
    from torch import Tensor

MAX_TOKENS = 320  # of question, title and passage; what is longer is read in windows
_STRIDE = 96  # tokens that two windows share
_QUESTION = 64  # words of a question that are read, its last ones
_TITLE = 24  # words of a title that are read


@dataclass(frozen=True, slots=True)
class Text:
    """A passage and the title that it stands under; spans count in characters of `passage`."""

    title: str
    passage: str

    @property
    def heading(self) -> str:
        words = " ".join(self.title.split()[:_TITLE])
        return f"{words}\n" if words else ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """A batch of windows, padded.

    Attributes:
        features: `input_ids`, `attention_mask` and `token_type_ids`, each `[windows, tokens]`.
        readable: `[windows, tokens]`, true where an answer may stand: the passage's own tokens,
            and the first token, which stands for "no answer".
        offsets: For each token where it starts and ends in the passage, in characters,
            `[windows, tokens, 2]`.
        texts: For each window, the number of the text that it is part of.
    """

    features: "dict[str, Tensor]"
    readable: "Tensor"
    offsets: "Tensor"
    texts: list[int]


def encode(
    tokenizer: Any, questions: Sequence[str], texts: Sequence[Text], *, windows: bool = True
) -> Inputs:
    """Returns the inputs for some pairs of question and text.

    Args:
        tokenizer: A fast tokenizer of transformers.
        questions: One for each text.
        texts: What is read.
        windows: Whether the rest of a text that is too long follows in further windows.
    """
    import torch

    encoded = tokenizer(
        [" ".join(question.split()[-_QUESTION:]) for question in questions],
        [text.heading + one_alphabet(text.passage) for text in texts],
        truncation="only_second",
        max_length=MAX_TOKENS,
        stride=_STRIDE,
        padding=True,
        return_offsets_mapping=True,
        return_overflowing_tokens=windows,
        return_tensors="pt",
    )
    count = len(encoded["input_ids"])
    numbers = encoded["overflow_to_sample_mapping"].tolist() if windows else list(range(count))
    starts = torch.tensor([len(texts[number].heading) for number in numbers])[:, None]
    offsets = encoded["offset_mapping"]
    in_text = torch.tensor([[part == 1 for part in e.sequence_ids] for e in encoded.encodings])
    readable = in_text & (offsets[..., 0] >= starts) & (offsets[..., 1] > offsets[..., 0])
    readable[:, 0] = True
    return Inputs(
        features={
            name: encoded[name]
            for name in ("input_ids", "attention_mask", "token_type_ids")
            if name in encoded
        },
        readable=readable,
        offsets=offsets - starts[..., None],
        texts=numbers,
    )
