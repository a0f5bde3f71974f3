"""``python -m intakegateway`` is the command ``intakegateway``."""

from intakegateway.cli.main import main

if __name__ == "__main__":
    main()
