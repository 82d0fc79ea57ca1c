"""Building blocks that systems and stages share: one idea and one paper a file."""
