import subprocess
import sys

SETTLED = """
import gc
from chassis.lifetime import settle
loaded = [object()]
settle()
came_since = [object()]
print(*(any(each is one for each in gc.get_objects()) for one in (loaded, came_since)))
"""


def test_a_search_for_garbage_looks_at_what_came_since_a_process_settled_and_not_at_what_was_loaded():
    told = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]
