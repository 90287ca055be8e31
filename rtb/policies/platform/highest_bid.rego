# A bid of more than this for 1,000 impressions is a slip of the pen, not a strategy.
package guardrails

import rego.v1

default_limit := 200

limits := {"CLP": 180000, "HUF": 70000, "IDR": 3000000, "INR": 17000, "JPY": 30000, "KRW": 280000, "RUB": 18000, "VND": 5000000}

limit := object.get(limits, input.tenant.currency, default_limit)

deny_configuration contains message if {
	input.line_item.cpm > limit
	message := sprintf("a bid of %v %v CPM is above %v", [input.line_item.cpm, input.tenant.currency, limit])
}

deny_configuration contains message if {
	input.strategy.max_bid > limit
	message := sprintf("a highest bid of %v %v CPM is above %v", [input.strategy.max_bid, input.tenant.currency, limit])
}

test_an_ordinary_bid_is_allowed if {
	count(deny_configuration) == 0 with input as {
		"tenant": {"currency": "EUR"},
		"line_item": {"cpm": 2.5},
		"strategy": {"max_bid": 12},
	}
}

test_no_highest_bid_is_allowed if {
	count(deny_configuration) == 0 with input as {
		"tenant": {"currency": "EUR"},
		"line_item": {"cpm": 2.5},
		"strategy": {"max_bid": null},
	}
}

test_a_slip_is_denied if {
	count(deny_configuration) == 2 with input as {
		"tenant": {"currency": "EUR"},
		"line_item": {"cpm": 2500},
		"strategy": {"max_bid": 201},
	}
}

test_yen_are_worth_less if {
	count(deny_configuration) == 0 with input as {
		"tenant": {"currency": "JPY"},
		"line_item": {"cpm": 2500},
		"strategy": {"max_bid": null},
	}
}
