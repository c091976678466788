import { registry } from "@web/core/registry";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

// The next customer takes the place of the last one, so that Back leads to the list.
async function goOn(env, action) {
    const { action: next, is_list: isList } = action.params;
    if (isList) {
        env.services.notification.add(_t("That was the last customer of your day."), {
            type: "success",
        });
        return env.services.action.doAction(next, { clearBreadcrumbs: true });
    }
    return env.services.action.doAction(next, { stackPosition: "replaceCurrentAction" });
}

// Whatever program the browser has for telephone numbers dials it.
function telephone(env, action) {
    const number = action.params.number.replace(/[^+\d]/g, "");
    browser.location.assign(`tel:${number}`);
    return Promise.resolve();
}

registry.category("actions").add("arm_dunning.go_on", goOn);
registry.category("actions").add("arm_dunning.telephone", telephone);
