"""`python -m standalone`: the same as `huiying`."""

from standalone.command import main

if __name__ == "__main__":
    main()
