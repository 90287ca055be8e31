# Exchanges and publishers block by the advertiser's domain, so every creative has to name it.
package guardrails

import rego.v1

deny_configuration contains "the creative names no advertiser domain" if {
	input.creative.adomain == ""
}

test_a_domain_is_enough if {
	count(deny_configuration) == 0 with input as {"creative": {"adomain": "acme.example"}}
}

test_none_is_denied if {
	count(deny_configuration) == 1 with input as {"creative": {"adomain": ""}}
}
