"""Charts of admin pages as SVG: drawn by the server, no script, readable in the dark."""
