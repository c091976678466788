import { registry } from "@web/core/registry";
import { quiet } from "./arm_quiet";

// A collector prints the letters of a run, posts them, and prints one again.
registry.category("web_tour.tours").add("arm_dunning_letter_tour", {
    steps: () => [
        quiet(),
        { trigger: ".o_form_view button[name=action_print_letters]:contains(2)", run: "click" },
        { trigger: ".modal .o_field_widget[name=letter_count]:contains(2)" },
        { trigger: ".modal .o_field_widget[name=page_count]:contains(2)" },
        { trigger: ".modal .o_field_widget[name=file]:contains(Letters)" },
        { trigger: ".modal .btn-secondary:contains(Close)", run: "click" },
        {
            content: "What was not said to be posted still waits",
            trigger: "body:not(:has(.modal)) button[name=action_print_letters]:contains(2)",
        },
        quiet(),
        { trigger: "[data-menu-xmlid='arm_dunning.menu_dunning']", run: "click" },
        {
            trigger: ".dropdown-item[data-menu-xmlid='arm_dunning.menu_dunning_letters']",
            run: "click",
        },
        { trigger: ".o_data_row:contains(Tour Reader 1):contains(To Print)" },
        { trigger: ".o_list_view thead .o_list_record_selector input", run: "click" },
        { trigger: ".o_control_panel button[name=action_print]", run: "click" },
        { trigger: ".modal .o_field_widget[name=letter_count]:contains(2)" },
        { trigger: ".modal button[name=action_set_printed]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_view_nocontent:contains(No letter waits)" },
        { trigger: ".o_facet_remove", run: "click" },
        {
            content: "Both have a day on which they were sent",
            trigger:
                ".o_data_row:contains(Tour Reader 2):has(td[name=date_printed]:not(:empty)) .badge:contains(Printed)",
        },
        { trigger: ".o_data_row:contains(Tour Reader 1) td[name=partner_id]", run: "click" },
        { trigger: ".o_form_view .o_arrow_button_current:contains(Printed)" },
        { trigger: ".o_form_view .o_field_widget[name=date_printed]" },
        { trigger: ".o_form_statusbar button[name=action_print]", run: "click" },
        { trigger: ".modal .o_field_widget[name=letter_count]:contains(1)" },
        { trigger: ".modal .btn-secondary:contains(Close)", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view" },
        quiet(),
    ],
});
