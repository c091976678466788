from odoo.tests import tagged

from ..models.arm_customer_account_download import DOWNLOADS
from .test_portal_receivables import PortalCommon


@tagged("post_install", "-at_install", "arm")
class TestPortalStatement(PortalCommon):
    """The statement of account, downloaded from the customer's page."""

    def test_spreadsheet_and_paper(self):
        """With the link, as with a login; other accounts answer 404."""
        self.authenticate(None, None)
        token = self.token_of(self.account)
        root = f"/receivables/{token}"
        self.assertIn("statement/pdf", self.url_open(root).text)
        answer = self.url_open(f"{root}/{self.account.id}/statement/xlsx")
        self.assertEqual(answer.content[:2], b"PK")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        for path in (
            f"{root}/{self.stranger.id}/statement/xlsx",
            f"{root}/{self.account.id}/statement/exe",
            f"{root[:-3]}AAA/{self.account.id}/statement/xlsx",
            f"/my/receivables/{self.account.id}/statement/xlsx",
        ):
            self.assertEqual(self.url_open(path).status_code, 404, path)
        self.authenticate("portal_pat", "portal_pat")
        path = f"/my/receivables/{self.account.id}/statement/pdf"
        self.assertEqual(self.url_open(path).content[:4], b"%PDF")

    def test_too_many_in_a_day(self):
        account = self.account.sudo()
        for _number in range(DOWNLOADS):
            self.assertTrue(account._portal_count_download())
        self.authenticate("portal_pat", "portal_pat")
        path = f"/my/receivables/{self.account.id}/statement/xlsx"
        self.assertEqual(self.url_open(path).status_code, 429)
        account.portal_download_date = "2020-01-01"
        self.assertEqual(self.url_open(path).status_code, 200)
