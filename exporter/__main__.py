"""The command `terpadu`: the one place that exits."""

import sys

from exporter import cli


def main() -> None:
    """Run the command line and exit with its status."""
    sys.exit(cli.main(sys.argv[1:]))


if __name__ == "__main__":
    main()
