"""What params.yaml asks of a layout: where its files are and which of them are meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from explainrec_models.errors import ParamsError, UnknownNameError
from explainrec_models.params import Files, Source


@dataclass(frozen=True)
class Request:
    """One dataset's wishes; a layout refuses those it has no use for.

    Attributes:
        location: folder, archive or file that holds the layout's files.
        files: role to path, where the files are named one by one ("reviews", "meta").
        categories: to read, for layouts that have them.
        columns: column of the project to column of the user's file, for layouts without names of their own.
        pictures: folder or archive of pictures named by item id, a table of item ids and addresses, or ``addresses``
            for those that the layout's own metadata hold.
        details: OMDb answers as JSON lines, for layouts of movies.
        parts: name to layout and request, for the layout that combines others.
    """

    location: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    pictures: str | None = None
    details: Path | None = None
    parts: Mapping[str, tuple[str, "Request"]] = field(default_factory=dict)

    def refuse_unused(self, layout: str, *, used: tuple[str, ...], roles: tuple[str, ...] = ()) -> None:
        """Check that nothing is asked for that the layout cannot give.

        Args:
            layout: its name, for messages.
            used: which of ``location``, ``files``, ``categories``, ``columns`` and ``parts`` it reads.
            roles: the names it knows under ``files``.

        Raises:
            ParamsError: something else is set.
            UnknownNameError: a role of ``files`` is not known.
        """
        for name in ("location", "files", "categories", "columns", "parts"):
            if getattr(self, name) and name not in used:
                message = f"layout {layout} has no `{name}:`; remove it from params.yaml. It takes: {', '.join(used)}."
                raise ParamsError(message)
        for role in self.files:
            if role not in roles:
                advice = f"Layout {layout} reads {', '.join(roles)}."
                raise UnknownNameError(
                    kind=f"file under `files:` of layout {layout}", name=role, known=roles, advice=advice
                )


def request_of(source: Files) -> Request:
    """Return what an entry of ``sources`` in params.yaml asks for."""
    parts = source.parts if isinstance(source, Source) else {}
    return Request(
        location=Path(source.location) if source.location else None,
        files={role: Path(path) for role, path in source.files.items()},
        categories=source.categories,
        columns=source.columns,
        pictures=source.pictures,
        details=Path(source.details) if source.details else None,
        parts={name: (part.layout, request_of(part)) for name, part in parts.items()},
    )
