"""The transformers that read together, and the folder that holds them.

Each file of weights there is one member. What training left as it was (the word embeddings) is not
kept again: it is taken from the encoder that all of them began with, which is installed anyway.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
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
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise FileNotFoundError(f"no *.safetensors weights in {folder}")
    return _loaded(folder, files)


def load_member(weights: Path) -> Members:
    """Loads one file of weights alone, with what else its folder holds."""
    return _loaded(weights.parent, [weights])


def _loaded(folder: Path, files: Sequence[Path]) -> Members:
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.initialization import no_init_weights

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    kept = [{name: t.float() for name, t in load_file(path).items()} for path in files]
    with no_init_weights():  # every weight is loaded below, or missed
        models = [AutoModelForQuestionAnswering.from_config(config) for _ in kept]  # type: ignore[no-untyped-call]
    base = getattr(config, _BASE, None)
    lacking = {name for weights in kept for name in models[0].state_dict() if name not in weights}
    begun = _begun(base, lacking) if base else {}
    for model, weights in zip(models, kept, strict=True):
        model.load_state_dict(begun | weights, assign=True)
        model.eval()
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
    for path in (first / "config.json", *first.glob("tokenizer*")):
        shutil.copy(path, out)
    configure(out, {_BASE: base, FIT: (1.0, 0.0)})
    for number, states in enumerate(members, 1):
        mean = _mean(states)
        begun = _begun(base, mean)
        own = {
            name: tensor
            for name, tensor in mean.items()
            if name not in begun or not tensor.equal(begun[name].half())
        }
        save_file(own, out / f"{number}.safetensors", {"format": "pt"})


def configure(folder: Path, entries: Mapping[str, Any]) -> None:
    """Sets entries of the config in a folder."""
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8")) | dict(entries)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")


def _mean(folders: Sequence[Path]) -> "dict[str, Tensor]":
    """The mean weights of one model at several times, in float16."""
    import torch
    from safetensors.torch import load_file

    states = [load_file(folder / "model.safetensors") for folder in folders]
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0).half()
        for name in states[0]
    }


def _begun(base: str, names: Iterable[str]) -> "dict[str, Tensor]":
    """What the encoder holds of the weights of a model with a head, by their names there."""
    from safetensors import safe_open

    with safe_open(Path(find_model(base).location) / "model.safetensors", "pt") as file:
        held = set(file.keys())
        inner = {name: name.partition(".")[2] for name in names}
        return {name: file.get_tensor(own) for name, own in inner.items() if own in held}
