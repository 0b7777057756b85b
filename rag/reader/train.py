"""Trains a reader: `python -m rag.reader.train PREPARED OUT`.

Two stages, on what `rag.reader.prepare` wrote: public sets, and documents of the kind that people
keep. With `--teacher`, a larger reader that this program has made of another encoder (`--base`) is
imitated beside the labels. The rate of learning rises and falls over both together; the weights
that are kept are a running average of the last steps. Stopped at any moment, training goes on from
its last checkpoint.
"""

import logging
import random
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from embeddings import DEFAULT_MODEL
from embeddings.models import find_model
from rag.reader.batches import Batch, batches
from rag.reader.examples import Group
from rag.reader.lessons import Lesson, Lessons
from rag.reader.loss import NEVER, loss
from rag.reader.prepare import read_groups, stage_file
from rag.reader.stages import STAGES, Stage
from rag.reader.teacher import Teacher

log = logging.getLogger("train")

_WARM = 200  # steps in which the rate rises
_SAVE_EVERY = 240.0  # seconds
_LOG_EVERY = 100  # steps
_AVERAGED = 0.998  # share of the running average that a step keeps


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model is trained.

    Attributes:
        base: The encoder to begin with: the default one, or a folder.
        seed: Of everything that is random.
        rate: The highest rate of learning.
        batch: Tokens of a step, about.
        part: Share of each stage's tokens that is trained on.
        bfloat16: Whether matrices are multiplied in bfloat16.
        workers: Processes that prepare batches beside the training one.
    """

    base: str = DEFAULT_MODEL
    seed: int = 1
    rate: float = 2e-4
    batch: int = 16_000
    part: float = 1.0
    bfloat16: bool = False
    workers: int = 0


_USUAL = Plan()


class Trainer:
    """A model on its way through the stages, with what is needed to go on after a stop."""

    def __init__(self, out: Path, plan: Plan, teacher: Path | None = None) -> None:
        torch.manual_seed(plan.seed)
        self.out, self.plan = out, plan
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        base = find_model(plan.base).location
        self.tokenizer: Any = AutoTokenizer.from_pretrained(base)
        self.model: Any = AutoModelForQuestionAnswering.from_pretrained(
            base, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        ).to(self.device)
        self.model.get_input_embeddings().requires_grad_(False)
        self.teacher = Teacher(teacher, self.model) if teacher else None
        own = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.average = {name: p.detach().clone() for name, p in own.items()}
        self._own = list(own.values())
        bridges = self.teacher.bridges.parameters() if self.teacher else ()
        self.trained = [*self._own, *bridges]
        self.optimizer = torch.optim.AdamW(
            self.trained, lr=plan.rate, weight_decay=0.01, fused=True
        )
        self.steps = 0

    def run(self, stage: Stage, groups: Sequence[Group]) -> None:
        """Trains through one stage, or what is left of it."""
        enough = self.plan.part * stage.tokens
        rng = random.Random(f"{self.plan.seed} {stage.name}")
        found = batches(groups, enough, self.plan.batch, rng)
        skipped, losses = self._resume(stage), deque[Tensor](maxlen=_LOG_EVERY)
        saved = time.monotonic()
        for number, lesson in enumerate(self._lessons(found[skipped:]), skipped):
            losses.append(self._step(lesson, stage, number / len(found)))
            if (number + 1) % _LOG_EVERY == 0:
                mean = float(torch.stack(list(losses)).mean())
                log.info("%s step %d of %d, loss %.3f", stage.name, number + 1, len(found), mean)
            if time.monotonic() - saved > _SAVE_EVERY:
                self._save(stage, number + 1)
                saved = time.monotonic()
        self._save(stage, len(found))
        self.export(self.out / stage.name)

    def _lessons(self, found: Sequence[Batch]) -> Iterable[Lesson]:
        teachers = self.teacher.tokenizer if self.teacher else None
        lessons = Lessons(found, self.tokenizer, teachers)
        return DataLoader(lessons, batch_size=None, num_workers=self.plan.workers)

    def _rate(self, stage: Stage, share: float) -> float:
        first, last = stage.rates
        warm = min(1.0, (self.steps + 1) / _WARM)
        return self.plan.rate * warm * (first + (last - first) * share)

    def _step(self, lesson: Lesson, stage: Stage, share: float) -> Tensor:
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = self._rate(stage, share)
        features, readable, starts, ends, groups, taught = lesson.to(self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.plan.bfloat16):
            output = self.model(**features, output_hidden_states=self.teacher is not None)
            unlearnt = self.teacher.missed(taught, output) if self.teacher and taught else None
        start, end = output.start_logits.float(), output.end_logits.float()
        missed = loss(
            start.masked_fill(~readable, NEVER),
            end.masked_fill(~readable, NEVER),
            starts,
            ends,
            groups,
        )
        if unlearnt is not None:
            missed = missed / 2 + unlearnt
        missed.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.steps += 1
        self._follow()
        return missed.detach()

    def _follow(self) -> None:
        """Moves the running average towards the weights; at first it follows them closely."""
        keep = min(_AVERAGED, self.steps / (self.steps + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), self._own, 1 - keep)

    def _save(self, stage: Stage, done: int) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / "checkpoint.pt"
        torch.save(
            {
                "stage": stage.name,
                "batches": done,
                "steps": self.steps,
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "average": self.average,
                "bridges": self.teacher.bridges.state_dict() if self.teacher else {},
            },
            path.with_suffix(".new"),
        )
        path.with_suffix(".new").replace(path)

    def _resume(self, stage: Stage) -> int:
        """Takes up the last checkpoint; returns how many batches of the stage it has done."""
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return 0
        saved = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.average, self.steps = saved["average"], saved["steps"]
        if self.teacher:
            self.teacher.bridges.load_state_dict(saved["bridges"])
        return int(saved["batches"]) if saved["stage"] == stage.name else 0

    def export(self, folder: Path) -> None:
        """Writes the averaged weights as float16 safetensors, with tokenizer and config."""
        weights = {**self.model.state_dict(), **self.average}
        halves = {name: tensor.to(torch.float16) for name, tensor in weights.items()}
        self.model.save_pretrained(folder, state_dict=halves)
        self.tokenizer.save_pretrained(folder)


def main(  # noqa: PLR0913, PLR0917  # each one is an option of the command
    prepared: Annotated[Path, typer.Argument(help="Folder that `prepare` wrote.")],
    out: Annotated[Path, typer.Argument(help="Where checkpoints and the model are written.")],
    base: Annotated[str, typer.Option(help="Encoder to begin with.")] = _USUAL.base,
    teacher: Annotated[Path | None, typer.Option(help="A trained reader to imitate.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = _USUAL.seed,
    rate: Annotated[float, typer.Option(help="Highest rate of learning.")] = _USUAL.rate,
    batch: Annotated[int, typer.Option(help="Tokens of a step, about.")] = _USUAL.batch,
    part: Annotated[
        float, typer.Option(help="Share of each stage to train through.")
    ] = _USUAL.part,
    bfloat16: Annotated[
        bool, typer.Option(help="Multiply matrices in bfloat16.")
    ] = _USUAL.bfloat16,
    workers: Annotated[int, typer.Option(help="Processes that prepare batches.")] = _USUAL.workers,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 2,
) -> None:
    """Trains a reader."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(threads)
    trainer = Trainer(out, Plan(base, seed, rate, batch, part, bfloat16, workers), teacher)
    for stage in STAGES:
        if not (out / stage.name / "model.safetensors").exists():
            trainer.run(stage, read_groups(stage_file(prepared, stage.name)))


if __name__ == "__main__":
    typer.run(main)
