"""Stage ``fetch``: bring a dataset's files here unchanged and write down what they are."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.downloads import file_digest
from explainrec_models.data.loading import source_of
from explainrec_models.data.material import bring_material
from explainrec_models.data.outputs import REPORT_NAME, replacing, write_json
from explainrec_models.data.request import Request
from explainrec_models.errors import DataError


@dataclass(frozen=True)
class FetchReport:
    """What was fetched.

    Attributes:
        origin: where the files came from, in words.
        licence: the conditions of the data's owner, for display.
        files: path inside the folder to ``sha256`` and ``size``; pictures are summed up in the next two.
        sha256: of the list of all digests and names, what a pin in params.yaml is compared with.
        pictures: how many there are.
        pictures_sha256: of the list of their digests and names; empty without pictures.
        dropped: reason to count, of pictures that were not brought.
    """

    layout: str
    origin: str
    licence: str
    files: Mapping[str, Mapping[str, str | int]]
    sha256: str
    pictures: int
    pictures_sha256: str
    dropped: Mapping[str, int]

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def fetch(out: Path, *, key: str, layout: str, request: Request, cache: Path, sha256: str | None = None) -> FetchReport:
    """Fill the raw folder of a dataset.

    Args:
        out: folder to write.
        key: the dataset's key in params.yaml, for messages.
        layout: as in params.yaml.
        request: what params.yaml asks of the layout.
        cache: folder that keeps downloaded pictures, so that a killed run goes on where it was.
        sha256: pin of the whole content; DVC notices a changed location through it.

    Raises:
        ParamsError: the layout is unknown, or needs a location or categories that are not given.
        SourceUnavailableError: no host of the layout can be reached.
        DataError: a file is not what it claims to be.
    """
    source = source_of(layout)
    with replacing(out) as folder:
        facts = source.fetch(folder, request)
        dropped = bring_material(folder, source, request, cache=cache)
        digests = {
            path.relative_to(folder).as_posix(): file_digest(path) for path in folder.rglob("*") if path.is_file()
        }
        if not digests:
            message = f"dataset {key!r}: layout {layout} brought no file. Check `location` in params.yaml."
            raise DataError(message)
        content = content_digest(digests)
        if sha256 is not None and content != sha256:
            message = (
                f"dataset {key!r}: the content of {request.location or layout} has sha256 {content}, but "
                f"sources.{key}.sha256 in params.yaml expects {sha256}. Restore the files, or write the new value "
                "there if the change is meant."
            )
            raise DataError(message)
        pictures = sorted(f"{digest}  {name}\n" for name, digest in digests.items() if _is_picture(name))
        report = FetchReport(
            layout=layout,
            origin=facts["origin"],
            licence=facts["licence"],
            files={
                name: {"sha256": digest, "size": (folder / name).stat().st_size}
                for name, digest in sorted(digests.items())
                if not _is_picture(name)
            },
            sha256=content,
            pictures=len(pictures),
            pictures_sha256=hashlib.sha256("".join(pictures).encode()).hexdigest() if pictures else "",
            dropped=dropped,
        )
        write_json(folder / REPORT_NAME, report.summary())
    return report


def _is_picture(name: str) -> bool:
    return name.startswith("images/")


def content_digest(digests: Mapping[str, str]) -> str:
    """Return one digest for a folder: of its sorted names and file digests."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
