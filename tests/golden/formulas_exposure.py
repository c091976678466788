"""Adapters: first insurance figures to arm_insurance's exposure_basics."""

from odoo.addons.arm_insurance.tools import exposure_basics

from .fields import day, day_or_none, number, number_or_zero, whole


def insured_exposure(inputs, head):
    result = exposure_basics.insured_exposure(
        number(inputs, "exposure"),
        number_or_zero(inputs, "limit"),
        number(inputs, "insured_percent"),
    )
    return {
        "within_limit": result.within_limit,
        "above_limit": result.above_limit,
        "indemnifiable": result.indemnifiable,
        "own_risk": result.own_risk,
    }


def insurance_clock(inputs, head):
    result = exposure_basics.insurance_clock(
        day_or_none(inputs, "oldest_original_due"),
        whole(inputs, "max_extension_days"),
        whole(inputs, "handover_days"),
    )
    return {
        "cover_stops_after": result.cover_stops_after,
        "handover_by": result.handover_by,
    }


def insurance_extension_allowed(inputs, head):
    allowed = [
        exposure_basics.extension_allowed(
            day_or_none(inputs, "oldest_original_due"),
            whole(inputs, "max_extension_days"),
            day({"requested": requested}, "requested"),
        )
        for requested in inputs["requested"]
    ]
    return {"allowed_without_insurer": allowed}


FORMULAS = {
    adapter.__name__: adapter
    for adapter in (insurance_clock, insurance_extension_allowed, insured_exposure)
}
