"""Two transactions at once, as two workers have them."""

import threading
import time
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name
from odoo.tools import mute_logger


class RaceCase(BaseCase):
    """Real transactions that are committed: each test removes what it leaves."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())

    @contextmanager
    def transaction(self):
        """An environment of the superuser, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def at_once(self, first, second):
        """Do the second while the first is done but not committed.

        :param first: function of an environment.
        :param second: function of an environment; repeated as Odoo repeats requests.
        :return: what the second one was told by errors.
        """
        told = []

        def do_second():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                try:
                    retrying(lambda: second(env), env)
                except UserError as error:
                    env.cr.rollback()
                    told.append(str(error))

        thread = threading.Thread(target=do_second)
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            with self.transaction() as env:
                first(env)
                env.flush_all()
                thread.start()
                self.wait_for_lock()
            thread.join(60)
        return told

    def wait_for_lock(self):
        """Until the second transaction waits for a row of the first."""
        end = time.monotonic() + 20
        with self.transaction() as env:
            while time.monotonic() < end:
                env.cr.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                    "current_database() AND wait_event_type = 'Lock'"
                )
                if env.cr.fetchone()[0]:
                    return
                env.cr.rollback()
                time.sleep(0.05)
        self.fail("The second transaction did not wait for the first one.")
