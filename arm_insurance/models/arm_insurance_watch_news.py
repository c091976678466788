from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_date

# What people who sell are told of by e-mail, and not only by an activity.
TOLD = ("STOP", "LIM-CUT")
# Days before the deadline on which they are told of what comes (section 3).
AHEAD = {"OVD-SOON": (10, 3, 0)}
MOST = 50  # buyers in one e-mail


class ArmInsuranceWatch(models.AbstractModel):
    """Tells those who sell that cover has stopped, goes on, or that a limit was cut.

    One e-mail for each person and batch, whatever the number of buyers; the buyer's
    page keeps a line of it.
    """

    _name = "arm.insurance.watch"
    _inherit = ["arm.insurance.watch"]

    @api.model
    def _tell_of(self, policy, alerts, is_over=False):
        res = super()._tell_of(policy, alerts, is_over)
        codes = ("STOP",) if is_over else TOLD
        news = alerts.filtered(
            lambda row: row.code in codes
            and row.limit_id
            and (not is_over or self._is_insured_again(row.limit_id))
        )
        if not news:
            return res
        texts = {row: self._get_news(row, is_over) for row in news}
        self._log_news(texts)
        self._spread(policy, texts)
        return res

    @api.model
    def _tell_ahead(self, policy, alerts, today):
        """Say once at each step before a deadline that something is about to stop."""
        res = super()._tell_ahead(policy, alerts, today)
        reached = alerts.browse()
        for row in alerts:
            left = (row.deadline - today).days if row.deadline else None
            steps = [days for days in AHEAD.get(row.code, ()) if left is not None]
            step = min((days for days in steps if left <= days), default=-1)
            if step >= 0 and (row.told_days < 0 or step < row.told_days):
                row.told_days = step
                reached |= row
        if reached:
            self._spread(policy, {row: row.text for row in reached})
        return res

    @api.model
    def _spread(self, policy, texts):
        """Tell the people who sell to these buyers.

        :param texts: dict of alert to a sentence
        """
        news = self.env["arm.insurance.alert"].union(*texts)
        orders = self._get_open_orders(policy, news.partner_id)
        for user, rows in self._get_readers(policy, news, orders).items():
            self._send_news(
                user,
                [
                    (row.partner_id, texts[row], orders.get(row.partner_id))
                    for row in rows[:MOST]
                ],
            )

    @api.model
    def _is_insured_again(self, limit):
        return limit.policy_id.state == "active" and not limit.is_stopped

    @api.model
    def _get_news(self, alert, is_over):
        """What has happened, in a sentence."""
        if is_over:
            return self.env._("Cover goes on: new deliveries are insured again.")
        if alert.code == "LIM-CUT" and alert.deadline:
            return self.env._(
                "The insurer cut the limit to %(amount)s. Deliveries are insured until "
                "%(day)s.",
                amount=alert.currency_id.format(alert.limit_id.amount),
                day=format_date(self.env, alert.deadline),
            )
        if alert.code == "LIM-CUT":
            return self.env._(
                "The insurer cut the limit to %(amount)s.",
                amount=alert.currency_id.format(alert.limit_id.amount),
            )
        return self.env._(
            "Cover has stopped. %(why)s", why=alert.limit_id.stop_reason or ""
        )

    @api.model
    def _log_news(self, texts):
        """One note on each buyer, written together."""
        limits = {row.limit_id.id: text for row, text in texts.items()}
        self.env["arm.insurance.limit"].browse(limits)._message_log_batch(bodies=limits)

    @api.model
    def _get_open_orders(self, policy, partners):
        """Confirmed orders with something to deliver or invoice, by buyer."""
        # As superuser: the people who sell are told of all of theirs.
        orders = self.env["sale.order"].sudo()
        return orders.search(
            [
                ("state", "=", "sale"),
                ("invoice_status", "!=", "invoiced"),
                ("company_id", "in", policy._get_companies().ids),
                ("partner_invoice_id.commercial_partner_id", "in", partners.ids),
            ],
            order="id",
        ).grouped(lambda order: order.partner_invoice_id.commercial_partner_id)

    @api.model
    def _get_readers(self, policy, alerts, orders):
        """Who is told of what: the buyer's seller, those of open orders, credit."""
        found = {}
        for alert in alerts:
            people = alert.partner_id.user_id | policy.responsible_id
            if alert.partner_id in orders:
                people |= orders[alert.partner_id].user_id
            for user in people.filtered(lambda user: user.active and user.email):
                found[user] = found.get(user, alerts.browse()) | alert
        return found

    @api.model
    def _send_news(self, user, rows):
        """One e-mail to a person about some buyers, queued."""
        items = Markup().join(
            Markup("<li><strong>%s</strong>: %s%s</li>")
            % (buyer.display_name, text, self._list_orders(orders))
            for buyer, text, orders in rows
        )
        thread = self.env["mail.thread"].with_context(mail_notify_force_send=False)
        thread.message_notify(
            partner_ids=user.partner_id.ids,
            subject=self.env._("Credit insurance: news of %(number)s buyers",
                               number=len(rows)),
            body=Markup("<ul>%s</ul>") % items,
        )  # fmt: skip

    @api.model
    def _list_orders(self, orders):
        if not orders:
            return ""
        names = ", ".join(orders[:20].mapped("name"))
        return " " + self.env._("Open orders: %(orders)s.", orders=names)
