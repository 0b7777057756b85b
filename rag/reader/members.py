"""The transformers that read together, and the folder that holds them.

Each file of weights there is one member. What training left as it was (the word embeddings) is not
kept again: it is taken from the encoder that all of them began with, which is installed anyway.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.models import find_model

if TYPE_CHECKING:
    from torch import Tensor

FIT = "answerability"  # in the config: scale and shift that make scores log odds
_BASE = "base"  # in the config: the encoder that holds what a file of weights lacks


@dataclass(frozen=True, slots=True)
class Members:
    """Models that are asked the same, with one tokenizer.

    Attributes:
        tokenizer: A fast tokenizer of transformers.
        models: For question answering, of one architecture.
        fit: Scale and shift that make their common score log odds.
    """

    tokenizer: Any
    models: tuple[Any, ...]
    fit: tuple[float, float]

    def logits(self, features: "Mapping[str, Tensor]") -> "tuple[Tensor, Tensor]":
        """Returns the mean logits of start and end, each `[windows, tokens]`."""
        import torch

        outputs = [model(**features) for model in self.models]
        start = torch.stack([output.start_logits for output in outputs]).mean(0)
        return start, torch.stack([output.end_logits for output in outputs]).mean(0)


def load_members(folder: Path) -> Members:
    """Loads what `Trainer.export` or `join_members` has written.

    Raises:
        OSError, ValueError, RuntimeError, SafetensorError: Something is missing or damaged.
        EmbeddingsError: The encoder that they began with is not installed.
    """
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise FileNotFoundError(f"no *.safetensors weights in {folder}")
    base = getattr(config, _BASE, None)
    begun = _encoder(base) if base else {}
    models = []
    for path in files:
        model = AutoModelForQuestionAnswering.from_config(config)  # type: ignore[no-untyped-call]
        weights = {name: tensor.float() for name, tensor in load_file(path).items()}
        lacking = [name for name in model.state_dict() if name not in weights]
        weights |= {name: begun[_inner(name)] for name in lacking if _inner(name) in begun}
        model.load_state_dict(weights, assign=True)
        models.append(model.eval())
    scale, shift = getattr(config, FIT, (1.0, 0.0))
    return Members(tokenizer, tuple(models), (scale, shift))


def join_members(members: Sequence[Sequence[Path]], out: Path, base: str) -> None:
    """Puts models that were trained apart into one folder, less what is the encoder's.

    Args:
        members: For each its states on the way, as `Trainer.export` writes them, all begun with the
            same encoder: the mean of their weights is kept (Wortsman et al. 2022).
        out: Where they go; the tokenizer and the config are the first one's.
        base: The encoder.
    """
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    first = members[0][0]
    for path in first.glob("tokenizer*"):
        shutil.copy(path, out)
    config = json.loads((first / "config.json").read_text("utf-8")) | {_BASE: base}
    config.pop(FIT, None)
    (out / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
    begun = _encoder(base)
    for number, states in enumerate(members, 1):
        own = {
            name: tensor
            for name, tensor in _mean(states).items()
            if _inner(name) not in begun or not tensor.equal(begun[_inner(name)].half())
        }
        save_file(own, out / f"{number}.safetensors", {"format": "pt"})


def _mean(folders: Sequence[Path]) -> "dict[str, Tensor]":
    """The mean weights of one model at several times, in float16."""
    import torch
    from safetensors.torch import load_file

    states = [load_file(folder / "model.safetensors") for folder in folders]
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0).half()
        for name in states[0]
    }


def _inner(name: str) -> str:
    """The name of a weight in the encoder, by its name in a model with a head."""
    return name.partition(".")[2]


def _encoder(base: str) -> "dict[str, Tensor]":
    from safetensors.torch import load_file

    return load_file(Path(find_model(base).location) / "model.safetensors")
