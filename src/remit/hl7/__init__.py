"""HL7 version 2: what a bedside monitor says, read leniently, and everything that was not taken reported."""
