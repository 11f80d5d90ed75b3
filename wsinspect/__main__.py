"""``python -m wsinspect``: the same door as the ``wsinspect`` command."""

from wsinspect.cli import main

main()
