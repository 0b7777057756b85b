"""Trains the reader: `python -m rag.reader.train DATA OUT`.

Three stages, each on top of the one before: short contexts (single sentences), passages with hard
negatives, and documents of the kind that people keep. With `--teacher`, a larger reader that this
program has made of another encoder (`--base`), a last stage imitates it. The rate of learning
rises, stays and falls over all of them together; the weights that are kept are a running average of
the last steps. With `--begin` a reader goes on by one stage, over many more articles. Stopped at
any moment, training goes on from its last checkpoint.
"""

import logging
import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from embeddings import DEFAULT_MODEL
from embeddings.models import find_model
from rag.reader.batches import Batch, batches
from rag.reader.calibrate import calibrate
from rag.reader.examples import Group
from rag.reader.inputs import MAX_TOKENS, encode
from rag.reader.loss import NEVER, loss, targets
from rag.reader.members import load_member
from rag.reader.paraphrase import require_wordnet
from rag.reader.stages import STAGES, TAUGHT, WIDER, Stage, held_out
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
        part: Share of each stage's tokens that is trained on.
        bfloat16: Whether matrices are multiplied in bfloat16.
        begin: Weights of a reader to go on with, instead of an encoder.
    """

    base: str = DEFAULT_MODEL
    seed: int = 1
    rate: float = 1.5e-4
    part: float = 1.0
    bfloat16: bool = False
    begin: Path | None = None


_USUAL = Plan()


class Trainer:
    """A model on its way through the stages, with what is needed to go on after a stop."""

    def __init__(self, out: Path, plan: Plan, teacher: Path | None = None) -> None:
        import torch

        torch.manual_seed(plan.seed)
        self.out, self.plan = out, plan
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer, self.model = _begun(plan)
        self.model.to(self.device)
        self.model.get_input_embeddings().requires_grad_(False)
        self.teacher = Teacher(teacher, self.model) if teacher else None
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        if self.teacher:
            self.trained += self.teacher.bridges.parameters()
        self.optimizer = torch.optim.AdamW(
            self.trained, lr=plan.rate, weight_decay=0.01, fused=True
        )
        self.average = {n: p.detach().clone() for n, p in self.model.named_parameters()}
        self.steps = 0

    def run(self, stage: Stage, data: Path) -> None:
        """Trains through one stage, or what is left of it."""
        done, number, losses = 0, 0, deque[float](maxlen=_LOG_EVERY)
        skipped = self._resume(stage)
        saved = time.monotonic()
        for number, batch in enumerate(self._batches(stage, data), 1):
            if number > skipped:
                share = min(1.0, done / (self.plan.part * stage.tokens))
                losses.append(self._step(batch, stage, share))
                if number % _LOG_EVERY == 0:
                    mean = sum(losses) / len(losses)
                    log.info("%s %.0f%%, step %d, loss %.3f", stage.name, 100 * share, number, mean)
                if time.monotonic() - saved > _SAVE_EVERY:
                    self._save(stage, number)
                    saved = time.monotonic()
            done += batch.tokens
        self._save(stage, number)
        self.export(self.out / stage.name)

    def _batches(self, stage: Stage, data: Path) -> Iterator[Batch]:
        """Rounds over the data of a stage, until it has had enough tokens."""
        rng = random.Random(f"{self.plan.seed} {stage.name}")
        done, enough = 0, self.plan.part * stage.tokens
        while done < enough:
            for batch in batches(stage.groups(data, rng), self._length, rng):
                yield batch
                done += batch.tokens
                if done >= enough:
                    return

    def _length(self, group: Group) -> int:
        texts = [f"{e.question} {e.text.heading}{e.text.passage}" for e in group]
        return min(MAX_TOKENS, max(map(len, self.tokenizer(texts)["input_ids"])))

    def _rate(self, stage: Stage, share: float) -> float:
        first, last = stage.rates
        warm = min(1.0, (self.steps + 1) / _WARM)
        return self.plan.rate * warm * (first + (last - first) * share)

    def _step(self, batch: Batch, stage: Stage, share: float) -> float:
        import torch

        teacher = self.teacher if stage.imitates else None
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = self._rate(stage, share)
        examples = [example for group in batch.groups for example in group]
        questions, texts = [e.question for e in examples], [e.text for e in examples]
        inputs = encode(self.tokenizer, questions, texts, windows=False)
        readable = inputs.readable.to(self.device)
        starts, ends = targets(inputs.spans, inputs.readable, examples)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.plan.bfloat16):
            output = self.model(
                **{name: t.to(self.device) for name, t in inputs.features.items()},
                output_hidden_states=teacher is not None,
            )
            unlearnt = teacher.missed(examples, inputs, output) if teacher else None
        start, end = output.start_logits.float(), output.end_logits.float()
        missed = loss(
            start.masked_fill(~readable, NEVER),
            end.masked_fill(~readable, NEVER),
            starts.to(self.device),
            ends.to(self.device),
            [len(group) for group in batch.groups],
        )
        if unlearnt is not None:
            missed = missed / 2 + unlearnt
        missed.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.steps += 1
        self._follow()
        return float(missed.detach())

    def _follow(self) -> None:
        """Moves the running average towards the weights; at first it follows them closely."""
        import torch

        keep = min(_AVERAGED, self.steps / (self.steps + 10))
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if parameter.requires_grad:
                    self.average[name].lerp_(parameter, 1 - keep)

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
                "bridges": self.teacher.bridges.state_dict() if self.teacher else {},
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
        if self.teacher:
            self.teacher.bridges.load_state_dict(saved["bridges"])
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


def _begun(plan: Plan) -> tuple[Any, Any]:
    """Tokenizer and model as training finds them."""
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    if plan.begin:
        begun = load_member(plan.begin)
        return begun.tokenizer, begun.models[0].train()
    base = find_model(plan.base).location
    model = AutoModelForQuestionAnswering.from_pretrained(
        base, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    return AutoTokenizer.from_pretrained(base), model


def main(  # noqa: PLR0913, PLR0917  # each one is an option of the command
    data: Annotated[Path, typer.Argument(help="Folder with the public sets.")],
    out: Annotated[Path, typer.Argument(help="Where checkpoints and the model are written.")],
    base: Annotated[str, typer.Option(help="Encoder to begin with.")] = _USUAL.base,
    teacher: Annotated[Path | None, typer.Option(help="A trained reader to imitate.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = _USUAL.seed,
    rate: Annotated[float, typer.Option(help="Highest rate of learning.")] = _USUAL.rate,
    part: Annotated[
        float, typer.Option(help="Share of each stage to train through.")
    ] = _USUAL.part,
    bfloat16: Annotated[
        bool, typer.Option(help="Multiply matrices in bfloat16.")
    ] = _USUAL.bfloat16,
    begin: Annotated[
        Path | None, typer.Option(help="Weights of a reader, for the last stage alone.")
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 2,
) -> None:
    """Trains the reader."""
    import torch

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(threads)
    trainer = Trainer(out, Plan(base, seed, rate, part, bfloat16, begin), teacher)
    stages: tuple[Stage, ...] = STAGES
    if begin is not None:
        stages = (WIDER,)
    elif teacher is not None:
        stages = (*STAGES, TAUGHT)
        require_wordnet()  # for the last stage: that it is missing is said now, not after hours
    for stage in stages:
        if not (out / stage.name / "model.safetensors").exists():
            trainer.run(stage, data)
    scale, shift = calibrate(out / stages[-1].name, held_out(data))
    log.info("scores are scaled by %.3f and shifted by %.3f", scale, shift)


if __name__ == "__main__":
    typer.run(main)
