"""A reader in a folder: weights in a byte each, tokenizer and config."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

FIT = "answerability"  # in the config: scale and shift that make scores log odds
_NAME = "model.safetensors"
_SCALE = (
    ".scale"  # after the name of a matrix in bytes: what each of its rows is to be multiplied by
)
_MOST = 127  # the largest number in a signed byte


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model with what it needs.

    Attributes:
        tokenizer: A fast tokenizer of transformers.
        model: For question answering, in float32.
        fit: Scale and shift that make its scores log odds.
    """

    tokenizer: Any
    model: Any
    fit: tuple[float, float]


def load(folder: Path) -> Loaded:
    """Loads what `Trainer.export` or `pack` has written.

    Raises:
        OSError, ValueError, RuntimeError, SafetensorError: Something is missing or damaged.
    """
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.initialization import no_init_weights

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    weights = unpacked(load_file(folder / _NAME))
    with no_init_weights():  # every weight is loaded below, or missed
        model = AutoModelForQuestionAnswering.from_config(config)  # type: ignore[no-untyped-call]
    model.load_state_dict(weights, assign=True)
    scale, shift = getattr(config, FIT, (1.0, 0.0))
    return Loaded(tokenizer, model.eval(), (scale, shift))


def pack(trained: Path, out: Path) -> None:
    """Writes what training exported with its matrices in bytes.

    Each row has a scale of its own, so that what is lost is below 1 part in 254 of its largest
    number.
    """
    from safetensors.torch import load_file, save_file

    out.mkdir(parents=True, exist_ok=True)
    for path in (trained / "config.json", *trained.glob("tokenizer*")):
        shutil.copy(path, out)
    save_file(packed(load_file(trained / _NAME)), out / _NAME, {"format": "pt"})


def packed(weights: "Mapping[str, Tensor]") -> "dict[str, Tensor]":
    """Returns matrices as bytes with the scales of their rows, the rest in float16."""
    import torch

    found = {name: tensor.to(torch.float16) for name, tensor in weights.items() if tensor.ndim < 2}
    for name, tensor in weights.items():
        if tensor.ndim == 2:
            rows = tensor.float()
            scales = rows.abs().amax(1, keepdim=True).clamp(min=1e-12) / _MOST
            found[name] = (rows / scales).round().to(torch.int8)
            found[name + _SCALE] = scales
    return found


def unpacked(weights: "Mapping[str, Tensor]") -> "dict[str, Tensor]":
    """Returns all weights in float32."""
    return {
        name: tensor.float() * weights.get(name + _SCALE, 1.0)
        for name, tensor in weights.items()
        if not name.endswith(_SCALE)
    }


def configure(folder: Path, entries: Mapping[str, Any]) -> None:
    """Sets entries of the config in a folder."""
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8")) | dict(entries)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
