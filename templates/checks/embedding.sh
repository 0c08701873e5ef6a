#!/usr/bin/env bash
# A model makes a vector of a text, by the interface of OpenAI. Arguments: port, name of the model.
# phx-check 1
# needs port:$1
set -euo pipefail
question=$(jq -n --arg model "$2" '{model: $model, input: "A quick brown fox."}')
answer=$(curl -fsS --max-time 180 -H 'Content-Type: application/json' -d "$question" \
  "http://localhost:$1/v1/embeddings")
size=$(jq -er '.data[0].embedding | length | select(. > 0)' <<<"$answer") || { echo "no vector in: $answer" >&2; exit 1; }
echo "$2 made a vector of $size numbers"
