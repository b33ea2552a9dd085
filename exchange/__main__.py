"""Console entry: makes sure that the dependencies are there, then hands over to the commands.

Standard library only at import: in a bare checkout there is nothing else yet.
"""

import sys

# Read by old interpreters too, which must get as far as saying that they are too old.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Exchange needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])  # noqa: UP031


def main() -> None:
    """Run one command and exit with its code."""
    from exchange import bootstrap

    bootstrap.prepare(sys.argv[1:])
    # Not before the line above: this import needs the dependencies.
    from exchange.cli.root import root

    root(prog_name="exchange")


if __name__ == "__main__":
    main()
