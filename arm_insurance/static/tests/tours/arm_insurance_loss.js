import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
// The page of a record is there with its messages: whoever leaves before loses them.
const LOADED = ".o-mail-Chatter:has(.o-mail-Message, .o-mail-Thread-empty)";
const CHATTER = { trigger: LOADED };
// The papers that every insurer asks for, by their place in the checklist.
const NEEDED = [1, 2, 3, 4, 5, 7, 8, 9].map(
    (place) => `.o_field_widget[name=document_ids] .o_data_row:nth-child(${place})`
);

function stateIs(label) {
    return { trigger: `body:not(:has(.modal)) .o_arrow_button_current:contains(${label})` };
}

function press(name) {
    return { trigger: `.o_statusbar_buttons button[name=${name}]:enabled`, run: "click" };
}

function shows(name, text) {
    return { trigger: `.o_field_widget[name=${name}]:contains(${text})` };
}

// A customer is late beyond the extension period: cover is stopped, the order is held,
// the insurer is told, and the claim that the suite has prepared is filed.
tours.add("arm_insurance_stop", {
    steps: () => [
        {
            trigger: ".o_data_row.text-danger:contains(Late Ltd) td[name=partner_id]",
            run: "click",
        },
        { trigger: ".alert-danger:contains(Cover is stopped)" },
        { trigger: ".ribbon:contains(Stopped)" },
        shows("amount", "5,000.00"),
        shows("covered", "5,000.00"),
        shows("uncovered", "700.00"),
        shows("amount_to_lift", "3,000.00"),
        {
            trigger:
                ".o_field_widget[name=coverage_ids] .o_data_row:contains(700.00):contains(during a stop)",
        },
        CHATTER,
        press("action_notify"),
        { trigger: ".o_form_view:has(.o_field_widget[name=category]) " },
        stateIs("To Send"),
        CHATTER,
        press("action_send"),
        stateIs("Sent"),
        shows("amount", "5,000.00"),
        press("action_acknowledge"),
        stateIs("Acknowledged"),
        CHATTER,
        { trigger: ".o_breadcrumb a:contains(Late Ltd)", run: "click" },
        { trigger: ".oe_stat_button[name=action_view_claims]" },
        CHATTER,
        { trigger: ".oe_stat_button[name=action_view_claims]", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Collecting) td[name=name]", run: "click" },
        stateIs("Collecting Documents"),
        shows("covered", "5,000.00"),
        shows("total_debt", "5,700.00"),
        CHATTER,
        // Without its papers no claim is filed.
        press("action_submit"),
        { trigger: ".modal:contains(lacks documents):contains(Proof of) .modal-footer button", run: "click" },
        { trigger: "body:not(:has(.modal)) .nav-link:contains(Documents)", run: "click" },
        ...NEEDED.flatMap((row) => [
            { trigger: `${row} [name=is_there] input:not(:checked)`, run: "click" },
            { trigger: `${row} [name=is_there] input:checked` },
        ]),
        press("action_submit"),
        stateIs("Waiting Period"),
        shows("document_pct", "100"),
        CHATTER,
    ],
});

// The order of that customer is not confirmed, and says what lifts the stop.
tours.add("arm_insurance_held_order", {
    steps: () => [
        { trigger: ".o_form_view .alert-danger:contains(new deliveries are not insured)" },
        CHATTER,
        { trigger: ".o_statusbar_buttons button[name=action_confirm]:visible", run: "click" },
        { trigger: ".modal:contains(not insured) .modal-footer button", run: "click" },
        stateIs("Quotation"),
    ],
});

// The waiting period is over: the insurer accepts and pays; what comes in is split.
tours.add("arm_insurance_indemnity", {
    steps: () => [
        { trigger: ".o_data_row:contains(Late Ltd) td[name=name]", run: "click" },
        stateIs("Under Review"),
        shows("insured_loss", "5,000.00"),
        shows("deductible", "200.00"),
        shows("indemnity", "4,300.00"),
        shows("own_loss", "1,400.00"),
        CHATTER,
        press("action_accept"),
        stateIs("Accepted"),
        shows("accepted_amount", "4,300.00"),
        press("action_pay"),
        stateIs("Paid"),
        CHATTER,
        { trigger: ".oe_stat_button[name=action_view_move]", run: "click" },
        { trigger: ".o_form_view .o_arrow_button_current:contains(Posted)" },
        { trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Indemnity):contains(4,300.00)" },
        CHATTER,
        { trigger: ".o_back_button, .o_breadcrumb a:contains(CLAIM)", run: "click" },
        stateIs("Paid"),
        CHATTER,
    ],
});

tours.add("arm_insurance_recovery", {
    steps: () => [
        { trigger: ".o_data_row:contains(Late Ltd) td[name=name]", run: "click" },
        stateIs("Paid"),
        CHATTER,
        press("action_take_receipts"),
        { trigger: ".modal .o_data_row td[name=received]:contains(570.00)" },
        { trigger: ".modal button[name=action_split]", run: "click" },
        stateIs("Recovering"),
        { trigger: ".nav-link:contains(Recoveries)", run: "click" },
        { trigger: ".o_data_row td[name=insurer_share]:contains(430.00)" },
        { trigger: ".o_data_row td[name=own_share]:contains(140.00)" },
        CHATTER,
    ],
});

// The year is over: every invoice of it is declared, and the premium is known.
tours.add("arm_insurance_declaration", {
    steps: () => [
        { trigger: ".o_data_row:contains(Story) td[name=policy_id]", run: "click" },
        stateIs("Draft"),
        CHATTER,
        press("action_compute"),
        shows("declared", "6,700.00"),
        shows("premium", "13.40"),
        { trigger: ".o_field_widget[name=line_ids] .o_data_row td[name=declared]:contains(4,000.00)" },
        press("action_check"),
        stateIs("Checked"),
        press("action_send"),
        stateIs("Sent"),
        CHATTER,
    ],
});
