from odoo import models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _build_wkhtmltopdf_args(
        self,
        paperformat_id,
        landscape,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        """Pages without scripts need not wait for any: a second for each process."""
        args = super()._build_wkhtmltopdf_args(
            paperformat_id, landscape, specific_paperformat_args, set_viewport_size
        )
        options = specific_paperformat_args or {}
        if options.get("data-report-without-script") and "--javascript-delay" in args:
            args[args.index("--javascript-delay") + 1] = "1"
        return args
