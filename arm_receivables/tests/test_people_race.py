"""Two absences entered at once: they never contradict each other."""

from odoo import Command
from odoo.tests import new_test_user, tagged

from .race_common import RaceCase

ANN, BOB, CLEO = "race_ann", "race_bob", "race_cleo"


@tagged("post_install", "-at_install", "arm")
class TestPeopleRace(RaceCase):
    """Real transactions, as two workers have them; what they leave is removed."""

    def setUp(self):
        super().setUp()
        self.people = {}
        self.addCleanup(self.remove)
        with self.transaction() as env:
            for login in (ANN, BOB, CLEO):
                user = new_test_user(
                    env,
                    login,
                    groups="arm_receivables.group_receivables_collector",
                    company_id=env.company.id,
                    company_ids=[Command.set(env.company.ids)],
                )
                self.people[login] = user.id

    def remove(self):
        with self.transaction() as env:
            absences = self.absences(env)
            absences.active = False
            absences.unlink()
            users = env["res.users"].browse(self.people.values())
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def absences(self, env):
        return env["arm.collector.absence"].search(
            [("user_id", "in", list(self.people.values()))]
        )

    def enter(self, absent, stand_in, first="2030-01-01", last="2030-01-10"):
        """A function that enters an absence."""

        def create(env):
            env["arm.collector.absence"].create(
                {
                    "user_id": self.people[absent],
                    "stand_in_id": self.people[stand_in],
                    "date_from": first,
                    "date_to": last,
                }
            )

        return create

    def test_same_person(self):
        told = self.at_once(self.enter(ANN, BOB), self.enter(ANN, CLEO))
        self.assertIn("is absent from 01/01/2030 to 01/10/2030 already", told[0])
        with self.transaction() as env:
            self.assertEqual(self.absences(env).stand_in_id.login, BOB)

    def test_stand_in_is_absent(self):
        """Neither row says so of the other: the people of both are looked at."""
        told = self.at_once(self.enter(ANN, BOB), self.enter(BOB, CLEO))
        self.assertIn("stands in for", told[0])

    def test_other_days_pass(self):
        """The second one waits, is repeated, and is right."""
        later = self.enter(ANN, CLEO, "2030-02-01", "2030-02-10")
        self.assertFalse(self.at_once(self.enter(ANN, BOB), later))
        with self.transaction() as env:
            self.assertEqual(len(self.absences(env)), 2)
