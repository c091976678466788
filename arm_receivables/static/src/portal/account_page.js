import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/**
 * The open items on the customer's page: choose all, and how much is chosen. The page
 * works without it.
 */
export class AccountPage extends Interaction {
    static selector = ".o_arm_items";
    dynamicContent = {
        ".o_arm_all": { "t-on-change": this.onChooseAll },
        ".o_arm_item": { "t-on-change": this.showSum },
        "details input": { "t-on-keydown": this.onKeydown },
    };

    setup() {
        this.all = this.el.querySelector(".o_arm_all");
        this.items = [...this.el.querySelectorAll(".o_arm_item")];
        this.sum = this.el.querySelector(".o_arm_sum");
    }

    start() {
        this.all?.classList.toggle("d-none", !this.items.length);
        this.showSum();
    }

    onChooseAll() {
        for (const item of this.items) {
            item.checked = this.all.checked;
        }
        this.showSum();
    }

    /** Enter does what the fields are for; the first button of the form is to pay. */
    onKeydown(ev) {
        if (ev.key !== "Enter") {
            return;
        }
        const buttons = [...ev.target.closest("details").querySelectorAll("[type=submit]")];
        const follows = (button) =>
            ev.target.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING;
        ev.preventDefault();
        buttons.find(follows)?.click();
    }

    showSum() {
        const chosen = this.items.filter((item) => item.checked);
        const sum = chosen.reduce((total, item) => total + parseFloat(item.dataset.amount), 0);
        if (this.sum) {
            const lang = document.documentElement.lang || undefined;
            const format = { style: "currency", currency: this.sum.dataset.currency };
            this.sum.textContent = chosen.length
                ? `${chosen.length} · ${new Intl.NumberFormat(lang, format).format(sum)}`
                : "";
        }
        if (this.all) {
            this.all.checked = chosen.length > 0 && chosen.length === this.items.length;
            this.all.indeterminate = chosen.length > 0 && !this.all.checked;
        }
    }
}

registry.category("public.interactions").add("arm_receivables.account_page", AccountPage);
