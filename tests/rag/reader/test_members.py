"""Readers that were trained apart, in one folder."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from embeddings import DEFAULT_MODEL
from embeddings.models import find_model
from rag import ReaderError
from rag.reader import SpanReader
from rag.reader.members import join_members, load_member, load_members

BASE = find_model(DEFAULT_MODEL).location


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two that differ in their last layer and their heads, as training exports them."""
    folders = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        model = AutoModelForQuestionAnswering.from_pretrained(BASE)
        with torch.no_grad():
            model.bert.encoder.layer[5].output.dense.weight.mul_(1 + seed / 10)
        model.to(torch.float16).save_pretrained(folder)
        AutoTokenizer.from_pretrained(BASE).save_pretrained(folder)
        folders.append(folder)
    return folders


@pytest.fixture
def joined(apart: list[Path], tmp_path: Path) -> Path:
    join_members([[folder] for folder in apart], tmp_path / "joined", DEFAULT_MODEL)
    return tmp_path / "joined"


def test_joined_readers_say_their_mean(apart: list[Path], joined: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(apart[0])
    features = tokenizer("How many bees?", "The hive holds 42 bees.", return_tensors="pt")
    alone = [
        AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32).eval()
        for folder in apart
    ]
    with torch.inference_mode():
        one, other = (model(**features) for model in alone)
        start, end = load_members(joined).logits(features)
    assert not torch.allclose(one.start_logits, other.start_logits, atol=0.01)
    assert torch.allclose(start, (one.start_logits + other.start_logits) / 2, atol=2e-3)
    assert torch.allclose(end, (one.end_logits + other.end_logits) / 2, atol=2e-3)


def test_only_what_was_trained_is_kept(joined: Path) -> None:
    for number in (1, 2):
        kept = load_file(joined / f"{number}.safetensors")
        assert sorted(kept) == [
            "bert.encoder.layer.5.output.dense.weight",
            "qa_outputs.bias",
            "qa_outputs.weight",
        ]


def test_a_member_is_the_mean_of_its_states(apart: list[Path], tmp_path: Path) -> None:
    join_members([apart], tmp_path / "joined", DEFAULT_MODEL)
    (model,) = load_members(tmp_path / "joined").models
    name = "bert.encoder.layer.5.output.dense.weight"
    one, other = (load_file(folder / "model.safetensors")[name].float() for folder in apart)
    assert torch.allclose(model.state_dict()[name], (one + other) / 2, atol=1e-3)
    assert not torch.allclose(one, other, atol=1e-3)


def test_one_alone_is_read_as_well(apart: list[Path]) -> None:
    assert len(load_members(apart[0]).models) == 1


def test_one_of_several_by_itself(joined: Path) -> None:
    (second,) = load_member(joined / "2.safetensors").models
    expected = load_members(joined).models[1].state_dict()
    assert all(tensor.equal(expected[name]) for name, tensor in second.state_dict().items())


def test_weights_that_nobody_has_are_missed(joined: Path) -> None:
    path = joined / "2.safetensors"
    kept = load_file(path)
    del kept["qa_outputs.weight"]
    save_file(kept, path)
    with pytest.raises(ReaderError, match="cannot be loaded"):
        SpanReader(joined, 1)


def test_a_folder_without_weights(joined: Path) -> None:
    for path in joined.glob("*.safetensors"):
        path.unlink()
    with pytest.raises(ReaderError, match=r"no \*\.safetensors weights"):
        SpanReader(joined, 1)
