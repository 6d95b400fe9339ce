"""How long Terratiers takes, and others for the same: `make bench`. See docs/benchmarks.md."""
