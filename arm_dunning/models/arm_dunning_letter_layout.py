import re
import struct
from base64 import b64encode
from zlib import compress, crc32

from lxml import etree, html
from markupsafe import Markup

from odoo import api, models, tools
from odoo.tools import is_html_empty
from odoo.tools.image import image_data_uri

MARK_SIZE = (3, 7)  # pixels of the image that marks the first page of a letter
# What would be fetched from the server: letters are made without asking anybody.
FETCHED = re.compile(
    r"@font-face\s*\{[^}]*\}|@import[^;]*;|url\((?!['\"]?data:)[^)]*\)"
)


def _make_mark():
    """A white image that nobody sees, and that shows where a letter begins."""
    width, height = MARK_SIZE
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", compress((b"\0" + b"\xff" * width) * height)),
        (b"IEND", b""),
    )
    content = b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", crc32(kind + data))
        for kind, data in parts
    )
    image = b64encode(b"\x89PNG\r\n\x1a\n" + content).decode()
    return f"data:image/png;base64,{image}"


MARK = _make_mark()


class ArmDunningLetter(models.Model):
    """Letters on the company's paper: the layout that its invoices have.

    The layout is rendered once for a company and language, not for each letter, and
    taken apart into what stands above the address and what stands below the text.
    """

    _name = "arm.dunning.letter"
    _inherit = ["arm.dunning.letter"]

    @api.model
    @tools.ormcache("company_id", "changed", "lang", cache="templates")
    def _render_layout(self, company_id, changed, lang):
        """The parts of the company's layout; when it changes, it is another one.

        :param changed: when the company was changed last.
        :return: dict of head and foot (markup) and the classes of the text
        """
        # As superuser: the layout is the company's, whoever prints.
        company = self.env["res.company"].browse(company_id).sudo()
        page = self.env["ir.qweb"]._render(
            "arm_dunning.letter_layout",
            {
                "company": company,
                "o": company,
                "report_type": "pdf",
                "image_data_uri": image_data_uri,
                "is_html_empty": is_html_empty,
            },
        )
        root = html.fromstring(str(page))
        if company.uses_default_logo:
            for image in root.xpath("//img[contains(@class, 'o_company_logo')]"):
                image.getparent().remove(image)
        for number in root.xpath("//*[@class='page' or @class='topage']"):
            line = number.getparent()  # "Page 1 / 1" is known to the engine only
            if line is not None and line.getparent() is not None:
                line.getparent().remove(line)
        article = root.xpath("//div[contains(@class, 'article')]")
        return {
            "head": self._take(root, "header"),
            "foot": self._take(root, "footer"),
            "classes": article[0].get("class") if article else "",
        }

    @api.model
    def _take(self, root, name):
        """What a part of the layout says; nothing of one that is empty, because a line
        that does not fit any more would cost a page."""
        nodes = root.xpath(
            f"//div[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"
        )
        return Markup("").join(
            Markup(etree.tostring(node, encoding="unicode", method="html"))
            for node in nodes
            if node.text_content().strip() or node.xpath(".//img")
        )

    @api.model
    def _get_styles(self):
        """The style sheet of reports, with the colours of the companies."""
        bundle = self.env["ir.qweb"]._get_asset_bundle(
            "web.report_assets_common", css=True, js=False
        )
        # As superuser: style sheets are files of the system.
        content = bundle.css().sudo().raw.decode()
        return Markup(FETCHED.sub("none", content).replace("</", "<\\/"))
