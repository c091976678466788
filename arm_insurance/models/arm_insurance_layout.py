from odoo import api, fields, models

from ..tools import layout
from .arm_insurance_layout_column import SUMMED

KINDS = [
    ("notice", "Notices"),
    ("request", "Limit requests"),
    ("claim", "Claims"),
    ("exposure", "Insured buyers"),
    ("declaration", "Declarations"),
]


class ArmInsuranceLayout(models.Model):
    """The columns that an insurer wants in a file, in its words and formats.

    Notices, requests and claims go out with such a file; the same files are exported
    by hand for portals. The layout of the insurer is taken, else the one for all.
    """

    _name = "arm.insurance.layout"
    _description = "File Layout of an Insurer"
    _order = "kind, sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, string="For", required=True)
    insurer_id = fields.Many2one(
        "res.partner", index="btree_not_null", help="Empty: for every insurer."
    )
    file_type = fields.Selection(
        [("xlsx", "XLSX"), ("csv", "CSV")], required=True, default="xlsx"
    )
    has_header = fields.Boolean(string="Heading Line", default=True)
    has_total = fields.Boolean(
        string="Line of Sums",
        default=True,
        help="Below the rows of an XLSX. Switch it off where a machine reads the file.",
    )
    date_format = fields.Selection(
        [
            ("iso", "2026-03-16"),
            ("compact", "20260316"),
            ("dot", "16.03.2026"),
            ("slash", "16/03/2026"),
            ("us", "03/16/2026"),
        ],
        string="Dates",
        required=True,
        default="iso",
    )
    decimal_mark = fields.Selection(
        [("point", "1234.50"), ("comma", "1234,50")],
        string="Amounts",
        required=True,
        default="point",
    )
    delimiter = fields.Selection(
        [
            ("semicolon", "Semicolon"),
            ("comma", "Comma"),
            ("tab", "Tab"),
            ("pipe", "Vertical bar"),
        ],
        required=True,
        default="semicolon",
    )
    encoding = fields.Selection(
        [
            ("utf-8", "UTF-8"),
            ("utf-8-sig", "UTF-8 with mark (Excel)"),
            ("cp1252", "Windows 1252"),
        ],
        required=True,
        default="utf-8-sig",
    )
    column_ids = fields.One2many("arm.insurance.layout.column", "layout_id", copy=True)

    @api.model
    def _get_layout(self, kind, insurer):
        """The layout of an insurer for some kind of file, or the one for all."""
        domain = [("kind", "=", kind), ("insurer_id", "in", [False, insurer.id])]
        found = self.search(domain)
        return found.filtered("insurer_id")[:1] or found[:1]

    def _get_format(self, decimals=2):
        """The formats of cells for ``tools.layout``."""
        self.ensure_one()
        return layout.Format(
            dates=self.date_format,
            mark=self.decimal_mark,
            delimiter=self.delimiter,
            encoding=self.encoding,
            has_header=self.has_header,
            decimals=decimals,
        )

    def _get_totals(self):
        """The places of the columns that have a sum in an XLSX."""
        self.ensure_one()
        summed = SUMMED[self.kind] if self.has_total else ()
        return [
            place
            for place, column in enumerate(self.column_ids)
            if column.source in summed
        ]

    def _get_table(self, rows):
        """Headings and values of some rows.

        :param rows: list of dict of source to value
        :return: list of texts, list of lists
        """
        self.ensure_one()
        columns = self.column_ids
        values = [[column._get_value(row) for column in columns] for row in rows]
        return columns.mapped("heading"), values
