#!/usr/bin/env bash
# A model answers one question, by the interface of OpenAI. Arguments: port, name of the model.
# phx-check 1
# needs port:$1
set -euo pipefail
question=$(jq -n --arg model "$2" \
  '{model: $model, max_tokens: 16, messages: [{role: "user", content: "Say hello in one word."}]}')
answer=$(curl -fsS --max-time 180 -H 'Content-Type: application/json' -d "$question" \
  "http://localhost:$1/v1/chat/completions")
text=$(jq -er '.choices[0].message.content' <<<"$answer") || { echo "no answer in: $answer" >&2; exit 1; }
echo "$2 answered: $(tr '\n' ' ' <<<"$text")"
