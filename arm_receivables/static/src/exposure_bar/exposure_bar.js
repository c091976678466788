import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * Draws what a customer owes as one bar: not due, overdue, ordered, and the mark of
 * the credit limit. Amounts come formatted from the server.
 */
export class ExposureBarField extends Component {
    static template = "arm_receivables.ExposureBarField";
    static props = { ...standardFieldProps };

    get bar() {
        const value = this.props.record.data[this.props.name];
        return value || { parts: [], notes: [], limit: null };
    }
}

registry.category("fields").add("arm_exposure_bar", {
    component: ExposureBarField,
    supportedTypes: ["json"],
});
