import { registry } from "@web/core/registry";

// An answer that promises a day is confirmed with one click.
registry.category("web_tour.tours").add("arm_dunning_answer_tour", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Tour Customer):contains(we will pay)",
        },
        {
            trigger: ".o_data_row:contains(Tour Customer) button[name=action_confirm]",
            run: "click",
        },
        { trigger: ".o_view_nocontent:contains(No answer waits)" },
    ],
});
