"""Layout ``amazon-2018``: Amazon Review Data 2018, a file of reviews or of ratings and one of metadata a category.

Ni, Li and McAuley, "Justifying Recommendations using Distantly-Labeled Reviews and Fine-Grained Aspects", EMNLP 2019.
Reviews of the 5-core (``<Category>_5.json.gz``) or all of them (``<Category>.json.gz``), or ratings only
(``<Category>.csv``); metadata of both vintages (``meta_<Category>.json.gz``). Moments are days: ties stay in file
order. Not read, because they come from after the reviews and would give away what was bought: ``also_buy``,
``also_view``, ``rank``, ``similar_item`` and ``price``.
"""

from explainrec_models.data.amazon_editions import OlderEdition
from explainrec_models.data.amazon_older_items import PICTURES_2018, WORDS_2018, entry_of_2018
from explainrec_models.data.amazon_older_reviews import ASIN, OVERALL, REVIEWER, SECONDS

LICENCE = """\
Amazon Review Data 2018, collected at UC San Diego, states no licence; files that only share its layout have their own.
Publications that use it cite: Jianmo Ni, Jiacheng Li and Julian McAuley. 2019. Justifying Recommendations using
Distantly-Labeled Reviews and Fine-Grained Aspects. EMNLP.
"""
EDITION = OlderEdition(
    "amazon-2018",
    LICENCE,
    reviews=("{}.json", "{}.json.gz", "{}_5.json", "{}_5.json.gz"),
    ratings=("{}.csv", "{}.csv.gz"),
    order=(ASIN, REVIEWER, OVERALL, SECONDS),
    words=WORDS_2018,
    pictures=PICTURES_2018,
    entry=entry_of_2018,
)
fetch, read, addresses = EDITION.fetch, EDITION.read, EDITION.addresses
