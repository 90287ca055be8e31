"""Raw events against every tier that counts them: compare, report, repair."""
