import { registry } from "@web/core/registry";

// An accountant makes a task with an e-mail and an activity, and reads the register.
registry.category("web_tour.tours").add("arm_dunning_task_tour", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=name] input", run: "edit Friendly call" },
        { trigger: ".o_field_widget[name=offset_days] input", run: "edit 5" },
        {
            trigger: ".o_field_widget[name=operation_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=when_text]:contains(5 days after the due date)",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=template_id] input",
            run: "edit payment reminder",
        },
        {
            trigger: ".ui-autocomplete a:contains(Dunning: payment reminder)",
            run: "click",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        { trigger: "[data-menu-xmlid='arm_dunning.menu_dunning']", run: "click" },
        {
            trigger: ".dropdown-item[data-menu-xmlid='arm_dunning.menu_dunning_register']",
            run: "click",
        },
        { trigger: ".o_breadcrumb:contains(Register)" },
        { trigger: ".o_data_row:contains(Tour Customer) .badge:contains(Done)" },
        { trigger: ".o_data_row:contains(Tour Customer) td[name=document]", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=message_id] a", run: "click" },
        { trigger: ".o_field_widget[name=sent_to]:contains(tour@example.com)" },
    ],
});
