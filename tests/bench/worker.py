"""A second process for a dunning run: ``python -m bench.worker DATABASE RUN``.

It says when it is ready, waits for a line, works, and says that it is done, and how
many megabytes it had at most: until after the first batch, and at the end.
"""

import sys

from odoo import SUPERUSER_ID, api
from odoo.tests import freeze_time

from .__main__ import open_registry
from .lab import memory_peak
from .sizes import DAY


def main(database, run_id):
    with freeze_time(f"{DAY} 12:00:00"), open_registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        run = env["arm.dunning.run"].browse(int(run_id))
        print("READY", flush=True)
        sys.stdin.readline()
        run._attempt(run._execute_batch)
        first = memory_peak()
        run._work()
        cr.commit()
        print("DONE", first, memory_peak(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
