from lxml import html
from markupsafe import Markup

from odoo import models, tools
from odoo.tools import safe_eval


class TemplateSource(str):
    """The stored source of an e-mail template, as opposed to the name of a view."""

    __slots__ = ()


class ArmDunningQweb(models.AbstractModel):
    """QWeb that compiles the text of an e-mail template once, not for each record.

    Core compiles the source anew for every record, which is most of the time that a
    mail takes. Nothing else differs: the source becomes the same tree, and the same
    compiler turns it into the same code. Only stored texts of ``mail.template`` come
    here (see ``arm.dunning.message``), and who may write which code into those is
    checked by core when they are saved.
    """

    _name = "arm.dunning.qweb"
    _inherit = "ir.qweb"
    _description = "QWeb of E-mail Templates"

    def _compile(self, template):
        if isinstance(template, TemplateSource):
            return self._compile_source(str(template))
        return super()._compile(template)

    @tools.ormcache(
        "source",
        "tuple(map(self.env.context.get, self._get_template_cache_keys()))",
        cache="templates",
    )
    def _compile_source(self, source):
        """The compiled functions; the source is the key, so a changed text is new.

        The root is the one that core adds, too, so that several nodes become one.
        """
        node = html.fragment_fromstring(source, create_parent="div")
        return self._generate_code_uncached(node)

    def _get_renderer(self):
        """A function that renders one template or view after another.

        It does what ``_render`` does, but prepares the environment once for all of
        them: with three renderings a message, that would be a third of the time.

        :return: function of a view's name or a ``TemplateSource``, and a dict of
            values, which gives markup
        """
        common = {}
        qweb = self.with_context(minimal_qcontext=True)._prepare_environment(common)
        qweb = qweb.with_context(
            __qweb_loaded_functions={},
            __qweb_loaded_codes={},
            __qweb_loaded_options={},
            _qweb_error_path_xml=[None, None, None],
        )

        def render(template, values):
            values = {**common, **values}
            safe_eval.check_values(values)
            root_values = dict(values)
            values["__qweb_root_values"] = root_values
            root_values["__qweb_root_values"] = root_values
            return Markup("".join(qweb._render_iterall(template, None, values)))

        return render
