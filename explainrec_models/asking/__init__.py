"""What is asked of a finished system: by whom, about which items, and what would change the answer."""
