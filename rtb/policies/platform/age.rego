# Alcohol and card games only for an audience that was asked for its age; IAB content taxonomy 1.0.
package guardrails

import rego.v1

adult := {"IAB8-5": "alcohol", "IAB8-18": "wine", "IAB9-7": "card games"}

asks_for_age := {"key_value:age", "key_value:age_group", "segment"}

knows_the_age if {
	some dimension in input.line_item.requires
	dimension in asks_for_age
}

deny_configuration contains message if {
	input.creative.category_taxonomy == 1
	some category in input.creative.categories
	subject := adult[category]
	not knows_the_age
	message := sprintf("%v (%v) needs targeting by age", [subject, category])
}

test_wine_for_everyone_is_denied if {
	"wine (IAB8-18) needs targeting by age" in deny_configuration with input as {
		"creative": {"categories": ["IAB8-18"], "category_taxonomy": 1},
		"line_item": {"requires": ["country"]},
	}
}

test_wine_for_adults_is_allowed if {
	count(deny_configuration) == 0 with input as {
		"creative": {"categories": ["IAB8-18"], "category_taxonomy": 1},
		"line_item": {"requires": ["country", "key_value:age"]},
	}
}

test_another_taxonomy_has_other_codes if {
	count(deny_configuration) == 0 with input as {
		"creative": {"categories": ["IAB8-18"], "category_taxonomy": 7},
		"line_item": {"requires": []},
	}
}
