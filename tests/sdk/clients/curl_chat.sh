# curl: any HTTP client will do.
set -euo pipefail
printf 'answer: '
curl --silent --show-error --fail "$ZAFFRE_ENDPOINT/models/chat/completions" \
  --header "api-key: $ZAFFRE_KEY" --header "content-type: application/json" \
  --data '{"model": "demo", "messages": [{"role": "user", "content": "How many feet are in a mile?"}]}'
