"""``python -m tests.mirrors.provider --port 8002 --configuration FILE``: the demo FI as a process."""

import argparse
import json
from pathlib import Path

from tests.mirrors.provider.server import ProviderServer


def main() -> None:
    parser = argparse.ArgumentParser(description="A demo FI: a real OpenID Provider with saved personas.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--configuration", type=Path, required=True, help="JSON list of issuers")
    options = parser.parse_args()
    server = ProviderServer(json.loads(options.configuration.read_text()), port=options.port)
    print(f"The demo FI listens on {server.base_url}", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
