import logging
import time

from odoo import api, models

from . import chapters

_logger = logging.getLogger(__name__)

_DONE = "arm_receivables.demo_chapters"


class ArmDemo(models.AbstractModel):
    """Loads the demonstration data, chapter by chapter.

    Dates are relative to the day of loading. Another add-on adds its own chapters by
    extending :meth:`_get_chapters` and calling :meth:`_load` from its demonstration
    data: chapters that were told before are not told again.
    """

    _name = "arm.demo"
    _description = "Demonstration Data of Receivables"

    @api.model
    def _get_chapters(self):
        """Hook: the chapters in their order, name -> function of the environment."""
        return {
            "companies": chapters.companies,
            "users": chapters.users,
            "customers": chapters.customers,
            "ledger": chapters.ledger,
            "accounts": chapters.accounts,
            "portfolios": chapters.portfolios,
            "orders": chapters.orders,
            "drafts": chapters.drafts,
            "deliveries": chapters.deliveries,
            "agreements": chapters.agreements,
            "portal": chapters.portal,
            "statements": chapters.statements,
        }

    @api.model
    def _load(self):
        """Tell the chapters that have not been told yet."""
        # As superuser: only the system reads and writes parameters.
        parameters = self.env["ir.config_parameter"].sudo()
        done = (parameters.get_param(_DONE) or "").split()
        # As superuser: the story is told once, at install, whoever installs.
        env = self.sudo().with_context(lang="en_US", tracking_disable=True).env
        for name, chapter in self._get_chapters().items():
            if name in done:
                continue
            started = time.monotonic()
            chapter(env)
            env.flush_all()
            done.append(name)
            parameters.set_param(_DONE, " ".join(done))
            seconds = time.monotonic() - started
            _logger.info("Demonstration chapter %s: %.1f s", name, seconds)
