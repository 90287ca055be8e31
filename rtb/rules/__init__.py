"""The rules that turn ads away, one set of bits each; the order is the order of the funnel."""
