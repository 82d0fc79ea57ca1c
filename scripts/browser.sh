#!/bin/sh
# The page and the Dagster UI are tested in a real browser; install Debian's where that is possible.
set -u
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing chromium for the browser tests ..."
    apt-get update -qq >/dev/null 2>&1
    apt-get install -qq -y chromium >/dev/null 2>&1 && exit 0
fi
echo "explainrec: no chromium here and none could be installed; the browser tests will be skipped and say so" >&2
exit 0
