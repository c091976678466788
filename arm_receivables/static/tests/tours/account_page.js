import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("arm_account_page_keyboard", {
    steps: () => [
        {
            content: "The payment is the first button of the form",
            trigger: ".o_arm_items button[formaction$='/pay']:contains('Pay now')",
        },
        {
            content: "Choose an invoice",
            trigger: ".o_arm_items .o_arm_item",
            run: "check",
        },
        {
            content: "Open the promise",
            trigger: ".o_arm_items details:has(#day) summary",
            run: "click",
        },
        {
            content: "Enter a day",
            trigger: ".o_arm_items details[open] #day",
            run() {
                this.anchor.value = this.anchor.min;
            },
        },
        {
            content: "Write a word, and press Enter",
            trigger: ".o_arm_items details[open] #note",
            run: "edit On Friday && press Enter",
            expectUnloadPage: true,
        },
        {
            content: "The promise was made, nothing is being paid",
            trigger: ".o_arm_account .alert:contains('noted the day')",
        },
    ],
});
