import { registry } from "@web/core/registry";

// A credit manager loads a procedure, previews its day, and starts the run.
registry.category("web_tour.tours").add("arm_dunning_pack_tour", {
    steps: () => [
        { trigger: ".o_control_panel button:contains(Load a Procedure)", run: "click" },
        { trigger: ".modal .o_field_widget[name=plan_html]:contains(2 days before)" },
        { trigger: ".modal .o_radio_item:contains(Strict) input", run: "click" },
        { trigger: ".modal .o_field_widget[name=plan_html]:contains(7 days after)" },
        { trigger: ".modal .o_field_widget[name=name] input", run: "edit Tour Procedure" },
        { trigger: ".modal button[name=action_load]", run: "click" },
        {
            trigger:
                ".o_form_view .o_field_widget[name=task_ids] .o_data_row:contains(Pre-legal notice)",
        },
        { trigger: "[data-menu-xmlid='arm_dunning.menu_dunning']", run: "click" },
        {
            trigger: ".dropdown-item[data-menu-xmlid='arm_dunning.menu_dunning_preview']",
            run: "click",
        },
        { trigger: ".modal .o_radio_item:contains(Today) input", run: "click" },
        { trigger: ".modal button[name=action_preview]", run: "click" },
        {
            trigger:
                ".o_data_row:contains(Reminder for good customers):contains(Would Be Done)",
        },
        { trigger: "[data-menu-xmlid='arm_dunning.menu_dunning']", run: "click" },
        {
            trigger: ".dropdown-item[data-menu-xmlid='arm_dunning.menu_dunning_runs']",
            run: "click",
        },
        { trigger: ".o_control_panel button[name=action_start]", run: "click" },
        { trigger: ".o_form_view button[name=action_stop]" },
    ],
});

// Afterwards: from the register to the message as it was sent.
registry.category("web_tour.tours").add("arm_dunning_register_tour", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Tour Customer) .badge:contains(Done)",
        },
        {
            trigger: ".o_data_row:contains(Tour Customer) td[name=document]",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=message_id] a", run: "click" },
        { trigger: ".o_form_view :contains(tour@example.com)" },
    ],
});
