"""A reader in a folder, its weights in a byte each."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from embeddings import DEFAULT_MODEL
from embeddings.models import find_model
from rag import ReaderError
from rag.reader import SpanReader
from rag.reader.weights import configure, load, pack, packed, unpacked

BASE = find_model(DEFAULT_MODEL).location


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As training exports it."""
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("trained")
    model = AutoModelForQuestionAnswering.from_pretrained(BASE)
    model.to(torch.float16).save_pretrained(folder)
    AutoTokenizer.from_pretrained(BASE).save_pretrained(folder)
    return folder


@pytest.fixture
def shipped(trained: Path, tmp_path: Path) -> Path:
    pack(trained, tmp_path / "packed")
    return tmp_path / "packed"


def logits(model: Any, tokenizer: Any) -> torch.Tensor:
    features = tokenizer("How many bees?", "The hive holds 42 bees.", return_tensors="pt")
    with torch.inference_mode():
        output = model.eval()(**features)
    return torch.cat([output.start_logits, output.end_logits])


def test_bytes_lose_less_than_half_a_step_of_their_row() -> None:
    rows = torch.tensor([[0.5, -1.27, 0.003], [100.0, 3.0, -50.0], [0.0, 0.0, 0.0]])
    small = packed({"matrix": rows, "bias": torch.tensor([0.1, 7.0])})
    assert {name: tensor.dtype for name, tensor in small.items()} == {
        "matrix": torch.int8,
        "matrix.scale": torch.float32,
        "bias": torch.float16,
    }
    again = unpacked(small)
    assert sorted(again) == ["bias", "matrix"]
    lost = (again["matrix"] - rows).abs().amax(1)
    assert (lost <= rows.abs().amax(1) / 254 + 1e-9).all()
    assert torch.allclose(again["bias"], torch.tensor([0.1, 7.0]), atol=1e-4)


def test_what_is_packed_reads_about_the_same_from_half_the_size(
    trained: Path, shipped: Path
) -> None:
    whole = AutoModelForQuestionAnswering.from_pretrained(trained, dtype=torch.float32)
    loaded = load(shipped)
    expected = logits(whole, AutoTokenizer.from_pretrained(trained))
    assert torch.allclose(logits(loaded.model, loaded.tokenizer), expected, atol=0.05)
    assert expected.std() > 0.05  # so that "about the same" says something
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (trained, shipped)]
    assert sizes[1] < 0.52 * sizes[0]


def test_what_training_exported_is_read_as_well(trained: Path) -> None:
    expected = AutoModelForQuestionAnswering.from_pretrained(trained, dtype=torch.float32)
    loaded = load(trained)
    assert logits(loaded.model, loaded.tokenizer).equal(logits(expected, loaded.tokenizer))
    assert loaded.fit == (1.0, 0.0)


def test_the_fit_of_scores_comes_with_it(shipped: Path) -> None:
    configure(shipped, {"answerability": (0.5, -1.0)})
    assert load(shipped).fit == (0.5, -1.0)


@pytest.mark.parametrize("name", ["qa_outputs.weight", "qa_outputs.bias"])
def test_weights_that_are_not_there_are_missed(shipped: Path, name: str) -> None:
    path = shipped / "model.safetensors"
    kept = load_file(path)
    del kept[name]
    save_file(kept, path)
    with pytest.raises(ReaderError, match="cannot be loaded"):
        SpanReader(shipped, 1)


def test_a_folder_without_weights(shipped: Path, tmp_path: Path) -> None:
    folder = tmp_path / "none"
    shutil.copytree(shipped, folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ReaderError, match=r"model\.safetensors"):
        SpanReader(folder, 1)
