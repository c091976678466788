"""Letters on paper: many in one process, against core's engine one by one."""

from odoo.tools import SQL

from .bench_send import open_run
from .registry import Figure, benchmark

LETTERS = {"small": 200, "full": 1000}
FEW = 20  # where it is only shown that everything runs
ONE_BY_ONE = 5  # letters that core's way is measured with: it takes a second each
MILLISECONDS = 20


def write_letters(env, count):
    """Letters of customers with debts, in the print queue, without their PDFs."""
    germany = env.ref("base.de").id
    env.cr.execute(
        SQL(
            "UPDATE res_partner SET street = 'Hauptstr. 1', zip = '10115', "
            "city = 'Berlin', country_id = %s WHERE street IS NULL OR city IS NULL "
            "OR country_id IS NULL",
            germany,
        )
    )
    env.invalidate_all()
    template = env.ref("arm_dunning.mail_template_letter_reminder")
    run = open_run(env, {2: {"operation_type": "letter", "template_id": template.id}})
    run._execute_accounts(run._next_accounts(count))
    env.flush_all()
    return env["arm.dunning.letter"].search([("run_id", "=", run.id)], order="id")


def one_by_one(letters):
    """The same pages through core's report engine, a process for each letter."""
    engine = letters.env["ir.actions.report"]
    papers = letters.env["arm.dunning.paper"]
    for letter in letters:
        page = papers._render_pages([letter._get_page_values()])
        engine._run_wkhtmltopdf([page])


@benchmark("letters", "letters as PDF, against core's report engine one by one")
def letters(lab):
    """Issue 5: 1,000 letters at 20 ms each or less, one process for each batch."""
    with lab.session() as env:
        queue = write_letters(env, LETTERS.get(lab.size.name, FEW))
        queue[:1]._render_pdfs()  # style sheets and templates are compiled once
        seconds, queries = lab.time(env, queue._ensure_pdfs)
        sample = queue[:ONE_BY_ONE]
        core, _queries = lab.time(env, lambda: one_by_one(sample))
        missing = len(queue.filtered(lambda letter: not letter.attachment_id))
    each = seconds * 1000 / len(queue)
    theirs = core * 1000 / len(sample)
    yield Figure(
        *("letters.each", each, "ms", MILLISECONDS),
        f"{len(queue):,} letters, {missing} failed, {queries} queries; core one by one "
        f"{theirs:,.0f} ms each, {theirs / each:.0f} times as long",
    )
