"""Layout ``amazon-2014``: Amazon product data of 2014, a file of reviews or of ratings and one of metadata a category.

He and McAuley, "Ups and Downs: Modeling the Visual Evolution of Fashion Trends with One-Class Collaborative Filtering",
WWW 2016, arXiv 1602.01585. Reviews of the 5-core (``reviews_<Category>_5.json.gz``) or all of them
(``reviews_<Category>.json.gz``), or ratings only (``ratings_<Category>.csv``). Lines of metadata
(``meta_<Category>.json.gz``) are Python dicts, in some copies JSON; each line is read as what it is. Moments are days:
ties stay in file order. Not read, because they come from after the reviews and would give away what was bought:
``related``, ``salesRank`` and ``price``; nor are the published picture features (``image_features_<Category>.b``).
"""

from explainrec_models.data.amazon_editions import OlderEdition
from explainrec_models.data.amazon_older_items import PICTURES_2014, WORDS_2014, entry_of_2014
from explainrec_models.data.amazon_older_reviews import ASIN, OVERALL, REVIEWER, SECONDS
from explainrec_models.data.python_literals import parse_json_or_literal

LICENCE = """\
Amazon product data of 2014, collected at UC San Diego, states no licence; files that only share its layout have their
own. Publications that use it cite: Ruining He and Julian McAuley. 2016. Ups and Downs: Modeling the Visual Evolution of
Fashion Trends with One-Class Collaborative Filtering. WWW. arXiv 1602.01585.
"""
EDITION = OlderEdition(
    "amazon-2014",
    LICENCE,
    reviews=("reviews_{}.json", "reviews_{}.json.gz", "reviews_{}_5.json", "reviews_{}_5.json.gz"),
    ratings=("ratings_{}.csv", "ratings_{}.csv.gz"),
    order=(REVIEWER, ASIN, OVERALL, SECONDS),
    words=WORDS_2014,
    pictures=PICTURES_2014,
    entry=entry_of_2014,
    parse=parse_json_or_literal,
)
fetch, read, addresses = EDITION.fetch, EDITION.read, EDITION.addresses
