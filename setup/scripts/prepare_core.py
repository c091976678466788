"""Run by ``odoo shell`` in the template database that all others are cloned from."""

# Debian's package lacks one optional script of ``mail`` (video blur). Odoo works
# without it, but the error in the browser's console fails every browser test.
path = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
env["ir.asset"].create(  # noqa: F821
    {
        "name": "Optional script that Debian's package leaves out",
        "bundle": "web.assets_backend",
        "directive": "remove",
        "path": path,
    }
)
# One second of waiting for each printed document is Odoo's cautious default.
env["ir.config_parameter"].set_param("report.print_delay", "10")  # noqa: F821
env.cr.commit()  # noqa: F821
