"""kill -9 in the middle of every stage: its output is whole, old or new, and the next run makes the same bytes."""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_project import contents, leftovers, outputs, stages
from stage_server import Server, stage_server

KILLS = int(os.environ.get("EXPLAINREC_KILLS", "2"))
"""Kills of each stage; every other one where the file system is changed."""
SYSTEMS = ("ease", "tallrec")
UNHARMED = ("image-features", "text-features")
"""They only have to be there: they write as the others do, and are tested for it by the other stages."""


@pytest.fixture(scope="module")
def killing() -> Iterator[Server]:
    with stage_server() as running:
        yield running


def old(place: Path) -> None:
    """Put an output there that no run makes."""
    if place.suffix:
        place.write_bytes(b"old")
    else:
        shutil.rmtree(place, ignore_errors=True)
        (place / "deep").mkdir(parents=True)
        for name in ("report.json", "deep/old.txt"):
            (place / name).write_bytes(b"old")


def check_whole(place: Path, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Check that an output is the old or the new one, or the old one lies where the next run finds it."""
    if place.exists():
        assert contents(place) in (before, after), place
    else:
        assert contents(place.with_name(f".{place.name}.earlier")) == before


@pytest.mark.slow
def test_a_killed_stage_leaves_whole_outputs_and_its_next_run_the_same_bytes(killing: Server, tmp_path: Path) -> None:
    root = tmp_path
    killing.write_shop_project(root, SYSTEMS)
    generator = random.Random(KILLS)  # noqa: S311 - moments to kill at
    killed = asked = 0
    for words in stages(SYSTEMS):
        kills = 0 if words[0] in UNHARMED else KILLS
        undisturbed = killing.run(root, words)
        assert undisturbed.code == 0, undisturbed.said
        places = [root / place for place in outputs(words)]
        after = [contents(place) for place in places]
        for turn in range(kills):
            for place in places:
                old(place)
            before = [contents(place) for place in places]
            if turn % 2:
                ended = killing.run(root, words, seconds=generator.uniform(0, undisturbed.seconds))
            else:
                # The last events are those of the swap.
                earlier = generator.randrange(min(8, undisturbed.events))
                ended = killing.run(root, words, event=undisturbed.events - earlier)
            killed, asked = killed + ended.killed, asked + 1
            for place, whole_before, whole_after in zip(places, before, after, strict=True):
                check_whole(place, whole_before, whole_after)
        last = killing.run(root, words)
        assert last.code == 0, last.said
        assert [contents(place) for place in places] == after, words
        assert leftovers(root / "data") == []
    assert killed > asked / 2
