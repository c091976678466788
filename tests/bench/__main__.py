"""Run inside Odoo's virtual environment by ``./setup/bench``; see ``--help`` there."""

import argparse
import os
import sys
import traceback
from datetime import timedelta

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import freeze_time
from odoo.tools import config

from . import registry, report
from .lab import Lab
from .sizes import DAY, SIZES

ACCOUNTS = "arm_customer_account"


def arguments():
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("step", choices=("generate", "run"))
    parser.add_argument("names", nargs="*")
    parser.add_argument("--database", required=True)
    parser.add_argument("--size", choices=SIZES, required=True)
    parser.add_argument("--json")
    parser.add_argument("--strict", action="store_true")
    return parser.parse_args()


def open_registry(database):
    """The registry of a database, with Odoo configured as the set-up says.

    The add-ons can only be imported after it.
    """
    config.parse_config(["-d", database, "--log-level=warn"], setup_logging=True)
    return Registry(database)


def generate(database, size):
    """Fill an empty database with data of a size."""
    with open_registry(database).cursor() as cr:
        from .generate import Generator

        env = api.Environment(cr, SUPERUSER_ID, {})
        Generator(env, size).write()
        cr.commit()


def set_the_scene(lab):
    """A company as it is at work: a policy of last month, and accounts of today."""
    with lab.on(DAY - timedelta(days=30)), lab.session(commit=True) as env:
        policies = env["arm.reliability.policy"]
        if not policies._get_active(env.company):
            policies.create({"company_id": env.company.id})._apply_preset("standard")
            env["arm.customer.account"]._refresh(env.company)
    with lab.session(commit=True) as env:
        env["arm.customer.account"]._refresh(env.company)
    lab.vacuum(ACCOUNTS)


def run(lab, names, figures, loads):
    """Run benchmarks, by default all but the long ones; figures are told as they come.

    :return: the names of those that broke; the others go on.
    """
    set_the_scene(lab)
    known, broken = registry.load(), []
    usual = [name for name, found in known.items() if not found.long]
    for name in names or usual:
        print(f"— {name}: {known[name].title}", flush=True)
        try:
            for figure in known[name].function(lab):
                print("   " + "  ".join(filter(None, report.line(figure))), flush=True)
                figures.append(figure)
                loads.append(os.getloadavg()[0])
        except Exception:
            traceback.print_exc()
            broken.append(name)
    return broken


def main():
    options = arguments()
    size = SIZES[options.size]
    if options.step == "generate":
        generate(options.database, size)
        return 0
    with freeze_time(f"{DAY} 12:00:00") as clock_hand:
        lab = Lab(open_registry(options.database), size, clock_hand)
        figures, loads = [], [os.getloadavg()[0]]
        broken = run(lab, options.names, figures, loads)
        with lab.session() as env:
            version = env.cr.connection.server_version
    print()
    for text in (*report.table(figures), "", *report.details(figures), ""):
        print(text)
    print(*filter(None, (report.load_note(loads), report.verdict(figures))), sep="\n")
    if options.json:
        report.write_json(options.json, size, figures, version, loads)
    if broken:
        print(f"Broken: {', '.join(broken)}")
        return 2
    short = any(figure.holds is False for figure in figures)
    return 1 if options.strict and short else 0


if __name__ == "__main__":
    sys.exit(main())
