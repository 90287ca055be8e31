"""Which clicks and views get the credit for conversions; computed in ClickHouse."""
