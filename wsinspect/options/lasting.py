"""How long a conversation lasts, beside what it waits for."""

from wsinspect.options.sections import option, together
from wsinspect.options.values import Duration

LASTING = "How long"

lasting_options = together(
    option(LASTING, "--for", "for_s", type=Duration(), metavar="TIME", help="Listen so long, then close: exit 0."),
    option(LASTING, "-m", "--max-time", "max_time_s", type=Duration(), metavar="TIME", help="Take no longer: exit 9."),
)
