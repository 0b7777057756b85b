"""A folder on disk that knows some documents and answers questions about them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Self

import numpy as np

from corpus import Document, Passage, Skipped, read_folder
from embeddings import DEFAULT_MODEL, Encoder, load_encoder
from embeddings.encoder import Vectors
from rag import store
from rag.compose import QuoteComposer
from rag.errors import KnowledgeBaseError, MismatchError, QuestionError
from rag.lexical import content_terms
from rag.read import SentenceReader
from rag.retrieve import retrieve
from rag.settings import Settings
from rag.types import REFUSALS, Answer, Citation, Evidence, Hit, Reason

_PASSAGE_TOKENS = 180
_REFUSE_BELOW = 0.5
_CLOSEST = 3  # passages that a refusal shows
_WORD = re.compile(r"\w")
_BAR_FROM = 20  # files; fewer are read before a bar would be seen


@dataclass(frozen=True, slots=True)
class Status:
    """What a knowledge base holds."""

    root: Path
    folder: str
    generation: str
    created: str
    encoder: str
    files: tuple[str, ...]
    documents: int
    passages: int
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of an answer: what was found, what was read (best first), what was said."""

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    answer: Answer


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

    def sync(self, folder: Path | str, *, progress: bool = False) -> Status:
        """Makes the knowledge base hold what `folder` holds: no more, no less.

        Unchanged passages keep their vectors. Until the new generation is whole, and if anything
        fails, the old one stays.

        Args:
            folder: The documents; read with its subfolders.
            progress: Whether to show bars on stderr.

        Raises:
            CorpusError: `folder` cannot be read.
            KnowledgeBaseError: None of its files can be read, or it contains the knowledge base.
            BusyError: Another process is writing.
        """
        folder = Path(folder)
        if self.root.resolve().is_relative_to(folder.resolve()):
            raise KnowledgeBaseError(
                f"The knowledge base {self.root} lies inside the documents {folder}. "
                "Keep it in a folder of its own."
            )
        with store.writing(self.root, self.settings.lock_timeout):
            self._write(folder, self._replaceable(), progress=progress)
        return self.status()

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
            files=tuple(manifest.files),
            documents=manifest.documents,
            passages=manifest.passages,
            skipped=tuple(Skipped(**skipped) for skipped in manifest.skipped),
        )

    def documents(self) -> list[Document]:
        """Returns every document of the live generation, in the order of the files."""
        return self.generation().documents()

    def document(self, document_id: str) -> Document | None:
        """Returns a document of the live generation, or None."""
        return self.generation().document(document_id)

    def ask(self, question: str) -> Answer:
        """Answers a question from the documents, or refuses.

        Raises:
            QuestionError: The question is empty, too long or holds no word.
            NotFoundError, MismatchError, DamagedError: As `open`.
        """
        return self.trace(question).answer

    def trace(self, question: str, within: str | None = None) -> Trace:
        """Answers a question and keeps every step, for evaluation.

        Args:
            question: In words.
            within: Id of a document that is read whole, in place of a search.

        Raises:
            QuestionError, NotFoundError, MismatchError, DamagedError: As `ask`.
        """
        clock = _Clock()
        asked = _checked(question, self.settings.max_question)
        generation = self.generation()
        encoder = self._encoder_of(generation)
        if within is None:
            hits = retrieve(asked, generation, encoder, self.settings)
        else:
            found = generation.passages_of(within)
            hits = [Hit(passage, 0.0, rank) for rank, passage in enumerate(found, 1)]
        clock.lap("retrieve")
        evidence = SentenceReader(encoder).read(asked, hits)
        clock.lap("read")
        confidence = evidence[0].score if evidence else 0.0
        if not evidence or confidence < self.refuse_below():
            reason = _reason(asked, hits)
            answer = Answer(
                question=question,
                text=REFUSALS[reason],
                refused=True,
                reason=reason,
                closest=_cite(_closest(evidence), generation),
                confidence=confidence,
                timings=clock.seconds(),
            )
            return Trace(tuple(hits), tuple(evidence), answer)
        composition = QuoteComposer(self.settings.max_sentences).compose(asked, evidence)
        citations = _cite(composition.evidence, generation)
        clock.lap("compose")
        answer = Answer(
            question=question,
            text=" ".join(map(str, composition.sentences)),
            sentences=composition.sentences,
            citations=citations,
            confidence=confidence,
            timings=clock.seconds(),
        )
        return Trace(tuple(hits), tuple(evidence), answer)

    def refuse_below(self) -> float:
        """Returns the confidence under which answers are refused."""
        if self.settings.refuse_below is not None:
            return self.settings.refuse_below
        return store.read_calibration(self.root) or _REFUSE_BELOW

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
            EmbeddingsError, NotFoundError, MismatchError, DamagedError: As `ask`.
        """
        self._encoder_of(self.generation()).encode_queries(["warm up"])

    def generation(self) -> store.Generation:
        """Returns the live generation, opening it again if another one has taken its place.

        Raises:
            NotFoundError, MismatchError, DamagedError: As `open`.
        """
        with self._opening:
            if self._live is None or self._live.name != store.current_name(self.root):
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
        if not _made_with(generation, encoder):
            raise MismatchError(
                f"{self.root} was built with other weights of {encoder.name} than those installed "
                f"now. {store.REMEDY}"
            )
        return encoder

    def _replaceable(self) -> store.Generation | None:
        """The generation that is about to be replaced, unless it is of no use any more."""
        try:
            return store.open_current(self.root)
        except KnowledgeBaseError:
            return None

    def _write(self, folder: Path, old: store.Generation | None, *, progress: bool) -> None:
        built = old.manifest if old else None
        tokens = self.settings.passage_tokens or (
            built.passage_tokens if built else _PASSAGE_TOKENS
        )
        name = self.settings.encoder or (built.encoder if built else DEFAULT_MODEL)
        corpus = read_folder(folder, tokens, partial(_bar, show=progress))
        if corpus.skipped and not corpus.documents:
            reasons = "; ".join(map(str, corpus.skipped[:3]))
            more = " …" if len(corpus.skipped) > 3 else ""
            raise KnowledgeBaseError(f"No file in {folder} can be read: {reasons}{more}")
        encoder = load_encoder(name, self.settings.threads)
        known: Mapping[str, Vectors] = {}
        if old and _made_with(old, encoder):
            if store.corpus_hash(corpus) == old.manifest.corpus_hash:
                return
            known = old.vectors_by_id()
        store.write_generation(
            self.root,
            corpus,
            embed(corpus.passages, encoder, known, progress=progress),
            encoder,
            folder=folder,
            passage_tokens=tokens,
            exact_below=self.settings.exact_below,
        )


class _Clock:
    """Seconds between the steps of an answer."""

    def __init__(self) -> None:
        self._began = self._last = perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        now = perf_counter()
        self._laps[step] = now - self._last
        self._last = now

    def seconds(self) -> dict[str, float]:
        return {**self._laps, "total": perf_counter() - self._began}


def _checked(question: str, max_chars: int) -> str:
    """Returns a question as it is searched: control characters out, white space levelled."""
    if len(question) > max_chars:
        raise QuestionError(
            f"The question has {len(question):,} characters and at most {max_chars:,} are read. "
            "Ask it in fewer words."
        )
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in question)
    if not visible.strip():
        raise QuestionError("The question is empty. Write one.")
    if not _WORD.search(visible):
        raise QuestionError(f"The question “{visible.strip()[:40]}” holds no word. Write one.")
    return " ".join(visible.split())


def _reason(question: str, hits: Sequence[Hit]) -> Reason:
    """Whether the passages at least share a word with the question."""
    wanted = set(content_terms(question))
    shared = any(wanted & set(content_terms(store.searched_text(hit.passage))) for hit in hits)
    return "not_answered" if shared else "nothing_found"


def _closest(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each of the best passages."""
    best: dict[str, Evidence] = {}
    for found in evidence:
        best.setdefault(found.passage.id, found)
    return list(best.values())[:_CLOSEST]


def _cite(evidence: Sequence[Evidence], generation: store.Generation) -> tuple[Citation, ...]:
    """Returns one citation for each piece of evidence, numbered from 1."""
    citations: list[Citation] = []
    for marker, found in enumerate(evidence, 1):
        document = generation.document(found.passage.document_id)
        if document is None:
            raise KnowledgeBaseError(f"{generation.name} lacks {found.passage.document_id}.")
        start, end = found.span
        citations.append(
            Citation(
                marker=marker,
                document_id=document.id,
                title=document.title,
                source=document.source,
                date=document.date,
                url=document.url,
                quote=document.text[start:end],
                start=start,
                end=end,
                score=found.score,
            )
        )
    return tuple(citations)


def _made_with(generation: store.Generation, encoder: Encoder) -> bool:
    manifest = generation.manifest
    return (manifest.encoder, manifest.encoder_checksum) == (encoder.name, encoder.checksum)


def embed(
    passages: Sequence[Passage],
    encoder: Encoder,
    known: Mapping[str, Vectors],
    *,
    progress: bool,
) -> Vectors:
    """Returns the vectors of all passages, float32 `[n, dimension]`; embeds only unknown ones."""
    fresh = {p.id: store.searched_text(p) for p in passages if p.id not in known}
    vectors = encoder.encode_passages(list(fresh.values()), progress=progress)
    encoded = dict(zip(fresh, vectors, strict=True))
    rows = [encoded[p.id] if p.id in encoded else known[p.id] for p in passages]
    return np.array(rows, np.float32).reshape(len(passages), encoder.dimension)


def _bar(files: Iterable[Path], *, show: bool) -> Iterable[Path]:
    from tqdm import tqdm

    paths = list(files)
    bar: Iterable[Path] = tqdm(paths, "Reading", disable=not show or len(paths) < _BAR_FROM)
    return bar
