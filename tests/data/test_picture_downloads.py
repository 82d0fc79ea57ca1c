"""Downloads from a real host on this machine, one kind of misbehaviour after the other."""

import gzip
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from picture_server import (
    PictureServer,
    body,
    in_turn,
    picture,
    redirect,
    serving,
    trickle,
    trickling_head,
    without_length,
)

from explainrec_models.data.picture_cache import NOT_A_PICTURE, PLACEHOLDER
from explainrec_models.data.picture_downloads import (
    NO_ADDRESS,
    OVER_COUNT,
    OVER_TOTAL,
    DownloadLimits,
    download_pictures,
    full_size,
    read_addresses,
)
from explainrec_models.data.pictures import NO_ID, REPEATED, PictureArrival, picture_paths
from explainrec_models.data.polite_client import (
    ASKED_TO_WAIT,
    BAD_ADDRESS,
    CUT_SHORT,
    FORBIDDEN,
    NOT_FOUND,
    PRIVATE,
    SERVER_ERROR,
    STOPPED,
    TOO_LARGE,
    TOO_MANY_REDIRECTS,
    TOO_SLOW,
    UNREACHABLE,
    Manners,
)
from explainrec_models.errors import DataError, MissingArtefactError

REAL = Path(os.environ.get("EXPLAINREC_REAL_DATA", "nowhere"))
QUICK = Manners(
    pause_seconds=0.0, timeout_seconds=0.4, body_seconds=0.8, back_off_seconds=0.01, longest_wait_seconds=2, failures=50
)
LIMITS = DownloadLimits(picture_bytes=100_000, manners=QUICK)
HERE = ("127.0.0.1",)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def host() -> Iterator[PictureServer]:
    with serving() as server:
        yield server


def run(host: PictureServer, folder: Path, *paths: str, limits: DownloadLimits = LIMITS) -> PictureArrival:
    addresses = {str(number): host.address + path for number, path in enumerate(paths)}
    return download_pictures(addresses, folder, cache=folder / "cache", limits=limits, private_hosts=HERE)


def test_pictures_arrive_unchanged_and_are_named_by_what_they_are(host: PictureServer, tmp_path: Path) -> None:
    host.answers["/a.jpg"] = body(picture())
    host.answers["/b.jpg"] = body(picture(kind="PNG"))
    host.answers["/c?size=9&%20d"] = body(picture("blue", kind="WEBP"))
    addresses = {"B00/1": "/a.jpg", "2": "/b.jpg", "3": "/c?size=9& d#part"}
    addresses = {item_id: host.address + path for item_id, path in addresses.items()}
    arrival = download_pictures(addresses, tmp_path, cache=tmp_path / "c", limits=LIMITS, private_hosts=HERE)
    assert arrival == PictureArrival(3, {})
    assert picture_paths(tmp_path) == {"B00/1": "images/B00%2F1.jpg", "2": "images/2.png", "3": "images/3.webp"}
    assert (tmp_path / "images/2.png").read_bytes() == picture(kind="PNG")
    assert all(agent.startswith("explainrec") for agent in host.agents)
    assert host.connections == 1


@pytest.mark.parametrize(
    ("reason", "answer"),
    [
        (NOT_FOUND, body(b"", status=404)),
        (NOT_FOUND, body(b"", status=410)),
        (FORBIDDEN, body(b"", status=403)),
        (SERVER_ERROR, body(b"", status=501)),
        (NOT_A_PICTURE, body(b"<html>not here</html>", Content_Type="image/jpeg")),
        (NOT_A_PICTURE, body(b"")),
        (NOT_A_PICTURE, body(picture(size=(500, 500))[:-300])),
        (PLACEHOLDER, body(picture(kind="GIF", size=(1, 1)))),
        (TOO_LARGE, body(b"x" * 200_000)),
        (TOO_LARGE, without_length(b"x" * 200_000)),
        (CUT_SHORT, body(picture()[:100], Content_Length="90000", Connection="close")),
        (TOO_SLOW, lambda _: time.sleep(2)),
        (TOO_SLOW, trickle(b"x" * 100, pause=0.1)),
        (TOO_SLOW, trickling_head(pause=0.1)),
        (TOO_MANY_REDIRECTS, redirect("/1.jpg")),
        (BAD_ADDRESS, redirect("file:///etc/passwd")),
        (BAD_ADDRESS, redirect("http://[")),
        (PRIVATE, redirect("http://localhost/1.jpg")),
        (PRIVATE, redirect("http://169.254.169.254/latest/meta-data")),
        (PRIVATE, redirect("http://[::ffff:10.0.0.1]/")),
        (PRIVATE, redirect("http://2130706433/")),
    ],
)
def test_what_goes_wrong_is_counted_by_reason_and_the_rest_arrives(
    host: PictureServer, tmp_path: Path, reason: str, answer: object
) -> None:
    host.answers |= {"/1.jpg": answer, "/2.jpg": body(picture())}  # type: ignore[dict-item]
    assert run(host, tmp_path, "/1.jpg", "/2.jpg") == PictureArrival(1, {reason: 1})
    assert picture_paths(tmp_path) == {"1": "images/1.jpg"}
    assert not list(tmp_path.rglob("*.partial"))


def test_hosts_of_private_networks_are_not_asked(host: PictureServer, tmp_path: Path) -> None:
    host.answers["/1.jpg"] = body(picture())
    addresses = {
        "1": f"{host.address}/1.jpg",
        "2": f"http://localhost:{host.port}/1.jpg",
        "3": "ftp://example.org/1.jpg",
    }
    addresses |= {"4": "https://user:secret@example.org/1.jpg", "5": "no address", "6": "http://" + "a" * 300}
    arrival = download_pictures(addresses, tmp_path, cache=tmp_path / "c", limits=LIMITS)
    assert arrival == PictureArrival(0, {PRIVATE: 2, BAD_ADDRESS: 4})
    assert not host.asked


def test_errors_that_pass_are_tried_again(host: PictureServer, tmp_path: Path) -> None:
    good = body(picture())
    host.answers["/1.jpg"] = in_turn(body(b"", status=500), body(b"", status=503), good)
    host.answers["/2.jpg"] = in_turn(body(picture()[:50], Content_Length="600", Connection="close"), good)
    assert run(host, tmp_path, "/1.jpg", "/2.jpg") == PictureArrival(2, {})
    assert host.asked == {"/1.jpg": 3, "/2.jpg": 2}


def test_a_host_is_given_the_pause_that_it_asks_for(host: PictureServer, tmp_path: Path) -> None:
    host.answers["/1.jpg"] = in_turn(body(b"", status=429, Retry_After="1"), body(picture()))
    assert run(host, tmp_path, "/1.jpg").brought == 1
    assert host.moments[1] - host.moments[0] >= 1


def test_a_host_that_asks_for_too_long_a_pause_is_left_alone(host: PictureServer, tmp_path: Path) -> None:
    host.answers["/1.jpg"] = body(b"", status=503, Retry_After="86400")
    host.answers["/2.jpg"] = body(picture())
    assert run(host, tmp_path, "/1.jpg", "/2.jpg") == PictureArrival(0, {ASKED_TO_WAIT: 2})
    assert host.asked == {"/1.jpg": 1}
    # That was of the day: it is not remembered.
    host.answers["/1.jpg"] = body(picture())
    assert run(host, tmp_path, "/1.jpg", "/2.jpg").brought == 2


def test_a_host_that_never_answers_is_left_alone_after_some_failures(host: PictureServer, tmp_path: Path) -> None:
    with serving() as gone:
        pass
    limits = replace(LIMITS, manners=replace(QUICK, failures=2, tries=1))
    host.answers["/1.jpg"] = body(picture())
    addresses = {str(number): f"http://127.0.0.2:{gone.port}/{number}.jpg" for number in range(2000)}
    addresses["x"] = f"{host.address}/1.jpg"
    started = time.monotonic()
    names = [*HERE, "127.0.0.2"]
    arrival = download_pictures(addresses, tmp_path, cache=tmp_path / "c", limits=limits, private_hosts=names)
    assert arrival == PictureArrival(1, {UNREACHABLE: 2000})
    assert time.monotonic() - started < 5


def test_one_host_is_asked_one_thing_at_a_time_with_pauses(host: PictureServer, tmp_path: Path) -> None:
    limits = replace(LIMITS, hosts_at_once=4, manners=replace(QUICK, pause_seconds=0.05))
    # Four names of which each redirects to the same one.
    names = [f"127.0.0.{number}" for number in (1, 2, 3, 4)]
    with serving() as other:
        other.answers |= {f"/{number}.jpg": body(picture()) for number in range(8)}
        host.answers |= {f"/{number}.jpg": redirect(f"{other.address}/{number}.jpg") for number in range(8)}
        addresses = {str(number): f"http://127.0.0.1:{host.port}/{number}.jpg" for number in range(8)}
        arrival = download_pictures(addresses, tmp_path, cache=tmp_path / "c", limits=limits, private_hosts=names)
        assert arrival.brought == 8
        moments = sorted(host.moments + other.moments)
    assert max(host.most_at_once, other.most_at_once) == 1
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 0.045


def test_limits_of_number_and_of_total_size(host: PictureServer, tmp_path: Path) -> None:
    host.answers |= {f"/{number}.jpg": body(picture()) for number in range(4)}
    paths = [f"/{number}.jpg" for number in range(4)]
    assert run(host, tmp_path / "a", *paths, limits=replace(LIMITS, pictures=3)) == PictureArrival(3, {OVER_COUNT: 1})
    two = 2 * len(picture()) + 1
    assert run(host, tmp_path / "b", *paths, limits=replace(LIMITS, total_bytes=two)).dropped == {OVER_TOTAL: 2}
    # The same from the cache.
    assert run(host, tmp_path / "a", *paths, limits=LIMITS) == PictureArrival(1, {REPEATED: 3})


def test_what_was_brought_and_what_was_refused_is_not_asked_again(host: PictureServer, tmp_path: Path) -> None:
    host.answers["/1.jpg"] = body(picture())
    addresses = {"1": f"{host.address}/1.jpg", "same": f"{host.address}/1.jpg", "2": f"{host.address}/2.jpg", "": "x"}
    expected = PictureArrival(2, {NOT_FOUND: 1, NO_ID: 1})
    for folder in ("first", "second"):
        out = tmp_path / folder
        found = download_pictures(addresses, out, cache=tmp_path / "c", limits=LIMITS, private_hosts=HERE)
        assert found == expected
        assert len(picture_paths(out)) == 2
    assert host.asked == {"/1.jpg": 1, "/2.jpg": 1}
    host.answers["/2.jpg"] = body(picture())
    again = download_pictures(
        addresses, tmp_path / "third", cache=tmp_path / "c", limits=LIMITS, private_hosts=HERE, ask_again=True
    )
    assert again == PictureArrival(3, {NO_ID: 1})
    assert host.asked == {"/1.jpg": 1, "/2.jpg": 2}


KILLED = """
import signal
import sys
from pathlib import Path
from explainrec_models.data.picture_downloads import DownloadLimits, download_pictures
from explainrec_models.data.polite_client import Manners
# A shell's background jobs, and all that they start, ignore interrupts unless told otherwise.
signal.signal(signal.SIGINT, signal.default_int_handler)
address, folder = sys.argv[1], Path(sys.argv[2])
addresses = {str(number): f"{address}/{number}.jpg" for number in range(12)}
limits = DownloadLimits(manners=Manners(pause_seconds=0.0))
download_pictures(addresses, folder, cache=folder / "cache", limits=limits, private_hosts=["127.0.0.1"])
"""


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_goes_on_where_it_was(host: PictureServer, tmp_path: Path, by: signal.Signals) -> None:
    host.answers |= {f"/{number}.jpg": body(picture()) for number in range(6)}
    host.answers |= {f"/{number}.jpg": body(picture()) for number in range(7, 12)}
    host.answers["/6.jpg"] = in_turn(trickle(picture(), pause=0.02), body(picture()))
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, host.address, str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not host.asked["/6.jpg"] and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.send_signal(by)
    assert killed.wait(30) != 0
    assert not (tmp_path / "images").exists()
    arrival = run(host, tmp_path, *(f"/{number}.jpg" for number in range(12)), limits=DownloadLimits())
    assert arrival == PictureArrival(12, {})
    assert [host.asked[f"/{number}.jpg"] for number in range(6)] == [1] * 6
    assert not list((tmp_path / "cache").rglob("*.partial"))


def test_a_proxy_of_the_user_is_used_and_its_answers_are_checked_too(
    host: PictureServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", host.address)
    host.answers["http://pictures.invalid/1.jpg"] = body(picture())
    host.answers["http://pictures.invalid/2.jpg"] = redirect("http://10.0.0.1/2.jpg")
    addresses = {"1": "http://pictures.invalid/1.jpg", "2": "http://pictures.invalid/2.jpg"}
    arrival = download_pictures(addresses, tmp_path, cache=tmp_path / "c", limits=LIMITS)
    assert arrival == PictureArrival(1, {PRIVATE: 1})


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here to make a certificate with")
def test_encrypted_hosts_must_be_who_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names = ["localhost", "127.0.0.1"]
    with serving(context) as host:
        host.answers["/1.jpg"] = body(picture())
        addresses = {name: f"https://{name}:{host.port}/1.jpg" for name in names}
        strange = download_pictures(addresses, tmp_path, cache=tmp_path / "c", limits=LIMITS, private_hosts=names)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted = download_pictures(addresses, tmp_path, cache=tmp_path / "c", limits=LIMITS, private_hosts=names)
    assert strange == PictureArrival(0, {UNREACHABLE: 2})
    assert trusted == PictureArrival(1, {UNREACHABLE: 1})
    assert picture_paths(tmp_path) == {"localhost": "images/localhost.jpg"}


def test_without_a_network_a_run_ends_soon(tmp_path: Path) -> None:
    with serving() as gone:
        pass
    names = [f"127.0.{number // 250}.{1 + number % 250}" for number in range(3000)]
    addresses = {name: f"http://{name}:{gone.port}/1.jpg" for name in names}
    arrival = download_pictures(addresses, tmp_path, cache=tmp_path / "c", limits=LIMITS, private_hosts=names)
    assert arrival.brought == 0
    assert arrival.dropped[STOPPED] > 2900
    assert sum(arrival.dropped.values()) == 3000


def test_addresses_without_codes_for_the_size() -> None:
    amazon = "https://images-na.ssl-images-amazon.com/images/I/31Q+z-a"
    for code in ("._SX38_SY50_CR,0,0,38,50_", "._SR80,60_", "._SY88", "._AC_UL320_"):
        assert full_size(f"{amazon}{code}.jpg") == (f"{amazon}.jpg" if code.endswith("_") else f"{amazon}{code}.jpg")
    assert full_size("https://example.org/a._SY88_.jpg") == "https://example.org/a._SY88_.jpg"
    assert full_size("http://[") == "http://["


def test_tables_of_addresses(tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text(
        "1,http://a.example/1.jpg\n2,\n\n1,http://a.example/x.jpg\n3,//a.example/3.jpg\n4,N/A\n,http://b\n"
    )
    assert read_addresses(plain) == (
        {"1": "http://a.example/1.jpg", "3": "https://a.example/3.jpg"},
        {NO_ADDRESS: 2, REPEATED: 1, NO_ID: 1},
    )
    titled = tmp_path / "titled.csv.gz"
    rows = '\ufeffmovie_id,title,image\r\n7,"Caf\u00e9, the",HTTPS://a.example/7.jpg\r\n'
    titled.write_bytes(gzip.compress(rows.encode("utf-8").replace(b"\xc3\xa9", b"\xe9")))
    assert read_addresses(titled) == ({"7": "HTTPS://a.example/7.jpg"}, {})
    without_first = tmp_path / "missing.csv"
    without_first.write_text("7,none\n8,http://a.example/8.jpg\n")
    assert read_addresses(without_first) == ({"8": "http://a.example/8.jpg"}, {NO_ADDRESS: 1})


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "the first 0 rows hold no web address"),
        (b"1;http://a.example/1.jpg\n", "the first 1 rows hold no web address"),
        (b"http://a.example/1.jpg\n", "the ids are missing"),
        (b"1,http://a.example/1.jpg\n2," + b"x" * 200_000, r"t\.csv, line 2: field larger than field limit"),
        (
            gzip.compress(b"1,http://a.example/1.jpg\n" * 50_000, mtime=0)[:200],
            r"t\.csv, line \d+: gzip data that ends",
        ),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, content: bytes, match: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=match):
        read_addresses(tmp_path / "t.csv")


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match=r"t\.csv is not there"):
        read_addresses(tmp_path / "t.csv")


@pytest.mark.skipif(not REAL.is_dir(), reason="EXPLAINREC_REAL_DATA names no folder with the published files")
def test_the_real_table_of_movielens_100k() -> None:
    addresses, dropped = read_addresses(REAL / "movielens-100k/movie_posters.csv")
    assert len(addresses) + sum(dropped.values()) == 1670
    assert addresses["1"].startswith("https://m.media-amazon.com/images/M/MV5B")
