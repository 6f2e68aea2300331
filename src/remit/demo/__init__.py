"""The synthetic clinic: people who never lived, treated by the acts of a real clinic, up to this very minute."""
