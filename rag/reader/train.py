"""Trains the reader: `python -m rag.reader.train DATA OUT`.

Three stages, each on top of the one before: short contexts (single sentences), passages with hard
negatives, and documents of the kind that people keep. The rate of learning rises, stays and falls
over all of them together; the weights that are kept are a running average of the last steps.
Stopped at any moment, it goes on from its last checkpoint.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embeddings import DEFAULT_MODEL
from embeddings.models import find_model
from rag.reader.examples import Example, Group, roughened
from rag.reader.inputs import MAX_TOKENS, encode
from rag.reader.stages import STAGES, Stage

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger("train")

_TOKENS = 2_600  # padded tokens in a batch, about
_RATE = 1.5e-4
_LISTWISE = 0.5  # weight of ranking the passages of one question, against reading each
_SAVE_EVERY = 240.0  # seconds
_AVERAGED = 0.998  # share of the running average that a step keeps


class Trainer:
    """A model on its way through the stages, with what is needed to go on after a stop."""

    def __init__(self, out: Path, seed: int, device: str) -> None:
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        torch.manual_seed(seed)
        self.out, self.seed, self.device = out, seed, device
        base = find_model(DEFAULT_MODEL).location
        self.tokenizer: Any = AutoTokenizer.from_pretrained(base)
        self.model = AutoModelForQuestionAnswering.from_pretrained(
            base, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        ).to(device)
        self.model.get_input_embeddings().requires_grad_(False)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=_RATE, weight_decay=0.01)
        self.average = {n: p.detach().clone() for n, p in self.model.named_parameters()}
        self.steps = 0

    def run(self, stage: Stage, data: Path) -> None:
        """Trains through one stage, or what is left of it."""
        done, began, saved = 0, time.monotonic(), time.monotonic()
        skip = self._resume(stage)
        losses: list[float] = []
        for number, batch in enumerate(self._batches(stage, data)):
            inputs_tokens = _padded(batch)
            if number >= skip:
                share = min(1.0, done / stage.tokens)
                first, last = stage.rates
                warm = min(1.0, (self.steps + 1) / 200)
                rate = _RATE * warm * (first + (last - first) * share)
                losses.append(self._step([e for _, group in batch for e in group], batch, rate))
                if number % 100 == 99:
                    log.info(
                        "%s %d%% step %d loss %.3f rate %.1e %.0f s",
                        stage.name,
                        100 * share,
                        self.steps,
                        sum(losses[-100:]) / len(losses[-100:]),
                        rate,
                        time.monotonic() - began,
                    )
                if time.monotonic() - saved > _SAVE_EVERY:
                    self._save(stage, number + 1)
                    saved = time.monotonic()
            done += inputs_tokens
        self._save(stage, number + 1)
        self.export(self.out / stage.name)

    def _batches(self, stage: Stage, data: Path) -> Iterator[list[tuple[int, Group]]]:
        """Batches of groups with their length in tokens, of like length, until enough tokens."""
        rng = random.Random(f"{self.seed} {stage.name}")
        done = 0
        while done < stage.tokens:
            groups = stage.groups(data, rng)
            groups = [
                tuple(replace(e, question=question) for e in group)
                for group in groups
                for question in [roughened(group[0].question, rng)]
            ]
            rng.shuffle(groups)
            for chunk in _chunks(groups, 2_000):
                sized = sorted(
                    ((self._length(group), group) for group in chunk), key=lambda s: s[0]
                )
                batches = list(_packed(sized))
                rng.shuffle(batches)
                for batch in batches:
                    yield batch
                    done += _padded(batch)
                    if done >= stage.tokens:
                        return

    def _length(self, group: Group) -> int:
        texts = [f"{e.question} {e.text.heading}{e.text.passage}" for e in group]
        return min(MAX_TOKENS, max(map(len, self.tokenizer(texts)["input_ids"])))

    def _step(self, examples: list[Example], batch: list[tuple[int, Group]], rate: float) -> float:
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = rate
        inputs = encode(
            self.tokenizer,
            [e.question for e in examples],
            [e.text for e in examples],
            windows=False,
        )
        features = {name: value.to(self.device) for name, value in inputs.features.items()}
        output = self.model(**features)
        starts, ends = _targets(inputs.spans, inputs.readable, examples)
        loss = _loss(
            output.start_logits,
            output.end_logits,
            inputs.readable.to(self.device),
            starts.to(self.device),
            ends.to(self.device),
            [len(group) for _, group in batch],
        )
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.steps += 1
        keep = min(_AVERAGED, self.steps / (self.steps + 10))
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if parameter.requires_grad:
                    self.average[name].lerp_(parameter, 1 - keep)
        return float(loss.detach())

    def _save(self, stage: Stage, batches: int) -> None:
        import torch

        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / "checkpoint.pt"
        torch.save(
            {
                "stage": stage.name,
                "batches": batches,
                "steps": self.steps,
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "average": self.average,
            },
            path.with_suffix(".new"),
        )
        path.with_suffix(".new").replace(path)

    def _resume(self, stage: Stage) -> int:
        """Takes up the last checkpoint; returns how many batches of the stage it has done."""
        import torch

        path = self.out / "checkpoint.pt"
        if not path.exists():
            return 0
        saved = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.average, self.steps = saved["average"], saved["steps"]
        return int(saved["batches"]) if saved["stage"] == stage.name else 0

    def export(self, folder: Path) -> None:
        """Writes the averaged weights as float16 safetensors, with tokenizer and config."""
        import torch
        from transformers import AutoModelForQuestionAnswering

        model = AutoModelForQuestionAnswering.from_config(  # type: ignore[no-untyped-call]
            self.model.config
        )
        model.load_state_dict({**self.model.state_dict(), **self.average})
        model.to(torch.float16).save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def _chunks(groups: Sequence[Group], size: int) -> Iterator[Sequence[Group]]:
    for start in range(0, len(groups), size):
        yield groups[start : start + size]


def _packed(sized: Sequence[tuple[int, Group]]) -> Iterator[list[tuple[int, Group]]]:
    """Cuts groups, shortest first, into batches of about as many padded tokens."""
    batch: list[tuple[int, Group]] = []
    for item in sized:
        if batch and _padded([*batch, item]) > _TOKENS:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _padded(batch: Sequence[tuple[int, Group]]) -> int:
    return max(length for length, _ in batch) * sum(len(group) for _, group in batch)


def _targets(
    spans: Sequence[Sequence[tuple[int, int]]], readable: "Tensor", examples: Sequence[Example]
) -> "tuple[Tensor, Tensor]":
    """Marks the tokens at which accepted answers start and end: the first one if none does."""
    import torch

    starts = torch.zeros_like(readable)
    ends = torch.zeros_like(readable)
    for row, (window, example) in enumerate(zip(spans, examples, strict=True)):
        tokens = [t for t in range(1, len(window)) if readable[row, t]]
        for answer in example.answers:
            first = [t for t in tokens if window[t][0] <= answer.start < window[t][1]]
            last = [t for t in tokens if window[t][0] < answer.end <= window[t][1]]
            if first and last:
                starts[row, first[0]] = ends[row, last[0]] = True
        if not starts[row].any():
            starts[row, 0] = ends[row, 0] = True
    return starts, ends


def _loss(
    start: "Tensor",
    end: "Tensor",
    readable: "Tensor",
    starts: "Tensor",
    ends: "Tensor",
    groups: Sequence[int],
) -> "Tensor":
    """Negative log-likelihood of the accepted starts and ends, and of the right passage.

    The second part compares the passages of one question by their scores, so that scores can be
    compared across passages (Clark and Gardner 2018).
    """
    import torch

    start = start.masked_fill(~readable, -1e4)
    end = end.masked_fill(~readable, -1e4)
    reading = (_missed(start, starts) + _missed(end, ends)) / 2
    score = _odds(start) + _odds(end)
    ranking = [
        -torch.log_softmax(one, 0)[0] for one in torch.split(score, list(groups)) if len(one) > 1
    ]
    return reading + _LISTWISE * torch.stack(ranking).mean() if ranking else reading


def _missed(logits: "Tensor", target: "Tensor") -> "Tensor":
    """Mean negative log-likelihood of all accepted tokens together."""
    return (logits.logsumexp(1) - logits.masked_fill(~target, -1e4).logsumexp(1)).mean()


def _odds(logits: "Tensor") -> "Tensor":
    """Log odds of any token against the first."""
    return logits[:, 1:].logsumexp(1) - logits[:, 0]


def main(
    data: Annotated[Path, typer.Argument(help="Folder with the public sets.")],
    out: Annotated[Path, typer.Argument(help="Where checkpoints and the model are written.")],
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = 1,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 2,
) -> None:
    """Trains the reader."""
    import torch

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(threads)
    trainer = Trainer(out, seed, "cuda" if torch.cuda.is_available() else "cpu")
    for stage in STAGES:
        if not (out / stage.name / "model.safetensors").exists():
            trainer.run(stage, data)


if __name__ == "__main__":
    typer.run(main)
