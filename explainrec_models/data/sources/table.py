"""Layout ``table``: a user's own tables of events and, if there is one, of items, as CSV, TSV or Parquet.

``location`` names the file of events (or a folder or archive that holds no other table); or ``files`` names
``interactions`` and ``items``. Delimited text may be gzipped; its separator (comma, tab or semicolon) is seen in the
header. ``columns`` says which column is which, our name to theirs; what it leaves out is looked for under our name:

- ``user_id`` and ``item_id``, which must be there; ``rating``, without which every row is an event that counts as a
  like; ``timestamp``, without which the position in the file stands for time (1, 2, 3 … milliseconds), so that users
  can be split and dates cannot;
- of the item file ``items_item_id``, ``items_title``, ``items_text``, ``items_category``, ``items_image`` (an address)
  and ``items_attributes`` (one or more columns, between commas). An attribute is named for its column; of a cell
  its values stand between ``|`` or else ``;``, and a list of Parquet is taken as it is.

Times are whole or decimal numbers of seconds, milli-, micro- or nanoseconds, ISO 8601 text, or dates of Parquet; what
states no zone is UTC and is counted. Zero and negative numbers stand for no time, except where all numbers are too
small for times and so give an order. Of several rows of one user and item the earliest is kept. Rows without a user, an
item, a rating or a time are left out and counted; a value that is no id, number or time is refused.
"""

from collections import Counter
from pathlib import Path

from explainrec_models.data import schema
from explainrec_models.data.bare_items import mentioned_items, with_bare_items
from explainrec_models.data.event_rows import EventRows
from explainrec_models.data.raw_tables import ITEM_SCHEMA, RawTables
from explainrec_models.data.request import Request
from explainrec_models.data.table_at import table_at
from explainrec_models.data.table_columns import INTERACTION_NAMES, check_keys, interaction_columns
from explainrec_models.data.table_files import ITEMS, ROLES, bring_tables, interactions_of, table_of
from explainrec_models.data.table_items import read_addresses, read_items

LICENCE = """\
A file of your own: it has the licence that you know it to have. If others collected it, their conditions hold.
"""


def fetch(out: Path, request: Request) -> dict[str, str]:
    """Bring the tables as they are, named for their roles.

    Args:
        out: existing folder to fill.
        request: ``location``, or ``files`` with the roles ``interactions`` and ``items``; and ``columns``.

    Returns:
        ``origin`` and ``licence``.

    Raises:
        ParamsError: no interactions are named, or twice; a suffix or a key of ``columns`` is not known.
        MissingArtefactError: a file is not there.
        DataError: the location holds no table or several.
    """
    request.refuse_unused("table", used=("location", "files", "columns"), roles=ROLES)
    check_keys(request.columns)
    bring_tables(out, request)
    return {"origin": "local files", "licence": LICENCE}


def read(raw: Path, request: Request) -> RawTables:
    """Read what ``fetch`` wrote.

    An item that only events mention is titled with its id. What is left out, repaired or filled in is counted in
    ``dropped``.

    Raises:
        MissingArtefactError: there are no interactions.
        DataError: a column is not there, or a value is not what its column holds; the message names the place.
    """
    check_keys(request.columns)
    counts: Counter[str] = Counter()
    path = interactions_of(raw)
    table = table_at(path, [*INTERACTION_NAMES, *request.columns.values()])
    names = interaction_columns(request.columns, table.names, path)
    rows = EventRows(path, counts)
    rows.add(table.pieces(names))
    interactions = rows.interactions()
    described = table_of(raw, ITEMS)
    items = ITEM_SCHEMA.to_frame() if described is None else read_items(described, request.columns, counts)
    items = with_bare_items(items, mentioned_items([interactions], ""), counts)
    return RawTables(interactions, items, dict(sorted(counts.items())), implicit=schema.RATING not in names)


def addresses(raw: Path, request: Request) -> dict[str, str]:
    """Return the address of the picture of each item that has one.

    Raises:
        DataError: a column is not there, or a row is malformed.
    """
    path = table_of(raw, ITEMS)
    return {} if path is None else read_addresses(path, request.columns)
