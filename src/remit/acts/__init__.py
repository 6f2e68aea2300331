"""One function per act: check the right, load, decide with the pathway, store, audit, in one transaction."""
