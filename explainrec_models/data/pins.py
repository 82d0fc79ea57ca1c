"""Published splits as choices for params.yaml, each pinned to the rows that its authors published.

``benchmarks/published_splits.py`` compares the rows with the published files and writes the digests that stand here.
"""

from explainrec_models.params import Split

COLLM_ML1M = Split(
    recipe="temporal",
    start="2001-06-01",
    valid_from="2002-04-01",
    test_from="2002-09-01",
    until="2003-02-01",
    sha256="df0bdf174a842d04f1200723a33c5bdaa66b65b60666917a3295b33d0eb0aced",
)
"""CoLLM (Zhang et al., arXiv 2310.19488) on MovieLens 1M with its own ids and ``like_threshold: 4``.

Described as the last 20 months; the days were found by matching the published rows.
"""
COLLM_ML1M_ROWS = {"train": 33_891, "valid": 10_401, "test": 7_331}

TALLREC_MOVIES = Split(
    recipe="tallrec-movies", sha256="9182f8440aa09f983317eb498a734d3999a79045fde1614d2cf704625a6b2bf0"
)
"""TALLRec (Bao et al., arXiv 2305.00447) on MovieLens 100K with ``like_threshold: 4``, as rows."""
TALLREC_WINDOWS_SHA256 = "fea0a935be833005ef1c1867813fdfe976c00c2ecc4b81ffc8e006c946309edf"
"""The same as windows, each with its ten rows of history, in the published order."""
