#!/usr/bin/env bash
# A vLLM server takes a text as long as its configuration says. Arguments: port, name of the model, tokens, chat or embedding.
# phx-check 1
# needs port:$1
set -euo pipefail
port=$1 model=$2 tokens=$3 kind=$4
have=$(curl -fsS --max-time 30 "http://localhost:$port/v1/models" |
  jq -er --arg model "$model" '.data[] | select(.id == $model) | .max_model_len') || {
  echo "the server does not offer $model" >&2
  exit 1
}
[ "$have" -eq "$tokens" ] || { echo "the context of $model is $have tokens, not $tokens" >&2; exit 1; }
# A word is a token or a little more; what the server counts itself decides.
text=$(printf 'word %.0s' $(seq "$((tokens / 2))"))
if [ "$kind" = chat ]; then
  path=chat/completions
  question=$(jq -n --arg model "$model" --arg text "$text" \
    '{model: $model, max_tokens: 1, messages: [{role: "user", content: $text}]}')
else
  path=embeddings
  question=$(jq -n --arg model "$model" --arg text "$text" '{model: $model, input: $text}')
fi
read -r used < <(curl -fsS --max-time 300 -H 'Content-Type: application/json' -d "$question" \
  "http://localhost:$port/v1/$path" | jq -r '.usage.prompt_tokens')
[ "${used:-0}" -ge "$((tokens / 2))" ] || { echo "a text of half the context was not taken" >&2; exit 1; }
echo "$model took $used of $have tokens"
