import { registry } from "@web/core/registry";
import { quiet } from "./arm_quiet";

// A credit manager decides on a hand-over, and follows it to its end.
registry.category("web_tour.tours").add("arm_collection_case_tour", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Tour Debtor) td[name=account_id]",
            run: "click",
        },
        { trigger: ".o_form_view .alert:contains(nothing is sent to the customer)" },
        quiet(),
        { trigger: ".o_form_statusbar button[name=action_approve]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Approved)" },
        { trigger: ".o_field_widget[name=item_ids] .o_data_row:contains(900.00)" },
        {
            trigger: ".o_field_widget[name=handler_id] input",
            run: "edit Tour Agency",
        },
        { trigger: ".ui-autocomplete a:contains(Tour Agency):not(:contains(Create))", run: "click" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        quiet(),
        { trigger: ".o_form_statusbar button[name=action_hand_over]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Handed Over)" },
        { trigger: ".o_field_widget[name=dossier_id]:contains(Tour Debtor.zip)" },
        quiet(),
        { trigger: ".o_form_statusbar button[name=action_register_payment]", run: "click" },
        { trigger: ".modal .o_field_widget[name=amount]" },
        { trigger: ".modal button[name=action_create_payments]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view" },
        quiet(),
    ],
});

// The next day: all of it is paid, and the case is closed.
registry.category("web_tour.tours").add("arm_collection_case_end_tour", {
    steps: () => [
        { trigger: ".o_field_widget[name=recovered_share]:contains(100)" },
        quiet(),
        { trigger: ".o_form_statusbar button[name=action_close]", run: "click" },
        { trigger: ".modal .o_radio_item:contains(/^Paid$/) input", run: "click" },
        { trigger: ".modal button[name=action_apply]", run: "click" },
        { trigger: "body:not(:has(.modal)) .ribbon:contains(Paid)" },
        { trigger: ".o_arrow_button_current:contains(Closed)" },
        quiet(),
    ],
});
