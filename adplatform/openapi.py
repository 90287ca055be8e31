"""The hot doors in the OpenAPI schema: they are no Django views, so they are written down here."""

from typing import Any

Schema = dict[str, Any]


def add_hot_doors(result: Schema, **_: object) -> Schema:
    """drf-spectacular's post-processing hook."""
    result["paths"] = {**DOORS, **result.get("paths", {})}
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas |= SCHEMAS
    return result


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Schema, description: str) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problems(*statuses: int) -> Schema:
    texts = {
        400: "A parameter or the body is missing or malformed; the detail names it.",
        401: "No API key, or an unknown or revoked one.",
        403: "The key does not open this.",
        404: "Unknown ids, another tenant's ids, or credentials that do not fit.",
        410: "The credentials have expired.",
        413: "The body or the batch is too large.",
        503: "Not ready, or the broker is away: send it again after Retry-After seconds.",
    }
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    return {str(status): {"description": texts[status], "content": problem} for status in statuses}


def _query(name: str, kind: str = "integer", *, required: bool = True) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": {"type": kind}}


def _object(properties: Schema, *required: str) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


INTEGER: Schema = {"type": "integer", "format": "int64"}
STRING: Schema = {"type": "string"}
KEY_NEEDED: list[Schema] = [{"apiKey": []}]

SCHEMAS: Schema = {
    "Problem": _object(
        {
            "type": STRING,
            "title": STRING,
            "status": INTEGER,
            "detail": STRING,
            "errors": {"type": "array", "items": {"type": "object"}},
        },
        "title",
        "status",
    ),
    "DecisionRequest": _object(
        {
            "tenant_id": INTEGER,
            "placement_key": STRING,
            "user_id": STRING,
            "session_id": STRING,
            "context": {"type": "object", "additionalProperties": True},
            "explain": {"type": "boolean"},
        },
        "tenant_id",
        "placement_key",
    ),
    "Decision": _object(
        {
            "campaign_id": {**INTEGER, "nullable": True},
            "line_item_id": {**INTEGER, "nullable": True},
            "placement_id": INTEGER,
            "segment_id": INTEGER,
            "creative": {
                **_object(
                    {
                        "id": INTEGER,
                        "kind": STRING,
                        "image_url": STRING,
                        "landing_url": STRING,
                        "product_sku": STRING,
                        "ad_id": STRING,
                        "values": {"type": "object", "additionalProperties": STRING},
                        "template_url": STRING,
                    }
                ),
                "nullable": True,
            },
            "impression_url": STRING,
            "viewable_url": STRING,
            "click_url": STRING,
            "explain": {"type": "array", "items": {"type": "object"}},
        },
        "campaign_id",
        "line_item_id",
        "creative",
    ),
    "Event": _object(
        {
            "event_id": {**STRING, "format": "uuid"},
            "tenant_id": INTEGER,
            "user_id": STRING,
            "session_id": STRING,
            "ts": {**STRING, "format": "date-time"},
            "event_type": {
                **STRING,
                "enum": ["IMPRESSION", "CLICK", "CONVERSION", "VIEW", "INTERACTION"],
            },
            "campaign_id": INTEGER,
            "line_item_id": INTEGER,
            "placement_id": INTEGER,
            "creative_id": INTEGER,
            "template_id": INTEGER,
            "segment_id": INTEGER,
            "ad_id": STRING,
            "value_cents": INTEGER,
            "metadata": {"type": "object", "additionalProperties": True},
        },
        "event_id",
        "ts",
        "event_type",
    ),
    "TemplateDecision": _object(
        {
            "campaign_id": INTEGER,
            "template_id": INTEGER,
            "segment_id": INTEGER,
            "ad_id": {**STRING, "nullable": True},
            "reason": STRING,
            "values": {"type": "object", "additionalProperties": STRING},
            "components": {"type": "array", "items": {"type": "object"}},
            "impression_url": STRING,
            "viewable_url": STRING,
            "click_url": STRING,
        },
        "ad_id",
    ),
}


def _operation(operation_id: str, summary: str, responses: Schema, **more: object) -> Schema:
    tag = "Ad server" if operation_id.startswith("ad_server") else "API"
    return {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "responses": responses,
        **more,
    }


def _body(schema: Schema, *others: str) -> Schema:
    content = {"application/json": {"schema": schema}}
    content |= {name: {"schema": STRING} for name in others}
    return {"required": True, "content": content}


PIXEL: Schema = {"200": {"description": "A transparent 1x1 GIF.", "content": {"image/gif": {}}}}
LANDING: Schema = {"302": {"description": "To the landing page."}}
BEACON = [_query("credentials", "string")]
CLICK = [
    _query("campaign_id"),
    _query("segment_id", required=False),
    _query("template", required=False),
    _query("ad_id", "string", required=False),
    _query("credentials", "string"),
]


def _click(operation_id: str, summary: str) -> Schema:
    responses = {**LANDING, **_problems(400, 404)}
    return {"get": _operation(operation_id, summary, responses, parameters=CLICK)}


def _beacon(operation_id: str, summary: str) -> Schema:
    sent = {"204": {"description": "Counted."}, **_problems(400, 404)}
    return {
        "get": _operation(
            operation_id, summary, {**PIXEL, **_problems(400, 404)}, parameters=BEACON
        ),
        "post": _operation(f"{operation_id}_beacon", summary, sent, parameters=BEACON),
    }


DOORS: Schema = {
    "/api/decision/": {
        "post": _operation(
            "decision",
            "Which ad to show in a placement",
            {
                "200": _json(_ref("Decision"), "The ad, or nulls."),
                **_problems(400, 401, 403, 404, 503),
            },
            security=KEY_NEEDED,
            requestBody=_body(_ref("DecisionRequest")),
        )
    },
    "/api/events/": {
        "post": _operation(
            "events",
            "Send one event, an array, or NDJSON; gzip allowed",
            {
                "202": _json(
                    _object({"status": STRING, "accepted": INTEGER}), "Acknowledged by the broker."
                ),
                **_problems(400, 401, 403, 404, 413, 503),
            },
            security=KEY_NEEDED,
            requestBody=_body(
                {"oneOf": [_ref("Event"), {"type": "array", "items": _ref("Event")}]},
                "application/x-ndjson",
            ),
        )
    },
    "/ad_server/template": {
        "get": _operation(
            "ad_server_template",
            "The ad's page with its tag",
            {
                "200": {"description": "HTML.", "content": {"text/html": {"schema": STRING}}},
                **_problems(400, 404, 410, 503),
            },
            parameters=[
                _query("customer_id"),
                _query("campaign_id"),
                _query("template_id"),
                _query("credentials", "string"),
            ],
        )
    },
    "/ad_server/decision_api": {
        "get": _operation(
            "ad_server_decision_api",
            "The values that fill the template's components",
            {
                "200": _json(_ref("TemplateDecision"), "The choice."),
                **_problems(400, 404, 410, 503),
            },
            parameters=[
                _query("campaign"),
                _query("segment_id", required=False),
                _query("template_id"),
                _query("credentials", "string"),
            ],
        )
    },
    "/ad_server/click_counter": _click("ad_server_click", "Count a click and redirect"),
    "/ad_server/ad_server/click_counter": _click("ad_server_click_alias", "The same, older path"),
    "/ad_server/impression": _beacon("ad_server_impression", "Count an impression"),
    "/ad_server/viewable": _beacon("ad_server_viewable", "Count a viewable impression"),
}
