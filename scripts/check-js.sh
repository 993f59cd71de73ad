#!/usr/bin/env bash
# Type-checks the app's JavaScript (JSDoc types). TypeScript is a development tool only; nothing of it ships.
set -euo pipefail
cd "$(dirname "$0")/.."
exec npx --yes --package typescript@5.9.3 -- tsc --project app/tsconfig.json
