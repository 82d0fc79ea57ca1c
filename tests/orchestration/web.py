"""Asking Dagster's web server."""

import json
import time
import urllib.error
import urllib.request
from typing import Any


def ask(address: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the answer to a GraphQL query as soon as the server is there."""
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
    give_up_at = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
                content: dict[str, Any] = json.load(answer)
                return content
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < give_up_at, "the web server did not start"
            time.sleep(0.2)
