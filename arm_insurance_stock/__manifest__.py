{
    "name": "Credit Insurance: Deliveries",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "summary": "Deliveries that would not be insured are warned of or held",
    "author": "ARM contributors",
    "license": "LGPL-3",
    "depends": ["arm_insurance", "sale_stock"],
    "data": [
        "views/arm_insurance_policy_views.xml",
        "views/arm_insurance_override_views.xml",
        "views/stock_picking_views.xml",
    ],
    "auto_install": True,
}
