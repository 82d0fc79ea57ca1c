"""Column names of evaluation tables that the page reads; evaluation and reporting do not import one another."""

METRIC = "metric"
SLICE = "slice"
VALUE = "value"
LOW = "low"
HIGH = "high"
USERS = "users"

MEAN_PROBABILITY = "mean_probability"
LIKE_SHARE = "like_share"
ROWS = "rows"

REMOVED = "removed"
REMOVALS = ("cited", "random", "popular")
MEAN_SCORE_DROP = "mean_score_drop"
COUNT = "count"
SCORE_WITHOUT = "score_without"

CITED_ITEMS = "cited"
HISTORY_ITEMS = "history"
HISTORY_LIKED = "history_liked"
METHOD = "method"

LOOK_PREFIX = "look:"
