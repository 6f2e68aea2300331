"""The printed papers: session sheet, draft of the regulatory form, treatment history."""
