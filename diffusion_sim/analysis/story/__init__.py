"""What happened in one district, year by year: a run told by its flows."""
