"""Say what the columns of Open Repair Data become (Open Repair Data Standard 0.3, `tableschema.json`)."""

from techdesk.server.importing.mapping import FileMapping

OPEN_REPAIR = FileMapping.model_validate(
    {
        "required": ["id", "data_provider", "event_date"],
        "fields": {
            "provider": "data_provider",
            "externalId": "id",
            "title": [
                {"column": "brand", "empty": "Unknown"},
                {"column": ["product_category", "partner_product_category"], "default": "Repair"},
            ],
            "description": "problem",
            "site": {"name": "group_identifier", "address": "country"},
            "asset": {
                "name": "product_category",
                "maker": {"column": "brand", "empty": "Unknown"},
                "condition": "repair_barrier_if_end_of_life",
                "state": "repair_status",
            },
            "status": {
                "column": "repair_status",
                "values": {"Fixed": "CLOSED", "End of life": "CLOSED"},
                "otherwise": "NOT_STARTED",
            },
            "createdAt": {"column": "event_date", "format": "%Y-%m-%d"},
        },
    }
)
