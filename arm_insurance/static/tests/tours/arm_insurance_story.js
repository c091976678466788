import { registry } from "@web/core/registry";

// An insurance clerk asks for a limit, enters what the insurer decides, sees the cover
// that follows and why, and what the insurer would pay if the buyer failed today.
registry.category("web_tour.tours").add("arm_insurance_story", {
    steps: () => [
        { trigger: ".o_data_row:contains(Tour Buyer) td[name=partner_id]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(No Limit)" },
        { trigger: "button[name=action_request]", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=requested_amount] input",
            run: "edit 5000",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_arrow_button_current:contains(Requested)" },
        { trigger: "button[name=action_send_request]" },
        { trigger: "button[name=action_decide]", run: "click" },
        { trigger: ".modal .o_field_widget[name=kind] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(Grant)", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=amount] input",
            run: "edit 1000",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        {
            trigger: "body:not(:has(.modal)) .o_field_widget[name=covered]:contains(100.00)",
        },
        {
            trigger: ".o_field_widget[name=coverage_ids] button[name=action_explain]",
            run: "click",
        },
        { trigger: ".modal p:contains(Insured in full)" },
        { trigger: ".modal td[name=what]:contains(Cover taken)" },
        { trigger: ".modal footer button:contains(Close)", run: "click" },
        { trigger: "body:not(:has(.modal)) button[name=action_simulate]", run: "click" },
        { trigger: ".modal .o_field_widget[name=indemnity]:contains(90.00)" },
        { trigger: ".modal .btn-close", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view" },
    ],
});
