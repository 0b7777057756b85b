"""Other people's questions, in the formats that the field uses: SQuAD 2.0 and BEIR."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ir_measures import Qrel, R, ScoredDoc, nDCG
from ir_measures import calc_aggregate as measure

from corpus import Corpus, Document, File, Passage, Place, Span, sentences
from embeddings import DEFAULT_MODEL, load_encoder
from eval.cache import kept
from eval.gold import GoldError, Question, Quote, read_lines
from rag import KnowledgeBase, KnowledgeBaseError, Settings, store
from rag.build import embed
from rag.retrieve import dense_rows, fuse, lexical_rows

_POOL = 1000  # passages of each search that are fused and judged


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A SQuAD paragraph with its questions: (id, question, answers as (text, start))."""

    title: str
    context: str
    questions: tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...]


def read_squad(path: Path) -> list[Paragraph]:
    """Reads SQuAD 2.0: its own JSON, or one question a line with `context` and `answers`.

    Raises:
        GoldError: The file is neither.
    """
    try:
        if path.suffix == ".jsonl":
            return _from_lines(_lines(path))
        return _from_articles(json.loads(path.read_text("utf-8"))["data"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GoldError(f"{path} is not in the format of SQuAD 2.0 ({error!r}).") from error


def squad_knowledge_base(
    paragraphs: Sequence[Paragraph], cache: Path
) -> tuple[KnowledgeBase, list[Question]]:
    """Makes one knowledge base of all paragraphs, and gold questions over it.

    Args:
        paragraphs: What to index; each becomes a file of its own.
        cache: Where the knowledge base is kept for the next time.
    """
    folder = cache / "documents"
    questions: list[Question] = []
    for number, paragraph in enumerate(paragraphs):
        name = f"{number:05d}/{_file_name(paragraph.title)}.txt"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(paragraph.context, "utf-8")
        questions += _gold(paragraph, name)
    return kept(cache / "knowledge", folder), questions


def evaluate_beir(folder: Path, split: str, cache: Path) -> dict[str, dict[str, float]]:
    """Measures retrieval over a BEIR folder: every document is one passage.

    Returns:
        nDCG@10 and recall@100 of the dense, the lexical and the fused search.

    Raises:
        GoldError: The folder is not in BEIR's format.
    """
    from tqdm import tqdm

    try:
        passages = _beir_corpus(folder / "corpus.jsonl")
        texts = {q["_id"]: q["text"] for q in _lines(folder / "queries.jsonl")}
        qrels = _beir_qrels(folder / "qrels" / f"{split}.tsv")
    except (OSError, ValueError, KeyError) as error:
        raise GoldError(f"{folder} is not in BEIR's format ({error!r}).") from error
    generation = _beir_generation(passages, cache)
    settings = Settings()
    encoder = load_encoder(DEFAULT_MODEL, settings.threads)
    runs: dict[str, list[ScoredDoc]] = {"dense": [], "lexical": [], "hybrid": []}
    asked = dict.fromkeys(qrel.query_id for qrel in qrels)
    for query_id in tqdm(asked, "Searching", leave=False):
        dense = dense_rows(texts[query_id], generation, encoder, _POOL)
        lexical = lexical_rows(texts[query_id], generation.lexical, _POOL)
        hybrid = [row for row, _ in fuse((dense, lexical), settings.rrf_k)]
        for name, rows in (("dense", dense), ("lexical", lexical), ("hybrid", hybrid)):
            runs[name] += [
                ScoredDoc(query_id, passages[row].document_id, -rank)
                for rank, row in enumerate(rows[:_POOL])
            ]
    metrics = {"ndcg@10": nDCG @ 10, "recall@100": R @ 100}
    return {
        name: {label: measure([metric], qrels, run)[metric] for label, metric in metrics.items()}
        for name, run in runs.items()
    }


def _from_lines(rows: Iterable[Mapping[str, Any]]) -> list[Paragraph]:
    found: dict[tuple[str, str], list[tuple[str, str, tuple[tuple[str, int], ...]]]] = {}
    for row in rows:
        answers = tuple((a["text"], a["start"]) for a in row["answers"])
        key = (row["title"], row["context"])
        found.setdefault(key, []).append((str(row["id"]), row["question"], answers))
    return [Paragraph(title, context, tuple(qs)) for (title, context), qs in found.items()]


def _from_articles(articles: Iterable[Mapping[str, Any]]) -> list[Paragraph]:
    return [
        Paragraph(
            article["title"],
            paragraph["context"],
            tuple(
                (
                    str(qa["id"]),
                    qa["question"],
                    tuple((a["text"], a["answer_start"]) for a in qa["answers"]),
                )
                for qa in paragraph["qas"]
            ),
        )
        for article in articles
        for paragraph in article["paragraphs"]
    ]


def _gold(paragraph: Paragraph, name: str) -> Iterator[Question]:
    spans = sentences(paragraph.context)
    for question_id, question, answers in paragraph.questions:
        forms = tuple(dict.fromkeys(text for text, _ in answers))
        quotes = dict.fromkeys(
            Quote(name, paragraph.context[span.start : span.end])
            for _, start in answers
            for span in spans
            if span.start <= start < span.end
        )
        yield Question(
            id=question_id,
            question=question,
            kind="answerable" if forms else "unanswerable",
            answers=(forms,) if forms else (),
            evidence=tuple(quotes),
            about=name,
        )


def _file_name(title: str) -> str:
    return "".join(c if c.isalnum() or c in " -" else " " for c in title).strip()[:80] or "untitled"


def _beir_generation(passages: Sequence[Passage], cache: Path) -> store.Generation:
    """Indexes a collection once; the next time it is opened."""
    root = cache / "knowledge"
    with suppress(KnowledgeBaseError):  # there is none yet, or none that is of use
        return store.open_current(root)
    settings = Settings()
    encoder = load_encoder(DEFAULT_MODEL, settings.threads)
    file = File("corpus.jsonl", documents=tuple(map(_beir_document, passages)))
    corpus = Corpus((file,), [(document,) for document in file.documents])
    with store.writing(root, settings.lock_timeout):
        store.write_generation(
            root,
            corpus,
            embed(corpus.passages, encoder, {}, progress=True),
            encoder,
            folder="",
            passage_tokens=0,
            settings=settings,
        )
    return store.open_current(root)


def _beir_document(passage: Passage) -> Document:
    whole = (Span(passage.start, passage.end),)
    places = (Place("corpus.jsonl", passage.id),)
    return Document(passage.document_id, passage.title, passage.text, places, cuts=whole)


def _beir_corpus(path: Path) -> list[Passage]:
    return [
        Passage(d["_id"], d["_id"], d.get("title", ""), d["text"], 0, len(d["text"]))
        for d in _lines(path)
    ]


def _beir_qrels(path: Path) -> list[Qrel]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Qrel(r["query-id"], r["corpus-id"], int(r["score"])) for r in rows]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in read_lines(path) if line]
