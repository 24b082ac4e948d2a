"""``python -m diffusion_sim``: the command line, where the command itself is not on the path."""

from diffusion_sim.cli import main

if __name__ == "__main__":
    main()
