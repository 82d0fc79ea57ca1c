"""One thread a test process, since more wait for one another; full precision, so that equality can be asked.

Sums are ordered as in every stage, from the start: a test that runs a stage in its own process asks for that order, and
what is started later would otherwise compute other last digits than the process that compares them.
"""

import os

from explainrec_models.running import pin_threads

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("EXPLAINREC_THREADS", "1")
os.environ.setdefault("EXPLAINREC_PRECISION", "fp32")
pin_threads()
