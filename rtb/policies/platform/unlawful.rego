# IAB content taxonomy 1.0: IAB26 is illegal content, IAB25-3 pornography.
package guardrails

import rego.v1

banned := ["IAB26", "IAB25-3"]

deny_configuration contains message if {
	input.creative.category_taxonomy == 1
	some category in input.creative.categories
	some root in banned
	is_within(category, root)
	message := sprintf("category %v is not accepted", [category])
}

is_within(category, root) if category == root

is_within(category, root) if startswith(category, sprintf("%v-", [root]))

test_warez_are_denied if {
	count(deny_configuration) == 1 with input as {"creative": {"categories": ["IAB26-2"], "category_taxonomy": 1}}
}

test_similar_codes_are_allowed if {
	count(deny_configuration) == 0 with input as {"creative": {"categories": ["IAB25-30", "IAB2"], "category_taxonomy": 1}}
}
