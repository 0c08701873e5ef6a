export function clockOf(file: string): () => number;
export function waitShorter(file: string, ms: number, signal?: AbortSignal): Promise<void>;
