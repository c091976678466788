import { registry } from "@web/core/registry";

// A collector goes through the day: the most pressing first, outcome, next.
registry.category("web_tour.tours").add("arm_dunning_my_day_tour", {
    steps: () => [
        { trigger: ".o_data_row:first:contains(Tour Large)" },
        { trigger: "button[name=action_start]", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=account_id]:contains(Tour Large)" },
        { trigger: ".o_field_widget[name=score_text]:contains(amount)" },
        { trigger: ".o_form_statusbar button[name=action_call_back]", run: "click" },
        { trigger: ".modal .o_field_widget[name=note] textarea", run: "edit On holiday" },
        { trigger: ".modal button[name=action_apply]", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=account_id]:contains(Tour Small)" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_form_statusbar button[name=action_pays_today]", run: "click" },
        { trigger: ".o_list_view" },
        { trigger: ".o_notification:contains(last customer of your day)" },
    ],
});
