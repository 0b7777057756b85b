"""A folder on disk that knows some documents and answers questions about them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Self

from corpus import Document, File, Skipped, check_folder
from embeddings import Encoder, load_encoder
from rag import build, store
from rag.answer import Models, Trace, answer
from rag.compose import chosen, load_composer
from rag.errors import ComposerError, KnowledgeBaseError, MismatchError, NotFoundError, RagError
from rag.odds import log_odds, probability
from rag.reader import load_reader
from rag.settings import Settings
from rag.types import Answer, Event, Scope, Turn

_REFUSE_BELOW = 0.15
_CARE = {"strict": 1.5, "balanced": 0.0, "open": -1.5}  # log odds added to the threshold


@dataclass(frozen=True, slots=True)
class Status:
    """What a knowledge base holds, how many bytes it takes, and what it left out."""

    root: Path
    folder: str
    generation: str
    created: str
    encoder: str
    files: tuple[str, ...]
    documents: int
    passages: int
    size: int
    skipped: tuple[Skipped, ...]


class KnowledgeBase:
    """The documents of a folder, indexed. Any number of threads may ask at once."""

    def __init__(self, root: Path | str, settings: Settings | None = None) -> None:
        """Names a knowledge base that may not exist yet; `sync` makes it.

        Args:
            root: Its own folder, not the one of the documents.
            settings: How to build and ask it.
        """
        self.root = Path(root)
        self.settings = settings or Settings()
        self._live: store.Generation | None = None
        self._opening = Lock()

    @classmethod
    def open(cls, root: Path | str, settings: Settings | None = None) -> Self:
        """Opens an existing knowledge base.

        Raises:
            NotFoundError: There is none.
            MismatchError: It was built with other settings, or by another version.
            DamagedError: A file is missing or altered.
        """
        knowledge_base = cls(root, settings)
        knowledge_base.generation()
        return knowledge_base

    def using(self, **changes: Any) -> Self:
        """Returns the same knowledge base under other settings; what is open is shared.

        Args:
            changes: Fields of `Settings`, as for `dataclasses.replace`.
        """
        other = type(self)(self.root, replace(self.settings, **changes))
        with self._opening:
            other._live = self._live
        return other

    def sync(self, folder: Path | str, *, progress: bool = False, rebuild: bool = False) -> Status:
        """Makes the knowledge base hold what `folder` holds, and what was added by hand.

        Files whose content is unchanged are not read again, whatever they are called now, and
        unchanged passages keep their vectors. Until the new generation is whole, and if anything
        fails, the old one stays.

        Args:
            folder: The documents; read with its subfolders.
            progress: Whether to show bars on stderr.
            rebuild: Whether to read and embed everything once more. Where what there was cannot be
                read any more, files that were added by hand have to be added again.

        Raises:
            CorpusError: `folder` cannot be read.
            KnowledgeBaseError: None of its files can be read, or it contains the knowledge base.
            MismatchError, DamagedError: What there was cannot be read, and `rebuild` is not set.
            BusyError: Another process is writing.
        """
        folder = Path(folder)
        check_folder(folder)
        if self.root.resolve().is_relative_to(folder.resolve()):
            raise KnowledgeBaseError(
                f"The knowledge base {self.root} lies inside the documents {folder}. "
                "Keep it in a folder of its own."
            )
        with self._builder(progress=progress, rebuild=rebuild) as builder:
            builder.sync(folder)
        return self.status()

    def add(
        self, paths: Sequence[Path | str] | Mapping[str, Path], *, progress: bool = False
    ) -> Status:
        """Adds files; one that it holds already is brought up to date.

        They stay until they are removed, whatever folder the knowledge base is kept up with.

        Args:
            paths: The files. Each is known by its whole path, or by a name that is given here.
            progress: Whether to show bars on stderr.

        Raises:
            CorpusError: A file cannot be read; then none is added.
            BusyError: Another process is writing.
        """
        with self._builder(progress=progress) as builder:
            builder.add(
                paths
                if isinstance(paths, Mapping)
                else {str(path.resolve()): path for path in map(Path, paths)}
            )
        return self.status()

    def remove(self, names: Sequence[str]) -> list[str]:
        """Removes files; nothing of them is left in the folder of the knowledge base.

        A file of the folder that the knowledge base is kept up with comes back with the next
        `sync`, unless it has gone from there too.

        Args:
            names: As `status` gives them, or the ends of their paths.

        Returns:
            Their whole names.

        Raises:
            KnowledgeBaseError: There is no such file, or more than one; then none is removed.
            BusyError: Another process is writing.
            NotFoundError, MismatchError, DamagedError: As `open`.
        """
        self.generation()
        with self._builder() as builder:
            return builder.remove(names)

    @contextmanager
    def _builder(self, *, progress: bool = False, rebuild: bool = False) -> Iterator[build.Builder]:
        """Holds the lock of the one writer over the generation that is about to be replaced."""
        with store.writing(self.root, self.settings.lock_timeout):
            old = self._replaceable(rebuild=rebuild)
            yield build.Builder(self.root, old, self.settings, progress=progress, rebuild=rebuild)

    def status(self) -> Status:
        """Returns what the live generation holds.

        Raises:
            NotFoundError, MismatchError, DamagedError: As `open`.
        """
        generation = self.generation()
        manifest = generation.manifest
        return Status(
            root=self.root,
            folder=manifest.folder,
            generation=generation.name,
            created=manifest.created,
            encoder=manifest.encoder,
            files=tuple(generation.names()),
            documents=manifest.documents,
            passages=manifest.passages,
            size=generation.size,
            skipped=tuple(generation.skipped()),
        )

    def files(self) -> list[File]:
        """Returns every file of the live generation with what was read of it, by name."""
        return self.generation().files()

    def documents(self) -> list[Document]:
        """Returns every document of the live generation, in the order of the files."""
        return self.generation().documents()

    def document(self, document_id: str) -> Document | None:
        """Returns a document of the live generation, or None."""
        return self.generation().document(document_id)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        composer: str | None = None,
        scope: Scope | None = None,
    ) -> Answer:
        """Answers a question from the documents, or refuses.

        Args:
            question: In words.
            history: What was asked before, for questions such as "And when was it founded?".
            composer: Another one than the settings name.
            scope: The part of the documents that is searched; by default all.

        Raises:
            QuestionError: The question is empty, too long or holds no word.
            ComposerError: There is no composer of that name.
            NotFoundError, MismatchError, DamagedError: As `open`.
        """
        return Trace.of(self.stream(question, history, composer=composer, scope=scope)).answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        composer: str | None = None,
        scope: Scope | None = None,
    ) -> Iterator[Event]:
        """Answers a question step by step: see `rag.answer.answer` for what it yields.

        Args:
            question: In words.
            history: What was asked before.
            composer: Another one than the settings name.
            scope: The part of the documents that is searched; by default all.

        Raises:
            QuestionError, ComposerError, NotFoundError, MismatchError, DamagedError: As `ask`.
        """
        named = replace(self.settings, composer=composer or self.settings.composer)
        settings = replace(named, composer=chosen(named))
        generation = self.generation()
        models = Models(
            self._encoder_of(generation),
            load_reader(settings.threads),
            partial(load_composer, settings),
        )
        return answer(
            question,
            generation,
            models,
            settings,
            refuse_below=self.refuse_below(),
            history=history,
            scope=scope or Scope(),
        )

    def refuse_below(self) -> float:
        """Returns the confidence under which answers are refused.

        Raises:
            RagError: There is no care of the name that the settings give.
            DamagedError: What was calibrated is damaged.
        """
        if self.settings.care not in _CARE:
            raise RagError(f"There is no care “{self.settings.care}”: {', '.join(_CARE)}.")
        if self.settings.refuse_below is not None:
            return self.settings.refuse_below
        calibrated = store.read_calibration(self.root)
        balanced = _REFUSE_BELOW if calibrated is None else calibrated
        shift = _CARE[self.settings.care]
        return probability(log_odds(balanced) + shift) if shift else balanced

    def calibrate(self, refuse_below: float) -> None:
        """Stores the confidence under which answers are refused, for everyone who opens this.

        Raises:
            NotFoundError, MismatchError, DamagedError: As `open`.
        """
        self.generation()
        store.write_calibration(self.root, refuse_below)

    def warm_up(self) -> None:
        """Loads the models, so that the first question is as quick as the next.

        Raises:
            RagError: The settings cannot be used.
            EmbeddingsError, NotFoundError, MismatchError, DamagedError: As `ask`.
        """
        self.refuse_below()
        self._encoder_of(self.generation()).encode_queries(["warm up"])
        load_reader(self.settings.threads)
        with suppress(ComposerError):  # said again, with the remedy, in every answer
            load_composer(self.settings)

    def generation(self) -> store.Generation:
        """Returns the live generation, opening it again if another one has taken its place.

        Raises:
            NotFoundError, MismatchError, DamagedError: As `open`.
        """
        with self._opening:
            if self._live is None or self._live.name != store.current(self.root)[0]:
                self._live = self._matching(store.open_current(self.root))
            return self._live

    def _matching(self, generation: store.Generation) -> store.Generation:
        for key in ("encoder", "passage_tokens"):
            asked, built = getattr(self.settings, key), getattr(generation.manifest, key)
            if asked is not None and asked != built:
                raise MismatchError(
                    f"{self.root} was built with {key} {built}, not {asked}. {store.REMEDY}"
                )
        return generation

    def _encoder_of(self, generation: store.Generation) -> Encoder:
        """Loads the model that the vectors of a generation were made with."""
        encoder = load_encoder(generation.manifest.encoder, self.settings.threads)
        if not build.made_with(generation, encoder):
            raise MismatchError(
                f"{self.root} was built with other weights of {encoder.name} than those installed "
                f"now. {store.REMEDY}"
            )
        return encoder

    def _replaceable(self, *, rebuild: bool) -> store.Generation | None:
        """The generation that is about to be replaced; one that cannot be read only on demand."""
        try:
            return store.open_current(self.root)
        except NotFoundError:
            return None
        except KnowledgeBaseError:
            if rebuild:
                return None
            raise
