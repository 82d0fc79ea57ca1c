"""Choosing users or items by a keyed hash of the id: whoever comes or goes, nobody else moves."""

import hashlib

import polars as pl

_BITS = 64
_SLICE = 100_000


def held_out(ids: pl.Series, *, share: float, seed: int) -> tuple[pl.Series, pl.Series]:
    """Choose ids for validation and for testing, each about a ``share`` of all.

    Whether an id is chosen depends on the id, the seed and the share alone. Of one seed, the ids of a smaller share are
    among those of a larger one.

    Args:
        ids: with or without repetitions, text or categorical.
        share: of the ids, once for validation and once for testing; below one half.
        seed: the key of the hash.

    Returns:
        The ids for validation and those for testing, no id twice, of the type of ``ids``.
    """
    distinct = ids.unique().drop_nulls()
    key = f"{seed}".encode()[: hashlib.blake2b.MAX_KEY_SIZE]
    bound = int(share * 2**_BITS)
    hashes = pl.concat([_hashes(part, key) for part in _slices(distinct.cast(pl.String))])
    return distinct.filter(hashes >= 2**_BITS - bound), distinct.filter(hashes < bound)


def _slices(ids: pl.Series) -> list[pl.Series]:
    return [ids.slice(start, _SLICE) for start in range(0, max(1, len(ids)), _SLICE)]


def _hashes(ids: pl.Series, key: bytes) -> pl.Series:
    size = _BITS // 8
    # polars' own hash is free to change with its version; this one is a published function.
    digests = [hashlib.blake2b(name.encode(), key=key, digest_size=size).digest() for name in ids]
    return pl.Series([int.from_bytes(digest) for digest in digests], dtype=pl.UInt64)
