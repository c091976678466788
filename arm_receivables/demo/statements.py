"""Statements of account of both companies: last month's, and one that waits."""

from dateutil.relativedelta import relativedelta

SENT = 6  # customers who got one; the others are not told in the demonstration


def statements(env, company):
    """The schedule is on, and has done its work last month.

    Nothing of it leaves: the mails are marked as sent, as they were a month ago. The
    schedule begins with the next month.
    """
    _load_texts(env)
    today = company._local_today()
    company.write(
        {"statement_schedule": "open", "statement_month": today.strftime("%Y-%m")}
    )
    accounts = env["arm.customer.account"].search(
        [("company_id", "=", company.id), ("item_count", ">", 1)],
        order="amount_open desc",
    )
    reachable = accounts.filtered("partner_id.email")
    lost = (accounts - reachable)[:1]
    activity = reachable[1:2]
    activity.statement_schedule = "activity"
    reachable[-1:].statement_schedule = "none"
    last = company._get_statement_day(today - relativedelta(months=1))
    rows = env["arm.statement"]
    sent = (reachable[:SENT] - activity) | lost
    rows |= rows._queue(sent, "open", last)
    end = last - relativedelta(day=1) - relativedelta(days=1)
    start = end + relativedelta(day=1)
    rows |= rows._queue(activity, "activity", end, start)
    rows.write({"month": last.strftime("%Y-%m"), "user_id": False})
    rows._send_safely()
    _put_into_the_past(rows.filtered("mail_id"), last)
    env["arm.statement"]._queue(reachable[SENT : SENT + 1], "open")


def _load_texts(env):
    """The texts in the languages of the customers, before core loads them itself."""
    languages = [code for code, _name in env["res.lang"].get_installed()]
    env["ir.module.module"]._load_module_terms(["arm_receivables"], languages)


def _put_into_the_past(rows, day):
    rows.mail_id.write({"state": "sent"})
    rows.write({"date_sent": f"{day} 07:12:00"})
