"""Every column name of every table, once."""

USER_ID = "user_id"
ITEM_ID = "item_id"
RATING = "rating"
TIMESTAMP = "timestamp"
"""Milliseconds since 1970-01-01 UTC."""
LIKED = "liked"
"""1 where the rating reaches the dataset's like threshold, else 0."""

TITLE = "title"
ATTRIBUTES = "attributes"
"""List of ``field:value`` strings, such as ``genre:Comedy``."""
TEXT = "text"
IMAGE = "image"
"""Path of the item's picture inside the raw folder, or null."""
CATEGORY = "category"

SPLIT = "split"
VALID = "valid"
TEST = "test"
PARTS = ("train", VALID, TEST)
WARM_USER = "warm_user"
"""Whether the user has at least one row before the cut."""
WARM_ITEM = "warm_item"

SYSTEM = "system"
SCORE = "score"
"""Higher is better; comparable within one user and one system only."""
PROBABILITY = "probability"
"""Probability of a like after calibration on validation rows."""
RANK = "rank"
"""1 is the best."""

EMBEDDING = "embedding"
PRESENT = "present"
"""Whether the embedding comes from real content; false marks a placeholder of zeros."""

EXAMPLE_ID = "example_id"
"""One (user, item, moment) whose score is explained."""
SLOT = "slot"
"""Kind of evidence: ``history``, ``attribute`` or ``prior``."""
HISTORY = "history"
ATTRIBUTE = "attribute"
PRIOR = "prior"
SOURCE = "source"
"""The item id, the attribute or ``prior`` that a contribution belongs to."""
CONTRIBUTION = "contribution"
"""Signed share of the score; the contributions of one example sum to its score where the model is linear."""
REASON = "reason"

INTERACTION_COLUMNS = (USER_ID, ITEM_ID, RATING, TIMESTAMP, LIKED)
ITEM_COLUMNS = (ITEM_ID, TITLE, ATTRIBUTES, TEXT, IMAGE, CATEGORY)
