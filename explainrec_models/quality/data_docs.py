"""Data Docs that read well offline and are equal whenever the data is.

Great Expectations writes pages that fetch styles, scripts and a logo from several hosts, fill the index by script, put
values of the data into the page unescaped, and carry load times, random ids and the local time zone. What is fetched is
replaced by one small stylesheet, the index by a plain page, and the rest is made harmless and constant.
"""

import html
import re
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jinja2 import Environment, StrictUndefined

from explainrec_models.quality.rendering import rendering_errors_raised
from explainrec_models.quality.rules import RULE
from explainrec_models.quality.verdict import Verdict

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext

SITE = "data_docs"
RUN_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for every run's time: outputs are equal whenever the inputs are."""
FROZEN = RUN_TIME.strftime("%Y%m%dT%H%M%S.%fZ")

_FETCHED = re.compile(r"<(script|style|footer)\b.*?</\1>|<link\b[^>]*>|\sonclick=\"[^\"]*\"", re.DOTALL)
_LOGO = re.compile(r"<img\b[^>]*\bsrc=\"https?://[^>]*>")
_MOMENT = re.compile(r"\b\d{8}T\d{6}\.\d{6}Z\b")
_RANDOM_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 75rem; }
body { margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem; border-bottom: 1px solid #ddd; }
a { color: #0b57a4; }
h5 { font-size: 1.15rem; margin: 0; }
h6 { font-size: 1rem; margin: 0; }
ul, ol { padding-left: 1.2rem; }
.ge-breadcrumbs, .ge-navigation-sidebar-content { list-style: none; padding: 0; }
.alert-secondary { border-bottom: 2px solid #888; margin-top: 1.5rem; }
.badge { background: #eee; padding: 0 .3rem; border-radius: .2rem; }
.card:has(.btn-group-toggle), .modal, .cooltip .top { display: none; }
.fa-check-circle::before { content: "\\2714"; }
.fa-times::before { content: "\\2718"; }
.fa-exclamation-triangle::before { content: "\\26A0"; }
.text-success, .passed { color: #14652f; }
.text-danger, .failed { color: #a61b1b; }
.text-warning, .warned { color: #8a5a00; }
"""
_HEAD = f"""<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>{_STYLE}</style>"""

_INDEX = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="UTF-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data quality of {{ dataset }}</title>
{{ head | safe }}
</head>
<body>
<h1>Data quality of {{ dataset }}</h1>
<p>{{ "No critical expectation failed." if success else "A critical expectation failed: the pipeline stops here." }}
Checked by Great Expectations; run times are frozen, so that equal data gives equal pages.</p>
{% if dropped %}
<h2>Left out, repaired, merged</h2>
<table>
<tr><th>Reason</th><th>Count</th></tr>
{% for reason, count in dropped.items() %}
<tr><td>{{ reason.replace("_", " ") }}</td><td>{{ "{:,}".format(count) }}</td></tr>
{% endfor %}
</table>
{% endif %}
{% for layer, rows in layers.items() %}
<h2>{{ layer }}</h2>
<p>{% for name, page in pages[layer].items() %}<a href="{{ page }}">{{ name }}</a> {% endfor %}</p>
<table>
<tr><th>Result</th><th>Expectation</th><th>Severity</th><th>Observed</th><th>Expected</th></tr>
{% for row in rows %}
{% set result = "passed" if row.success else "failed" if row.severity == "critical" else "warned" %}
<tr><td class="{{ result }}">{{ result }}</td><td>{{ row.name }}</td><td>{{ row.severity }}</td>
<td>{{ row.observed }}</td><td>{{ row.expected }}</td></tr>
{% endfor %}
</table>
{% endfor %}
</body>
</html>
"""


def site_config(folder: Path) -> dict[str, Any]:
    """Configure Great Expectations to write its pages into ``folder``."""
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())}
    return {"class_name": "SiteBuilder", "store_backend": backend, "show_how_to_buttons": False}


def write_data_docs(
    context: "EphemeralDataContext",
    folder: Path,
    verdict: Verdict,
    counts: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> None:
    """Write the pages of everything that ran in ``context``, self-contained and repeatable, with an index.

    Args:
        context: in which suites ran.
        folder: to write.
        verdict: for the index.
        counts: layer to rule to result, where counts were judged: pages show these and not how they were asked.
    """
    store = context.validation_results_store
    for key in store.list_keys():
        result = cast("ExpectationSuiteValidationResult", store.get(key))
        shown = counts.get(result.suite_name, {})
        for one in result.results:
            rule = one.expectation_config.meta[RULE] if one.expectation_config else ""
            one.result = _escaped(dict(shown.get(rule, one.result)))
        store.set(key, result)
    with rendering_errors_raised():
        context.build_data_docs(site_names=[SITE])
    # Fonts and pictures (4 MB) that the pages do not show.
    shutil.rmtree(folder / "static", ignore_errors=True)
    for page in sorted(folder.rglob("*.html")):
        page.write_text(self_contained(page.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "index.html").write_text(_index(folder, verdict), encoding="utf-8")


def _escaped(value: Any) -> Any:
    """Escape every text inside a result: values of the data end up in pages."""
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, dict):
        return {key: _escaped(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(part) for part in value]
    return value


def self_contained(page: str) -> str:
    """Return a page without what it would fetch and without times and random ids."""
    page = _FETCHED.sub("", page)
    page = _LOGO.sub("Data Docs", page)
    page = _MOMENT.sub(FROZEN, page)
    shown = "%Y-%m-%dT%H:%M:%SZ"
    # Great Expectations shows local time and calls it UTC.
    page = page.replace(RUN_TIME.astimezone().strftime(shown), RUN_TIME.strftime(shown))
    numbers: dict[str, str] = {}
    page = _RANDOM_ID.sub(lambda match: numbers.setdefault(match.group(), f"id{len(numbers)}"), page)
    return page.replace("</head>", f"{_HEAD}\n</head>", 1)


def _index(folder: Path, verdict: Verdict) -> str:
    layers: dict[str, list[dict[str, Any]]] = {}
    for one in verdict["expectations"]:
        layers.setdefault(one["layer"], []).append(one)
    pages = {
        layer: {
            name: page.relative_to(folder).as_posix()
            for name, kind in (("results", "validations"), ("suite", "expectations"))
            for page in sorted((folder / kind).rglob("*.html"))
            if layer in page.relative_to(folder / kind).with_suffix("").parts
        }
        for layer in layers
    }
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(_INDEX)
    return template.render(**verdict, layers=layers, pages=pages, head=_HEAD)
