"""Layout ``llmrank``: a dataset as LLMRank publishes it, such as Games of Amazon Review 2018.

Hou et al., "Large Language Models are Zero-Shot Rankers for Recommender Systems", 2023, arXiv 2305.08845. Files
``<name>.test.inter`` and ``<name>.valid.inter`` (of each user the events so far, and the next), ``<name>.item``
(titles) and ``<name>.random`` (items to rank for the test users), each plain or gzipped.

The split is taken as it is given: a user's last event is for testing, the one before for validation, all others for
training. There are no times and no ratings: events have their position within the user as time (1, 2, 3 …
milliseconds), so that no date can cut them, and each counts as a like. Of a user only the last 50 events are kept;
users who have as many are counted, since what came before is not known. Candidates stay as they are listed; the test
item is among them only by chance, and the protocol of the paper adds it.
"""

from collections import Counter
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.bare_items import mentioned_items, with_bare_items
from explainrec_models.data.delimited import read_delimited
from explainrec_models.data.item_rows import item_rows
from explainrec_models.data.llmrank_candidates import read_candidates
from explainrec_models.data.llmrank_events import read_events
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.suffixed_files import SuffixedFiles

TEST, VALID, ITEM, CANDIDATES = "test", "valid", "item", "random"
FILES = SuffixedFiles(
    "llmrank",
    suffixes={TEST: ".test.inter", VALID: ".valid.inter", ITEM: ".item", CANDIDATES: ".random"},
    ways=((TEST, VALID),),
)
LICENCE = """\
The files are published with the code of LLMRank under the MIT licence (https://github.com/RUCAIBox/LLMRank). They are
made from Amazon Review 2018, collected at UC San Diego, which states no licence. Publications that use it cite:
Jianmo Ni, Jiacheng Li, Julian McAuley. 2019. Justifying recommendations using distantly-labeled reviews and
fine-grained aspects. EMNLP.
"""
_ITEM_COLUMNS = {"item_id:token": schema.ITEM_ID, "title:token_seq": schema.TITLE}


def fetch(out: Path, request: Request) -> dict[str, str]:
    """Bring the files as they are.

    Args:
        out: existing folder to fill.
        request: ``location``, a folder or archive with one dataset, or ``files`` with the roles ``test``, ``valid``,
            ``item`` and ``random``; the last two need not be there.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: nothing is named.
        MissingArtefactError: a named file is not there.
        DataError: the test or the validation file is not there, or there are two datasets.
    """
    request.refuse_unused("llmrank", used=("location", "files"), roles=tuple(FILES.suffixes))
    FILES.bring(out, request)
    return {"origin": "local files", "licence": LICENCE}


def read(raw: Path, request: Request) -> RawTables:  # noqa: ARG001  # every source has the same signature
    """Read what ``fetch`` wrote; the parts stand in ``schema.SPLIT``.

    Raises:
        DataError: a file is missing or malformed, or the two files of events contradict one another.
    """
    counts: Counter[str] = Counter()
    found = FILES.find(raw)
    events = read_events(found[TEST], found[VALID], counts)
    described = _items(found[ITEM], counts) if ITEM in found else ITEM_SCHEMA.to_frame()
    items = with_bare_items(described, mentioned_items([events], ""), counts)
    candidates = None
    if CANDIDATES in found:
        users = events[schema.USER_ID].unique().cast(pl.String)
        candidates = read_candidates(found[CANDIDATES], users=users, items=items[schema.ITEM_ID], counts=counts)
    return RawTables(events, items, dict(sorted(counts.items())), implicit=True, candidates=candidates)


def _items(path: Path, counts: Counter[str]) -> pl.DataFrame:
    columns = dict.fromkeys(_ITEM_COLUMNS, pl.String)
    rows = read_delimited(path, columns, separator="\t", quote=None, optional=columns)
    return item_rows(rows.rename(_ITEM_COLUMNS), counts)
