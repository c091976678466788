"""A collector's day: calls to make, calls that were made, and two hand-overs."""

from dateutil.relativedelta import relativedelta

from odoo.addons.arm_receivables.demo.chapters import demo_ref, firms

# Days from today, what the call is about, attempts without an answer.
CALLS = (
    (0, "Second reminder had no effect", 0),
    (-1, "Ask about the payment", 2),
    (0, "Large invoice, due a week ago", 0),
    (0, "Never late before: is everything in order?", 0),
    (2, "Bookkeeping is back on that day", 1),
)
# Outcome and what was said in calls of the last days.
SPOKEN = (
    ("reached", "The managing director signs payments on Thursdays."),
    ("callback", "Bookkeeping is on holiday until the end of the week."),
)


def work(env):
    """For every company: the customers who owe most, the collector's own first."""
    for company in firms(env).values():
        collector = demo_ref(env, "user", "collector")
        accounts = env["arm.customer.account"].search(
            [("company_id", "=", company.id), ("amount_overdue", ">", 0)],
            order="amount_overdue desc",
            limit=len(CALLS) + 2,
        )
        _calls(env, company, accounts[2:], collector)
        _cases(accounts[:2])


def _calls(env, company, accounts, collector):
    today = company._local_today()
    calls = env["arm.dunning.call"].create(
        [
            {
                "account_id": account.id,
                "company_id": company.id,
                "date": today + relativedelta(days=days),
                "reason": reason,
                "attempts": attempts,
                "user_id": (account.collector_id or collector).id,
            }
            for account, (days, reason, attempts) in zip(accounts, CALLS, strict=False)
        ]
    )
    results = env["arm.dunning.call.result"]
    for call, (outcome, note) in zip(calls[-2:], SPOKEN, strict=False):
        result = results._log(call, outcome, note=note)
        result.write(
            {
                "date": result.date - relativedelta(days=6),
                "day": result.day - relativedelta(days=6),
                "user_id": call.user_id.id,
            }
        )


def _cases(accounts):
    """One that waits for the decision, one that is approved."""
    reasons = ("Three reminders and two calls without effect", "Has refused to pay")
    for account, reason in zip(accounts, reasons, strict=False):
        case = account._propose_handover(reason)
    if accounts:
        case.action_approve()
