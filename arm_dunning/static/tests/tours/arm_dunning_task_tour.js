import { registry } from "@web/core/registry";

// An accountant makes a task with an e-mail, reads it in words, and tries it out.
registry.category("web_tour.tours").add("arm_dunning_task_tour", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=name] input", run: "edit Friendly mail" },
        { trigger: ".o_field_widget[name=offset_days] input", run: "edit 3" },
        { trigger: ".o_field_widget[name=for_red] input", run: "click" },
        {
            trigger:
                ".o_field_widget[name=condition_text]:contains(Invoice: 3 days after the due date):contains(for green and yellow customers)",
        },
        {
            trigger: ".o_field_widget[name=operation_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=template_id] input",
            run: "edit Dunning: payment reminder",
        },
        {
            trigger: ".ui-autocomplete a:contains(/^Dunning: payment reminder$/)",
            run: "click",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        {
            trigger:
                ".o_field_widget[name=operation_ids] .o_data_row:contains(payment reminder)",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        { trigger: "button[name=action_preview_today]", run: "click" },
        { trigger: ".o_breadcrumb:contains(Today: Friendly mail)" },
        { trigger: ".o_data_row:contains(Tour Customer) .badge:contains(Would Be Done)" },
    ],
});
