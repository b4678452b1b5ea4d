"""Answer the Flow Retail dialect under `/v2`: one module for orders, for their parts, and for the tenant's lists."""
