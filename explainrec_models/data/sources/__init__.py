"""One file a layout: how to fetch it and how to read it unchanged."""
