"""The consent strings that exchanges pass on: TCF of Europe, GPP of the United States."""
