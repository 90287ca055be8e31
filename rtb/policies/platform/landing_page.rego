# Nobody is led from an ad to a page without TLS; on this machine everything is allowed.
package guardrails

import rego.v1

secure := ["https://", "http://localhost", "http://127.0.0.1", "http://[::1]"]

deny_configuration contains message if {
	url := input.creative.landing_url
	url != ""
	not strings.any_prefix_match(lower(url), secure)
	message := sprintf("the landing page %v is not https", [url])
}

test_https_is_allowed if {
	count(deny_configuration) == 0 with input as {"creative": {"landing_url": "HTTPS://acme.example"}}
}

test_no_page_is_allowed if {
	count(deny_configuration) == 0 with input as {"creative": {"landing_url": ""}}
}

test_http_is_denied if {
	count(deny_configuration) == 1 with input as {"creative": {"landing_url": "http://acme.example"}}
}
