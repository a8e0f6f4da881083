"""`python -m zaffre`."""

import sys

from zaffre.cli.main import main

sys.exit(main())
