"""What the commands in ``setup/`` share; standard library only.

A machine is made ready from the bottom up, one module for each layer:
``places`` (folders), ``system`` (Debian packages), ``odoo_source`` (Odoo 19),
``python_env`` (virtual environment), ``postgres`` (private cluster),
``databases`` (templates and clones), and ``machine``, which puts them together.
Every layer finds what an earlier start has made, and mends what an
interrupted one has left.
"""
