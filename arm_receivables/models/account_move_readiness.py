from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, plaintext2html, split_every

from ..tools.invoice_rules import Readiness, evaluate_all

DRAFTS = [
    ("state", "=", "draft"),
    ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
]
STATES = [("ready", "Ready"), ("warning", "To Look At"), ("blocked", "Not Correct")]
READY = Readiness()


class AccountMove(models.Model):
    """Whether an invoice shows what the law and the customer want to see."""

    _name = "account.move"
    _inherit = ["account.move"]

    readiness_state = fields.Selection(
        STATES,
        compute="_compute_readiness",
        search="_search_readiness_state",
        help="Whether the invoice shows what the law and the customer want to see.",
    )
    readiness_score = fields.Integer(
        compute="_compute_readiness",
        aggregator="avg",
        help="How much of what is needed is there, in per cent.",
    )
    readiness_alerts = fields.Json(compute="_compute_readiness")

    # -------------------------------------------------------------------- computes

    @api.depends(
        *("state", "move_type", "partner_id", "invoice_date", "invoice_date_due"),
        *("narration", "ref", "delivery_date", "fiscal_position_id"),
        *("partner_bank_id", "currency_id", "is_move_sent"),
    )
    def _compute_readiness(self):
        found = self._get_readiness()
        for move in self:
            readiness = found.get(move)
            move.readiness_state = readiness.state if readiness else False
            move.readiness_score = readiness.score if readiness else 0
            move.readiness_alerts = (
                move._get_readiness_alerts(readiness) if readiness else {}
            )

    @api.model
    def _search_readiness_state(self, operator, value):
        """Drafts only: as it was written down; what changed since is checked now."""
        if operator != "in":
            return NotImplemented
        # As superuser: which drafts the user may see is decided by the search.
        states = self.env["arm.invoice.state"].sudo()
        # As superuser, like the states: the search keeps what the user may see.
        found = self.sudo().browse(states._get_stale_ids())._get_readiness()
        ids = [move.id for move, ready in found.items() if ready.state in value]
        settled = states._settled_query([state for state in value if state])
        domain = Domain("id", "in", ids) | Domain("id", "in", SQL("(%s)", settled))
        if False in value:
            drafts = states._judged_query(SQL("TRUE"))
            domain |= Domain("id", "not in", SQL("(%s)", drafts))
        return domain

    # -------------------------------------------------------------------- business

    def _get_readiness(self):
        """Check these invoices: drafts as a whole, posted ones until they are sent.

        Everything is read once for all of them.

        :return: dict of move to :class:`~..tools.invoice_rules.Readiness`, without
            those that are not checked
        """
        moves = self.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
            and move._get_check_mode() != "off"
            and (
                move.state == "draft"
                or (move.state == "posted" and not move.is_move_sent)
            )
        )
        return {
            move: readiness if move.state == "draft" else readiness.at("send")
            for move, readiness in moves._evaluate_requirements().items()
        }

    def _evaluate_requirements(self):
        """Check these customer documents against all requirements."""
        documents = self.env["arm.invoice.reader"]._read_documents(self)
        rules = self.env["arm.invoice.requirement"]._get_rules()
        results = evaluate_all(documents.values(), rules)
        return dict(zip(self, results, strict=True))

    def _get_readiness_alerts(self, readiness):
        """What is missing, as the banner shows it, each with a link to mend it."""
        self.ensure_one()
        texts = self.env["arm.invoice.texts"]
        alerts = {}
        for finding in readiness.findings:
            alert = {
                "level": "danger" if finding.rule.blocks else "warning",
                "message": texts._get_sentence(finding),
            }
            remedy = self._get_remedy(finding)
            if remedy:
                alert["action_text"], alert["action"] = remedy
            alerts[f"arm_{finding.rule.id}"] = alert
        return alerts

    def _get_remedy(self, finding):
        """Hook: (label, action) that leads to where a finding is mended, or None."""
        check = finding.rule.check
        if check.startswith("seller_") or check == "local_tax":
            company = self.company_id
            if not company.has_access("write"):
                return None
            return self.env._("Open the company"), company._get_records_action()
        if check == "exemption_wording":
            taxes = self.invoice_line_ids.tax_ids
            return self.env._("Open the taxes"), taxes._get_records_action()
        of_buyer = check.startswith("buyer_") and check != "buyer_reference"
        if self.partner_id and (of_buyer or check == "endpoint"):
            return self.env._(
                "Open the customer"
            ), self.partner_id._get_records_action()
        return None

    # --------------------------------------------------------------------- posting

    def _post(self, soft=True):
        """Refuse what would be wrong, and write down what is only worth a warning.

        :raise UserError: if a requirement that blocks is not met, in companies that
            enforce them; it names each invoice and what to do.
        """
        checked = self._check_before_posting(soft)
        posted = super()._post(soft)
        posted._log_readiness(checked)
        return posted

    def _check_before_posting(self, soft):
        """Check the invoices that are about to be posted: move to readiness.

        Where a company wants it, what the law wants to read is put on them first.
        """
        moves = self.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
            and move._is_checked_at_posting()
            and not (soft and move._is_posted_later())
        )
        if not moves:
            return {}
        found = moves._evaluate_requirements()
        worded = moves.filtered(
            # As superuser: the company's setting, whoever posts.
            lambda move: move.company_id.sudo().invoice_wording_auto
        )
        changed = worded._add_legal_wording(found)
        if changed:
            found.update(changed._evaluate_requirements())
        checked = {
            move: readiness.at("post")
            for move, readiness in found.items()
            if move._get_check_mode() == "enforce"
        }
        blocked = {move: ready for move, ready in checked.items() if ready.is_blocked}
        if blocked:
            raise UserError(
                self.env._(
                    "Not posted, because the invoice would not be correct:\n%(faults)s",
                    faults=self.env["arm.invoice.texts"]._get_sentences(blocked),
                )
            )
        return checked

    def _is_checked_at_posting(self):
        """Whether its company blocks what is wrong, or puts wordings on invoices."""
        # As superuser: who posts an invoice need not see the company's settings.
        company = self.company_id.sudo()
        mode = company.invoice_check_mode
        return mode == "enforce" or (mode != "off" and company.invoice_wording_auto)

    def _is_posted_later(self):
        """Whether core only plans to post it, because its day is yet to come."""
        return self.date > fields.Date.context_today(self)

    def _log_readiness(self, checked):
        """Warnings of posted invoices, in the chatter and in the report of faults."""
        found = {
            move: checked[move]
            for move in self
            if move in checked and checked[move].findings
        }
        if not found:
            return
        texts = self.env["arm.invoice.texts"]
        bodies = {
            move.id: plaintext2html(texts._get_sentences({move: readiness}))
            for move, readiness in found.items()
        }
        self.browse(bodies)._message_log_batch(bodies=bodies)
        # As superuser: nobody may write faults but the checks.
        self.env["arm.invoice.fault"].sudo()._record(found, "passed")

    def _get_check_mode(self):
        """How strictly the company has its invoices checked."""
        # As superuser: a setting of the company, whoever posts or sends.
        return self.company_id.sudo().invoice_check_mode

    # --------------------------------------------------------------------- wording

    def _add_legal_wording(self, found):
        """Put the wordings that are missing on drafts, in the buyer's language.

        Invoices that get the same text are written at once.

        :param found: dict of move to readiness, of these moves at least
        :return: the moves that were changed
        """
        texts = defaultdict(self.browse)
        for move in self:
            wordings = move._get_missing_wordings(found[move])
            if wordings:
                parts = [move.narration or "", *map(plaintext2html, wordings)]
                texts["".join(map(str, parts))] += move
        for text, moves in texts.items():
            moves.narration = text
        return self.browse().union(*texts.values())

    def _get_missing_wordings(self, readiness):
        """The texts that would meet the requirements that are not met."""
        texts = self.env["arm.invoice.texts"]
        lang = self.partner_id.lang or self.company_id.partner_id.lang
        wordings = (
            texts._get_requirement(finding)._get_wording(lang)
            for finding in readiness.findings
            if finding.rule.check == "wording"
        )
        return [wording for wording in wordings if wording]

    # --------------------------------------------------------------------- actions

    def action_add_legal_wording(self):
        """Put the wording that the law wants on the selected drafts."""
        self.check_access("write")
        drafts = self.filtered_domain(DRAFTS)
        if not drafts._add_legal_wording(drafts._evaluate_requirements()):
            raise UserError(
                self.env._("No wording is missing that could be added by itself.")
            )
        return True

    def action_check_readiness(self):
        """Check the selected drafts, write down their faults, and show those."""
        self.check_access("read")
        drafts = self.filtered_domain(DRAFTS)
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only who makes invoices may check them."))
        drafts._record_faults()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_invoice_fault_action"
        )
        action["domain"] = [("move_id", "in", drafts.ids), ("state", "=", "open")]
        return action

    def _record_faults(self):
        """Write down what is missing on these drafts, to be counted and searched."""
        found = self._get_readiness()
        # As superuser: nobody may write faults and states but the checks.
        self.env["arm.invoice.fault"].sudo()._record(found)
        self.env["arm.invoice.state"].sudo()._store(found)  # the same

    @api.model
    def _cron_check_readiness(self, limit=1000):
        """Check the drafts that changed, batch by batch, for searches and reports."""
        stale = self.env["arm.invoice.state"]._get_stale_ids()
        remaining = len(stale)
        for ids in split_every(limit, stale):
            self.browse(ids).exists()._record_faults()
            remaining -= len(ids)
            if not self.env["ir.cron"]._commit_progress(len(ids), remaining=remaining):
                break
            self.env.invalidate_all()
