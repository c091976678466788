import { registry } from "@web/core/registry";

// The invoices of the story are told apart by their amounts.
const choose = (amount) => ({
    content: `Choose the invoice of ${amount}`,
    trigger: `.o_arm_items tr:contains(${amount}.00) input.o_arm_item`,
    run: "click",
});
const open = (words) => ({
    content: words,
    trigger: `summary:contains(${words})`,
    run: "click",
});
const send = (words) => ({
    content: words,
    trigger: `details[open] button:contains(${words})`,
    run: "click",
    expectUnloadPage: true,
});
const inTenDays = () => new Date(Date.now() + 10 * 86400000).toISOString().slice(0, 10);

// A customer opens the link of a reminder: disputes one, promises one, pays one.
registry.category("web_tour.tours").add("arm_portal_story_customer", {
    steps: () => [
        { trigger: "h1:contains(Your account with)" },
        choose(200),
        { trigger: ".o_arm_sum:contains(1)" },
        open("Tell us what is wrong"),
        {
            trigger: "details[open] select[name=reason]",
            run: "selectByLabel Quality or damage",
        },
        { trigger: "details[open] textarea[name=text]", run: "edit Two pallets were wet" },
        send("Tell us"),
        { trigger: ".alert-success:contains(Your reference)" },
        choose(300),
        open("Say when you will pay"),
        {
            trigger: "details[open] input[name=day]",
            run: ({ anchor }) => {
                anchor.value = inTenDays();
            },
        },
        send("Promise to pay"),
        { trigger: ".alert-success:contains(noted the day)" },
        choose(400),
        {
            trigger: ".o_arm_items button:contains(Pay now)",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "h1:contains(400.00)" },
        {
            trigger: "input[name=o_payment_radio][data-payment-method-code=demo]",
            run: "click",
        },
        { trigger: "#customer_input", run: "edit 4242 4242 4242 4242" },
        {
            trigger: "button[name=o_payment_submit_button]:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Back on the page, with what is open still",
            trigger: ".o_arm_items tr:contains(100.00)",
        },
        { trigger: ".o_arm_items:not(:has(tr:contains(400.00)))" },
    ],
});

// The collector sees the promise and the dispute, and settles the latter.
registry.category("web_tour.tours").add("arm_portal_story_employee", {
    steps: () => [
        { trigger: ".o_data_row:contains(Story Ltd):contains(300.00):contains(Portal)" },
        {
            trigger: "[data-menu-xmlid='arm_receivables.menu_receivables_customers']",
            run: "click",
        },
        { trigger: "[data-menu-xmlid='arm_receivables.menu_disputes']", run: "click" },
        {
            trigger: ".o_data_row:contains(Story Ltd) td[name=reason_id]:contains(Quality)",
            run: "click",
        },
        { trigger: ".o_field_widget[name=description] textarea:value(Two pallets were wet)" },
        { trigger: "button[name=action_accept]:enabled", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".o_form_view:has(.o_arrow_button_current:contains(Settled))" },
    ],
});
