from odoo import api, models

from odoo.addons.arm_receivables.demo.chapters import demo_ref, firms, name_records

from .answers import answers
from .charges import charges
from .work import work

# Tone -> the customers that it is chosen for; the first one applies by itself.
PROCEDURES = {
    "standard": (),
    "soft": ("voss", "wisla"),
    "strict": ("thiele", "stalbud"),
}


class ArmDemo(models.AbstractModel):
    _inherit = "arm.demo"

    @api.model
    def _get_chapters(self):
        return {
            **super()._get_chapters(),
            "dunning": dunning,
            "answers": answers,
            "work": work,
            "charges": charges,
        }


def dunning(env):
    """The procedures of both companies from the packs, and their daily run.

    Loaded without a first day: the first run makes up for what fell due lately, so
    that there is something to look at for every status.
    """
    for key, company in firms(env).items():
        company.dunning_enabled = True
        law = env["arm.dunning.law"]._for_company(company)
        loaded = {
            tone: _load(env, tone, company, law, automatic=not customers)
            for tone, customers in PROCEDURES.items()
        }
        _name(env, key, loaded)
        for tone, customers in PROCEDURES.items():
            _choose(env, company, customers, loaded[tone])


def _choose(env, company, customers, procedure):
    """Let some customers have another procedure than the others."""
    partners = [demo_ref(env, "customer", customer).id for customer in customers]
    env["arm.customer.account"].search(
        [("company_id", "=", company.id), ("partner_id", "in", partners)]
    ).dunning_procedure_id = procedure


def _load(env, tone, company, law, automatic):
    """A procedure of a tone, under the law of the company's country."""
    pack = env.ref(f"arm_dunning.arm_dunning_pack_{tone}")
    return pack.with_company(company)._load(company, law, automatic=automatic)


def _name(env, key, loaded):
    """External identifiers for the procedures, and for the tasks of each of them."""
    name_records(env, "procedure", {f"{key}_{tone}": p for tone, p in loaded.items()})
    for tone, procedure in loaded.items():
        tasks = {
            f"{key}_{tone}_{task.pack_line_id.code}": task
            for task in procedure.task_ids
        }
        name_records(env, "task", tasks)
