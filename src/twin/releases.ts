/** `curl https://api.github.com/repos/…/releases/latest` on the twin. From GitHub's documentation; the versions are invented. */

const latest: Readonly<Record<string, string>> = {
  'qdrant/qdrant': 'v1.15.5',
  'n8n-io/n8n': 'n8n@1.113.3',
  'open-webui/open-webui': 'v0.6.32',
  'portainer/portainer': '2.33.2',
  'moby/moby': 'v28.5.0',
  'docker/compose': 'v2.40.0',
  'ollama/ollama': 'v0.12.5',
  'smallstep/certificates': 'v0.28.4',
  'smallstep/cli': 'v0.28.7',
  'traefik/traefik': 'v3.5.3',
  'vllm-project/vllm': 'v0.11.0',
  'grafana/grafana': 'v12.2.0',
  'prometheus/prometheus': 'v3.6.0',
  'ggml-org/llama.cpp': 'b6710',
};

/** The document; undefined for any other address, or a project that the twin does not know. */
export function releaseDocument(url: string): string | undefined {
  const project = /^https:\/\/api\.github\.com\/repos\/([^/]+\/[^/]+)\/releases\/latest$/.exec(url)?.[1];
  const tag = project === undefined ? undefined : latest[project];
  return tag === undefined
    ? undefined
    : `${JSON.stringify({ tag_name: tag, draft: false, prerelease: false })}\n`;
}

/** Whether an address asks for a release, of whatever project. */
export function asksForRelease(url: string): boolean {
  return url.startsWith('https://api.github.com/repos/');
}
