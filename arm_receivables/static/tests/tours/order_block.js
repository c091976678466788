import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// The orders are named by the Python test.
const openQuotation = [
    {
        content: "Open the quotation",
        trigger: ".o_list_view td[name='partner_id']:contains('Müller & Söhne GmbH')",
        run: "click",
    },
];

registry.category("web_tour.tours").add("arm_order_block_request", {
    steps: () => [
        ...openQuotation,
        {
            content: "The quotation says early why it will be held",
            trigger: "div[name='order_block_alert']:contains('Cheque returned')",
        },
        {
            content: "Try to confirm it all the same",
            trigger: ".o_form_view button[name='action_confirm']:not(.d-none):visible",
            run: "click",
        },
        {
            content: "It is refused with the reason",
            trigger: ".modal .o_error_dialog, .modal:contains('is held for finance')",
        },
        {
            content: "Close the message",
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "Ask for a release",
            trigger: "body:not(.modal-open) button[name='action_request_release']",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name='reason'] textarea",
            run: "edit The customer has announced the payment for Friday",
        },
        {
            content: "Send the request",
            trigger: ".modal button[name='action_request']",
            run: "click",
        },
        {
            content: "The quotation shows that it was asked",
            trigger: "div[name='order_block_alert']:contains('Sam Sales has requested a release')",
        },
    ],
});

registry.category("web_tour.tours").add("arm_order_block_release", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Receivables",
            trigger: ".o_app[data-menu-xmlid='arm_receivables.menu_receivables_root']",
            run: "click",
        },
        {
            content: "Open the menu of orders",
            trigger: "[data-menu-xmlid='arm_receivables.menu_receivables_orders']",
            run: "click",
        },
        {
            content: "Open the queue",
            trigger: "[data-menu-xmlid='arm_receivables.menu_order_holds']",
            run: "click",
        },
        {
            content: "The held order is there with who tried it",
            trigger: ".o_list_view td[name='partner_id']:contains('Müller & Söhne GmbH')",
            run: "click",
        },
        {
            content: "Release it",
            trigger: ".o_form_view button[name='action_release']",
            run: "click",
        },
        {
            content: "The window says what is passed",
            trigger: ".modal:contains('Cheque returned')",
        },
        {
            content: "Give the reason",
            trigger: ".modal div[name='reason'] textarea",
            run: "edit The bank has confirmed the transfer",
        },
        {
            content: "Grant it",
            trigger: ".modal button[name='action_grant']",
            run: "click",
        },
        {
            content: "The order is released",
            trigger: ".o_statusbar_status button[data-value='released'].o_arrow_button_current",
        },
    ],
});

registry.category("web_tour.tours").add("arm_order_block_confirm", {
    steps: () => [
        ...openQuotation,
        {
            content: "The quotation says that it may pass",
            trigger: "div[name='order_block_passed']:contains('A release lets this order pass')",
        },
        {
            content: "Confirm it with the ordinary button",
            trigger: ".o_form_view button[name='action_confirm']:visible",
            run: "click",
        },
        {
            content: "It is a sales order",
            trigger: ".o_statusbar_status button[data-value='sale'].o_arrow_button_current",
        },
    ],
});
