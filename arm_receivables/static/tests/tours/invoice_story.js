import { registry } from "@web/core/registry";

// The name of the customer comes from the Python test.
const openRow = {
    content: "Open the invoice",
    trigger: ".o_list_view td[name='partner_id']:contains('Müller & Søhne KG')",
    run: "click",
};

registry.category("web_tour.tours").add("arm_invoice_story_correct", {
    steps: () => [
        openRow,
        {
            content: "The banner says what is missing, and by which law",
            trigger: ".alert-danger:contains('Buyer\'s address: city'):contains('UStG')",
        },
        {
            content: "It cannot be posted like this",
            trigger: ".o_form_view button[name='action_post']:visible",
            run: "click",
        },
        {
            content: "The refusal says what to do",
            trigger: ".modal:contains('Complete the customer\'s address')",
        },
        {
            content: "Close the message",
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "Follow the link to where it is mended",
            trigger: "body:not(.modal-open) .alert-danger a:contains('Open the customer')",
            run: "click",
        },
        {
            content: "Enter the city",
            trigger: ".o_form_view div[name='city'] input",
            run: "edit Berlin",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Saved: back to the invoice",
            trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))",
        },
        {
            content: "Back to the invoice",
            trigger: ".o_back_button, .breadcrumb .o_back_button a",
            run: "click",
        },
        {
            content: "Only warnings are left",
            trigger: ".o_arm_readiness:contains('To Look At')",
        },
        {
            content: "Open the page with the delivery date",
            trigger: ".o_notebook a[name='other_info']",
            run: "click",
        },
        {
            content: "Enter the delivery date",
            trigger: "div[name='delivery_date'] input",
            run: "edit 03/13/2026 && press Tab",
        },
        {
            content: "Put on the wording that the law wants",
            trigger: "button[name='action_add_legal_wording']",
            run: "click",
        },
        {
            content: "Nothing is missing any more",
            trigger: ".o_form_view:not(:has(.o_arm_readiness:visible))",
        },
        {
            content: "Post it",
            trigger: ".o_form_view button[name='action_post']:visible",
            run: "click",
        },
        {
            content: "It is posted, and not sent yet",
            trigger: "div[name='delivery_state']:contains('Not Sent')",
        },
        {
            content: "Send it",
            trigger: ".o_form_view button[name='action_invoice_sent']:visible",
            run: "click",
        },
        {
            content: "By mail, as the dialog proposes",
            trigger: ".modal .modal-footer button[name='action_send_and_print']:enabled",
            run: "click",
        },
        {
            content: "It was sent by mail",
            trigger: "body:not(.modal-open) div[name='delivery_state']:contains(/Sent|Delivered/):not(:contains('Not Sent'))",
        },
    ],
});

registry.category("web_tour.tours").add("arm_invoice_story_resend", {
    steps: () => [
        {
            content: "The list says that it came back",
            trigger: ".o_list_view td[name='delivery_state']:contains('Came Back')",
        },
        openRow,
        {
            content: "Open the page of its delivery",
            trigger: ".o_notebook a[name='arm_delivery']",
            run: "click",
        },
        {
            content: "It can be sent again",
            trigger: ".tab-pane.active button[name='action_send_and_print']",
        },
        {
            content: "Another way: it was printed and handed over",
            trigger: ".tab-pane.active button[name='action_record_delivery']",
            run: "click",
        },
        {
            content: "It is sent now",
            trigger: "body:not(.modal-open) div[name='delivery_state']:contains('Sent'):not(:contains('Not Sent'))",
        },
    ],
});
