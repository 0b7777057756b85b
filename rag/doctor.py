"""Looks at everything that answering needs, and says what to do where something is wrong."""

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from rag.compose import lacks, smollm
from rag.errors import FAILURES, NotFoundError
from rag.knowledge_base import KnowledgeBase
from rag.settings import Settings

_LIBRARIES = ("torch", "transformers", "sentence-transformers", "faiss-cpu", "bm25s", "gradio")
_FORMATS = {  # what the extra `documents` adds
    "mammoth": "DOCX",
    "openpyxl": "XLSX",
    "pptx": "PPTX",
    "pypdfium2": "PDF",
    "trafilatura": "HTML",
}
_ROOM = 1_000_000_000  # bytes that should be free where a knowledge base is built


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to do if it is not well."""

    name: str
    found: str
    remedy: str = ""

    @property
    def well(self) -> bool:
        return not self.remedy

    def __str__(self) -> str:
        line = f"{'ok' if self.well else '!!':3}{self.name:22} {self.found}"
        return f"{line}\n{'':26}→ {self.remedy}" if self.remedy else line


def examine(knowledge_base: KnowledgeBase) -> Iterator[Finding]:
    """Yields what was found, one thing after the other.

    Args:
        knowledge_base: The one that is asked; it need not exist.
    """
    yield _python()
    yield from map(_library, _LIBRARIES)
    yield _formats()
    yield _model("encoder", lambda: _encoder(knowledge_base))
    yield _model("reader", lambda: _reader(knowledge_base.settings))
    for name, lacking in lacks().items():
        yield Finding(f"composer {name}", lacking or "ready")
    if smollm.installed():
        yield _model(smollm.NAME, _writer)
    yield _state(knowledge_base)
    yield _room(knowledge_base.root)
    yield Finding("threads", str(knowledge_base.settings.threads))
    yield _network(knowledge_base.settings)


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("Python", found, "" if sys.version_info >= (3, 11) else "Use 3.11 or later.")


def _library(name: str) -> Finding:
    from packaging.requirements import Requirement

    try:
        found = version(name)
        wanted = map(Requirement, requires("rag") or ())
    except PackageNotFoundError:
        return Finding(name, "not installed", "Install the program again: make chat")
    for requirement in wanted:
        if requirement.name == name and not requirement.specifier.contains(found, prereleases=True):
            remedy = f"Install a version that fits: pip install '{name}{requirement.specifier}'"
            return Finding(name, f"{found}, which does not fit", remedy)
    return Finding(name, found)


def _formats() -> Finding:
    missing = [kind for library, kind in _FORMATS.items() if find_spec(library) is None]
    if missing:
        remedy = "To read them too: pip install 'rag[documents]'"
        return Finding("file formats", f"cannot read {', '.join(missing)}", remedy)
    return Finding("file formats", "all can be read")


def _model(name: str, load: Callable[[], str]) -> Finding:
    try:
        return Finding(name, load())
    except FAILURES as error:
        return Finding(name, "cannot be used", str(error))


def _encoder(knowledge_base: KnowledgeBase) -> str:
    from embeddings import DEFAULT_MODEL, load_encoder

    name = knowledge_base.settings.encoder
    if name is None:
        try:
            name = knowledge_base.generation().manifest.encoder
        except FAILURES:
            name = DEFAULT_MODEL
    encoder = load_encoder(name, knowledge_base.settings.threads)
    return f"{encoder.name}, weights {encoder.checksum[:12]}, verified"


def _writer() -> str:
    smollm.published()
    return "the published weights, verified"


def _reader(settings: Settings) -> str:
    from rag.reader import load_reader

    load_reader(settings.threads)
    return "the one that comes with the program, loaded"


def _state(knowledge_base: KnowledgeBase) -> Finding:
    name = "knowledge base"
    try:
        status = knowledge_base.status()
    except NotFoundError:
        return Finding(name, f"none yet in {knowledge_base.root}; the first question builds it")
    except FAILURES as error:
        return Finding(name, "cannot be used", str(error))
    found = (
        f"whole: generation {status.generation}, {status.documents} articles, "
        f"{status.passages} passages, {status.size / 1e6:,.1f} MB"
    )
    if status.folder and not Path(status.folder).is_dir():
        return Finding(
            name, found, f"Its folder {status.folder} has gone; name another: rag index FOLDER"
        )
    return Finding(name, found)


def _room(root: Path) -> Finding:
    place = next(folder for folder in (root, *root.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    remedy = "" if free > _ROOM else f"Make room where {place} lies."
    return Finding("free disk", f"{free / 1e9:,.1f} GB", remedy)


def _network(settings: Settings) -> Finding:
    if settings.chat_url:
        return Finding("network", f"used for the model at {settings.chat_url}")
    return Finding("network", "not needed: everything runs here")
