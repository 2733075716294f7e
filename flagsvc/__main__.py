"""`python -m flagsvc` is `flagsvc`."""

from flagsvc.cli import main

if __name__ == "__main__":
    main()
